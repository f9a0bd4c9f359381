"""The next session by the meeting rhythm, as both see it."""

from typing import Literal

from coaching_events.ids import PartnershipId, Position, SessionId, StreamId
from coaching_events.moment import Moment
from eventlog.commands import CurrentState
from service_kit.bodies import LocalDate, View
from sessions.meetings.state import AnyMeetings, Running, StopCause


class MeetingsView(View):
    """Which session is next, for which date of your rhythm (``occasion``). ``number`` counts the sessions so far.

    Without a next session, ``cause`` says why; ``asked_again`` is when that is decided again. ``id`` is absent until
    your terms have named a rhythm.
    """

    id: StreamId | None = None
    position: Position | None = None
    status: Literal["running", "resting"]
    partnership: PartnershipId
    number: int
    occasion: LocalDate | None = None
    session: SessionId | None = None
    start: Moment | None = None
    end: Moment | None = None
    cause: StopCause | None = None
    asked_again: Moment | None = None


def not_begun(partnership: PartnershipId) -> MeetingsView:
    """No terms have named a rhythm so far."""
    return MeetingsView(status="resting", partnership=partnership, number=0, cause="terms")


def view(current: CurrentState[AnyMeetings]) -> MeetingsView:
    """The same for both partners."""
    state = current.state
    seen = MeetingsView(
        id=current.stream,
        position=current.position,
        status=state.status,
        partnership=state.partnership,
        number=state.number,
        occasion=state.last,
    )
    if isinstance(state, Running):
        return seen.model_copy(update={"session": state.session, "start": state.start, "end": state.end})
    return seen.model_copy(update={"cause": state.cause, "asked_again": state.ask_at})
