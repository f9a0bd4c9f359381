"""When an absence becomes known or is cancelled, a question about a goal without a date for its answer may get one."""

from coaching_events.envelope import Recorded
from coaching_events.events.person import AbsenceRecorded, AbsenceWithdrawn
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from goals.goal import goals
from goals.goal.state import OPEN


async def _wake(changed: Recorded[AbsenceRecorded | AbsenceWithdrawn], log: EventLog) -> None:
    await log.wake(goals, {"people": changed.stream, "status": OPEN}, changed)


reaction = Reaction(
    name="when_absence_changed_then_wake_their_goals", on=(AbsenceRecorded, AbsenceWithdrawn), react=_wake
)
