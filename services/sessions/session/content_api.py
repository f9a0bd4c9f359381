"""What the two put into a session besides its time, over HTTP: its place and its notes."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from coaching_events.ids import PersonalTextsId, SessionId
from eventlog import derived_id
from service_kit.bodies import Body, LongText, Note, Text, View, WholeNumber, example
from service_kit.http import Accepted, Context
from sessions.session import rules, sessions
from sessions.session.api import Place
from sessions.session.texts import private_notes_of

routes = APIRouter(tags=["sessions"])


class ChangePlace(Note, json_schema_extra=example(place="https://meet.example.com/anna-ben")):
    """Where you two meet: a text or a link. Without ``place`` none is named any more."""

    place: Place | None = None


class WriteNotes(Note, json_schema_extra=example(text="We talked about the launch.", replaces=None)):
    """The whole notes. ``replaces`` is the ``id`` of those that you read; absent if there were none."""

    text: LongText
    replaces: str | None = None


class PrivateNotes(Body, json_schema_extra=example(text="Ask about the summer.")):
    """Your own notes, whole. Without ``text`` they are removed."""

    text: LongText | None = None


class PrivateNotesView(View):
    """Your own notes of a session. Only you see them."""

    text: str | None


class Reflect(Body, json_schema_extra=example(heard=4, useful=5, line="I liked that we took our time.")):
    """ "I was heard" and "it was useful", each from 1 to 5, and a line if you like."""

    heard: Annotated[WholeNumber, Field(ge=1, le=5)]
    useful: Annotated[WholeNumber, Field(ge=1, le=5)]
    line: Text | None = None


@routes.post("/sessions/{session}/place", operation_id="changeSessionPlace")
async def say_where_to_meet(session: SessionId, body: ChangePlace, context: Context) -> Accepted:
    """Say where you two meet. Either of you can, until the session is over."""
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: rules.change_place(
            state, by=by, at=context.at, place=body.place, reference_data=reference_data
        ),
        note=body.note,
    )


@routes.put("/sessions/{session}/notes", operation_id="writeSessionNotes")
async def write_our_notes(session: SessionId, body: WriteNotes, context: Context) -> Accepted:
    """Write the notes that you two share. Your partner reads them, and may replace them."""
    texts = PersonalTextsId(derived_id("notes", context.command.id))
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: rules.write_notes(
            state, by=by, texts=texts, replaces=body.replaces, reference_data=reference_data
        ),
        words={texts: body.text},
        note=body.note,
    )


@routes.put("/sessions/{session}/private-notes", operation_id="writePrivateSessionNotes")
async def write_my_own_notes(session: SessionId, body: PrivateNotes, context: Context) -> PrivateNotesView:
    """Write notes that only you see. Nothing tells your partner that you did: no event, no version, no message."""
    await context.unchanged(sessions, session)
    me = await context.person()
    await context.store.keep_personal_texts(session, {private_notes_of(me): body.text})
    return PrivateNotesView(text=body.text)


@routes.post("/sessions/{session}/reflection", operation_id="reflectOnSession")
async def look_back(session: SessionId, body: Reflect, context: Context) -> Accepted:
    """Look back on the session. Your partner sees it when they have looked back, too, within seven days."""
    texts = PersonalTextsId(derived_id("reflection", context.command.id))
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: rules.reflect(
            state, by=by, at=context.at, texts=texts, reference_data=reference_data
        ),
        words={texts: body.model_dump_json(exclude_none=True)},
    )
