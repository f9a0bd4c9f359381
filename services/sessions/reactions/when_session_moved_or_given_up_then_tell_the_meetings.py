"""When the next session gets another time, or does not take place, the meeting rhythm goes on from there."""

from coaching_events.envelope import Recorded
from coaching_events.events.meetings import MeetingsEvent
from coaching_events.events.session import (
    SessionCancelled,
    SessionDeclined,
    SessionLapsed,
    SessionProposed,
    SessionRescheduled,
    SessionScheduled,
    SessionWithdrawn,
)
from coaching_readmodels import PairReferenceData
from eventlog import Decision
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from sessions.meetings import meetings, meetings_of
from sessions.meetings.rules import follow, give_up
from sessions.meetings.state import AnyMeetings

NAME = "when_session_moved_or_given_up_then_tell_the_meetings"
Changed = (
    SessionProposed
    | SessionScheduled
    | SessionRescheduled
    | SessionDeclined
    | SessionWithdrawn
    | SessionLapsed
    | SessionCancelled
)


async def _tell(changed: Recorded[Changed], log: EventLog) -> None:
    event = changed.event

    async def tell(state: AnyMeetings | None) -> Decision[MeetingsEvent]:
        match event:
            case SessionProposed() | SessionScheduled() | SessionRescheduled():
                return follow(state, session=changed.stream, start=event.start, end=event.end)
            case _:
                needed = [event.partnership, *event.people]
                reference_data = PairReferenceData(await log.reference_source.read(needed))
                return give_up(state, session=changed.stream, at=changed.at, reference_data=reference_data)

    await log.start(meetings, meetings_of(event.partnership), changed, NAME, tell)


reaction = Reaction(
    name=NAME,
    on=(
        SessionProposed,
        SessionScheduled,
        SessionRescheduled,
        SessionDeclined,
        SessionWithdrawn,
        SessionLapsed,
        SessionCancelled,
    ),
    react=_tell,
)
