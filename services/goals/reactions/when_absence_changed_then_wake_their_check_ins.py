"""When an absence becomes known, a check-in missed during it is excused.

A cancelled absence wakes nothing: an excuse never becomes a miss again.
"""

from coaching_events.envelope import Recorded
from coaching_events.events.person import AbsenceRecorded
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from goals.check_ins import check_ins


async def _wake(absent: Recorded[AbsenceRecorded], goals: EventLog) -> None:
    await goals.wake(check_ins, {"owner": absent.stream}, absent)


reaction = Reaction(name="when_absence_changed_then_wake_their_check_ins", on=(AbsenceRecorded,), react=_wake)
