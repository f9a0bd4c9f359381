"""What the two wrote in a session, as one of them reads it: notes, the agenda, and what only the reader sees.

Texts of the reader alone have names that follow from the reader. No event has these names, so nothing tells that the
texts exist.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from coaching_events.ids import PersonalTextsId, PersonId, StreamId
from eventlog import derived_id
from eventlog.commands import CurrentState
from service_kit.http import RequestContext, within
from sessions.session import sessions
from sessions.session.content import Written
from sessions.session.state import OPEN, AnySession
from sessions.session.views import ItemView, NotesView, PrivateAgendaView, ReflectionsView, ReflectionView, SessionView

REMEMBERED: Final = timedelta(days=70)
"""The time for which private items carry over to the next session."""
LONGEST: Final = timedelta(hours=8)
"""The longest session."""
MOST_CARRIED: Final = 50
"""The most earlier sessions whose items carry over."""

Current = CurrentState[AnySession]


def private_notes_of(reader: PersonId) -> PersonalTextsId:
    """The name of the private notes of a person, beside the events of the session."""
    return PersonalTextsId(derived_id("private notes", reader))


def private_agenda_of(reader: PersonId, session: StreamId) -> PersonalTextsId:
    """The name of the private items of a person for a session."""
    return PersonalTextsId(derived_id("private agenda", reader, session))


@dataclass(frozen=True, slots=True)
class Earlier:
    """The earlier sessions of the two: those with items that were not discussed, and the last ones before this."""

    undiscussed: Sequence[Current] = ()
    before: Sequence[StreamId] = ()


async def with_texts(context: RequestContext, seen: SessionView, current: Current) -> SessionView:
    """The same with what the two wrote, and with what only the reader wrote and sees."""
    reader, earlier, at_the_same_time, texts = await asyncio.gather(
        context.person(),
        _earlier(context, current),
        _at_the_same_time(context, current),
        context.store.personal_texts(current.stream),
    )
    homes = [each.stream for each in earlier.undiscussed]
    items = [item.text for each in earlier.undiscussed for item in each.state.content.agenda]
    own = {session: private_agenda_of(reader, session) for session in (*earlier.before, current.stream)}
    more = await context.store.some_personal_texts([*homes, *earlier.before], [*items, *own.values()])
    texts = {**more, **texts}
    notes = current.state.content.notes
    shared = None
    if notes is not None:
        shared = NotesView(id=notes.texts, by=notes.by, at=notes.at, text=texts.get(notes.texts))
    return seen.model_copy(
        update={
            "shared_notes": shared,
            "private_notes": texts.get(private_notes_of(reader)),
            "agenda": _agenda(current, earlier.undiscussed, texts),
            "private_agenda": _private_agenda(own, texts),
            "reflections": _reflections(current.state, reader, texts),
            "at_the_same_time": at_the_same_time,
        }
    )


async def _earlier(context: RequestContext, current: Current) -> Earlier:
    """What carries over to this session. Nothing does if it is not the next one of the two."""
    session = current.state
    ours = {"partnership": session.partnership}
    if session.status not in OPEN or session.end <= context.at:
        return Earlier()
    before = within("start", session.start - REMEMBERED, session.start)
    standing, undiscussed, lately = await asyncio.gather(
        context.log.find(sessions, {**ours, "status": OPEN}),
        context.log.find(sessions, {**ours, "content.agenda.status": "open"}, limit=MOST_CARRIED),
        context.log.find(sessions, {**ours, **before}, limit=MOST_CARRIED),
    )
    following = [each for each in standing if each.state.end > context.at]
    if min(following, key=_place).stream != current.stream:
        return Earlier()
    over = [each for each in undiscussed if each.state.status not in OPEN or each.state.end <= context.at]
    return Earlier(sorted(over, key=_place), [each.stream for each in sorted(lately, key=_place)])


async def _at_the_same_time(context: RequestContext, current: Current) -> tuple[StreamId, ...]:
    """Other sessions of the reader, with anybody, that overlap this one. Nobody else learns of them."""
    session = current.state
    if session.status not in OPEN:
        return ()
    around = within("start", session.start - LONGEST, session.end)
    mine = {"people": await context.person(), "status": OPEN, **around}
    found = await context.log.find(sessions, mine, limit=MOST_CARRIED)
    return tuple(each.stream for each in found if each.stream != current.stream and each.state.end > session.start)


def _reflections(session: AnySession, reader: PersonId, texts: Mapping[str, str]) -> ReflectionsView:
    """What the reader wrote; what the other wrote only if both are opened."""
    content = session.content
    shown = {each.by: _reflection(each, texts) for each in content.reflections if content.opened or each.by == reader}
    return ReflectionsView(
        opened=content.opened,
        written_by=tuple(each.by for each in content.reflections),
        yours=shown.get(reader),
        your_partners=shown.get(session.other(reader)),
    )


def _reflection(written: Written, texts: Mapping[str, str]) -> ReflectionView:
    kept = json.loads(texts.get(written.texts, "{}"))
    return ReflectionView(
        by=written.by, at=written.at, heard=kept.get("heard"), useful=kept.get("useful"), line=kept.get("line")
    )


def _place(each: Current) -> tuple[object, StreamId]:
    return each.state.start, each.stream


def _agenda(current: Current, carried: Sequence[Current], texts: Mapping[str, str]) -> tuple[ItemView, ...]:
    """What was not discussed earlier, then the items of this session."""
    return tuple(
        ItemView(
            id=item.text, session=each.stream, by=item.by, at=item.at, status=item.status, text=texts.get(item.text)
        )
        for each in (*carried, current)
        for item in each.state.content.agenda
        if item.status == "open" or each is current
    )


def _private_agenda(own: Mapping[StreamId, str], texts: Mapping[str, str]) -> PrivateAgendaView | None:
    """The last private items of the reader: those of this session, else those of the one before that has some."""
    for session, name in reversed([*own.items()]):
        if name in texts:
            return PrivateAgendaView(session=session, items=tuple(json.loads(texts[name])))
    return None
