"""When the meeting rhythm names the next session, the session begins. Its id follows from the event."""

from coaching_events.envelope import Recorded
from coaching_events.events.meetings import MeetingScheduled
from coaching_events.events.session import SessionEvent
from coaching_readmodels import PairReferenceData
from eventlog import Decision
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from sessions.session import rules, sessions
from sessions.session.state import AnySession

NAME = "when_meeting_scheduled_then_begin_its_session"


async def _begin(scheduled: Recorded[MeetingScheduled], log: EventLog) -> None:
    meeting = scheduled.event

    async def begin(state: AnySession | None) -> Decision[SessionEvent]:
        needed = [meeting.partnership, *meeting.people]
        reference_data = PairReferenceData(await log.reference_source.read(needed))
        return rules.meet(
            state, meeting=meeting, based_on=scheduled.position, at=scheduled.at, reference_data=reference_data
        )

    await log.start(sessions, meeting.session, scheduled, NAME, begin)


reaction = Reaction(name=NAME, on=(MeetingScheduled,), react=_begin)
