"""The read model of a session: whether an offer of a time waits for an answer."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from pydantic import TypeAdapter

from coaching_events.answers import AnswerExtended
from coaching_events.envelope import Recorded
from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_events.registry import EVENTS
from coaching_events.session import (
    SessionCancelled,
    SessionDeclined,
    SessionDisputed,
    SessionEvent,
    SessionHeld,
    SessionLapsed,
    SessionMissed,
    SessionNeedsANewTime,
    SessionProposed,
    SessionReported,
    SessionScheduled,
    SessionWithdrawn,
)
from eventlog import Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReadModel:
    """A session. ``question`` is the position of the open offer, ``last`` that of the last event about the time."""

    partnership: PartnershipId
    people: tuple[PersonId, PersonId]
    start: datetime
    last: Position
    question: Position | None = None


def evolve(session: SessionReadModel | None, recorded: Recorded[SessionEvent]) -> SessionReadModel | None:
    """Fold one event of a session."""
    event = recorded.event
    if isinstance(event, SessionProposed):
        return SessionReadModel(
            partnership=event.partnership,
            people=event.people,
            start=event.start,
            last=recorded.position,
            question=recorded.position,
        )
    if session is None:
        return None
    match event:
        case SessionScheduled() | SessionDeclined() | SessionWithdrawn() | SessionLapsed() | SessionCancelled():
            return replace(session, question=None, last=recorded.position)
        case (
            SessionNeedsANewTime()
            | SessionReported()
            | SessionHeld()
            | SessionMissed()
            | SessionDisputed()
            | AnswerExtended()
        ):
            return session
        case _:
            assert_never(event)


SESSION_PROJECTION = Projection[SessionReadModel](
    kind="session",
    values=TypeAdapter(SessionReadModel),
    events=EVENTS["session"],
    evolve=evolve,
    parties=lambda _, session: session.people,
)
