"""The agenda of a session over HTTP: items that the two share, items of one alone, and suggestions."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from coaching_events.ids import PersonalTextsId, PersonId, SessionId, StreamId
from coaching_events.moment import Moment
from eventlog import derived_id
from eventlog.stores import ReadModel
from service_kit.bodies import NO_NOTE, Body, Note, ShortText, View, example
from service_kit.http import Accepted, Context
from sessions.projections import COMMITMENT_PROJECTION, GOAL_PROJECTION
from sessions.session import rules, sessions
from sessions.session.rules.agenda import MOST_ITEMS
from sessions.session.texts import private_agenda_of
from sessions.session.views import PrivateAgendaView, shown

routes = APIRouter(tags=["agenda"])


class AddItem(Note, json_schema_extra=example(text="The launch")):
    """Something that you want to talk about. Your partner sees it."""

    text: ShortText


class PrivateAgenda(Body, json_schema_extra=example(items=["Ask about the summer"])):
    """Your own items, all of them. After an empty list, nothing carries over from earlier sessions."""

    items: Annotated[tuple[ShortText, ...], Field(max_length=MOST_ITEMS)] = ()


class SuggestionView(View):
    """Something that you two could talk about: an overdue promise, or a goal with a proposal that waits for an answer.

    Put it on the agenda if you want to. ``owner`` made the promise, or answers the proposal. ``due`` is the end of the
    answer period for a goal; it is absent while a pause delays the answer.
    """

    about: StreamId
    kind: Literal["overdue-promise", "waiting-goal"]
    owner: PersonId
    text: str | None
    due: Moment | None


@routes.post("/sessions/{session}/agenda", operation_id="addAgendaItem")
async def put_on_the_agenda(session: SessionId, body: AddItem, context: Context) -> Accepted:
    """Put something on the agenda that you two share."""
    item = PersonalTextsId(derived_id("agenda", context.command.id))
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: rules.add_item(state, by=by, item=item, reference_data=reference_data),
        words={item: body.text},
        note=body.note,
    )


@routes.post("/sessions/{session}/agenda/{item}/discussed", operation_id="discussAgendaItem")
async def tick_off(session: SessionId, item: PersonalTextsId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Say that you two have talked about an item. ``session`` is where it was added, also if it carried over."""
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: rules.discuss_item(state, by=by, item=item, reference_data=reference_data),
        note=body.note,
        effect="settles",
    )


@routes.post("/sessions/{session}/agenda/{item}/remove", operation_id="removeAgendaItem")
async def take_off_the_agenda(
    session: SessionId, item: PersonalTextsId, context: Context, body: Note = NO_NOTE
) -> Accepted:
    """Take an item of your own off the agenda. ``session`` is where it was added."""
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: rules.remove_item(state, by=by, item=item, reference_data=reference_data),
        note=body.note,
        effect="settles",
    )


@routes.put("/sessions/{session}/private-agenda", operation_id="writePrivateAgenda")
async def write_my_own_items(session: SessionId, body: PrivateAgenda, context: Context) -> PrivateAgendaView:
    """Write items that only you see. Nothing tells your partner that you did: no event, no version, no message."""
    await context.unchanged(sessions, session)
    me = await context.person()
    await context.store.keep_personal_texts(session, {private_agenda_of(me, session): json.dumps(body.items)})
    return PrivateAgendaView(session=StreamId(session), items=body.items)


@routes.get("/sessions/{session}/suggestions", operation_id="getAgendaSuggestions")
async def see_what_to_talk_about(session: SessionId, context: Context) -> tuple[SuggestionView, ...]:
    """What you two could put on the agenda: overdue promises and waiting goals. Nothing is added by itself."""
    current = await context.current(sessions, session)
    ours = {"partnership": current.state.partnership}
    promises, goals = await asyncio.gather(
        context.store.find_read_models(COMMITMENT_PROJECTION.kind, {**ours, "overdue": True}),
        context.store.find_read_models(GOAL_PROJECTION.kind, {**ours, "waiting": True}),
    )
    found = (*_suggestions(promises), *_of_goals(goals))
    return tuple(sorted(found, key=lambda each: (each.due is None, each.due or current.state.start, each.about)))


def _of_goals(found: Iterable[ReadModel]) -> Iterator[SuggestionView]:
    for read_model in found:
        with suppress(ValueError):  # another version wrote it: it is built again
            goal = GOAL_PROJECTION.values.validate_python(read_model.value)
            if goal.waits_for is not None:
                yield SuggestionView(
                    about=read_model.stream,
                    kind="waiting-goal",
                    owner=goal.waits_for,
                    text=shown(goal.title),
                    due=goal.answer_by,
                )


def _suggestions(found: Iterable[ReadModel]) -> Iterator[SuggestionView]:
    for read_model in found:
        with suppress(ValueError):  # another version wrote it: it is built again
            promise = COMMITMENT_PROJECTION.values.validate_python(read_model.value)
            text = shown(promise.text)
            yield SuggestionView(
                about=read_model.stream, kind="overdue-promise", owner=promise.owner, text=text, due=promise.due
            )
