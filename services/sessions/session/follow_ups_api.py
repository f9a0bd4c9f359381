"""Follow-ups of a session over HTTP: what one of the two does afterwards."""

from typing import Literal

from fastapi import APIRouter

from coaching_events.ids import SessionId
from coaching_readmodels.promises import DueBody
from service_kit.bodies import Note, Text, example
from service_kit.http import Accepted, Context
from sessions.session import rules, sessions

routes = APIRouter(tags=["sessions"])


class FollowUp(Note, json_schema_extra=example(text="Send the notes", owner="me", due={"on": "2026-03-13"})):
    """What you do after the session (a promise), or what you ask your partner to do (a request)."""

    text: Text
    owner: Literal["me", "partner"]
    due: DueBody


@routes.post("/sessions/{session}/follow-ups", operation_id="agreeFollowUp")
async def agree_on_a_follow_up(session: SessionId, body: FollowUp, context: Context) -> Accepted:
    """Record a follow-up. Your own becomes a promise; your partner's becomes a request that they can decline."""
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: rules.agree_follow_up(
            state,
            by=by,
            at=context.at,
            mine=body.owner == "me",
            text=body.text,
            due=body.due.due(),
            reference_data=reference_data,
        ),
        note=body.note,
    )
