"""When an absence becomes known, a check-in that was missed in it is excused.

One that is taken back wakes nothing: it never turns an excuse into a miss.
"""

from coaching_events.envelope import Recorded
from coaching_events.person import AbsenceRecorded
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from goals.check_ins import check_ins


async def _wake(absent: Recorded[AbsenceRecorded], goals: EventLog) -> None:
    await goals.wake(check_ins, {"owner": absent.stream}, absent)


reaction = Reaction(name="when_absence_changed_then_wake_their_check_ins", on=(AbsenceRecorded,), react=_wake)
