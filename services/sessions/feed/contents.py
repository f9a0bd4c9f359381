"""What a feed has: the dates of one person, from the sessions and the read models of this service."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from coaching_readmodels import PERSON_PROJECTION
from eventlog import known
from eventlog.commands import CurrentState
from eventlog.service import ServiceContext
from eventlog.stores import ReadModel
from service_kit.calendars import Entry, uid_of
from service_kit.http import within
from service_kit.languages import ENGLISH, Language, language_of
from sessions.feed.state import Feed
from sessions.projections import CHECK_INS_PROJECTION, COMMITMENT_PROJECTION
from sessions.session import sessions
from sessions.session.state import AnySession, Held, Proposed, Scheduled
from sessions.settings import PAGES

BACK: Final = timedelta(days=60)
MOST: Final = 500
"""The most dates of one sort in a feed: the next ones."""


async def contents_of(feed: Feed, service: ServiceContext, at: datetime) -> list[Entry] | None:
    """The entries of a feed, in the language of its person. Sessions go back 60 days.

    None while its person is not active in the directory: then nothing of theirs can be read.
    """
    person = feed.person
    own = {"people": person, "status": ["proposed", "scheduled", "held"], **within("start", at - BACK, None)}
    read, held, promises, check_ins = await asyncio.gather(
        service.log.reference_source.read([person]),
        service.log.find(sessions, own, limit=MOST),
        service.store.find_read_models(COMMITMENT_PROJECTION.kind, {"owner": person, "standing": True}, limit=MOST),
        service.store.find_read_models(CHECK_INS_PROJECTION.kind, {"owner": person, "expected": True}, limit=MOST),
    )
    record = known(read, PERSON_PROJECTION, person)
    if record is not None and not record.active:
        return None
    language = ENGLISH if record is None else language_of(record.locale)
    entries: list[Entry] = []
    if "sessions" in feed.contents:
        entries += [entry for each in held for entry in _session(each, feed, language)]
    if "promises" in feed.contents:
        entries += [entry for each in promises for entry in _promise(each, feed, language)]
    if "check-ins" in feed.contents:
        entries += [entry for each in check_ins for entry in _check_in(each, language)]
    return entries


def _session(found: CurrentState[AnySession], feed: Feed, language: Language) -> Iterator[Entry]:
    session = found.state
    if not isinstance(session, Proposed | Scheduled | Held):
        return
    title = session.title if feed.with_titles and isinstance(session.title, str) else None
    place = session.content.place if feed.with_titles and isinstance(session.content.place, str) else None
    yield Entry(
        uid=uid_of(found.stream),
        sequence=found.version,
        start=session.start,
        end=session.end,
        title=title or language.say("Session with your partner"),
        place=place,
        tentative=isinstance(session, Proposed),
        page=PAGES.of("sessions", found.stream),
    )


def _promise(row: ReadModel, feed: Feed, language: Language) -> Iterator[Entry]:
    if row.has_gap or row.value is None:
        return
    promise = COMMITMENT_PROJECTION.values.validate_python(row.value)
    text = promise.text if feed.with_titles and isinstance(promise.text, str) else None
    title = language.say("A promise is due") if text is None else language.say("Due: {promise}", promise=text)
    yield Entry(
        uid=uid_of(row.stream), sequence=row.at, start=promise.due, title=title, page=PAGES.of("promises", row.stream)
    )


def _check_in(row: ReadModel, language: Language) -> Iterator[Entry]:
    if row.has_gap or row.value is None:
        return
    check_in = CHECK_INS_PROJECTION.values.validate_python(row.value)
    if check_in.due is not None:
        yield Entry(
            uid=uid_of(f"{row.stream}-{check_in.occasion.isoformat()}"),
            sequence=row.at,
            start=check_in.due,
            title=language.say("A check-in is due"),
            page=PAGES.of("check-ins", row.stream),
        )
