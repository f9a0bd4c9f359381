"""When an absence becomes known or is cancelled, the promises of that person are decided again."""

from coaching_events.envelope import Recorded
from coaching_events.events.person import AbsenceRecorded, AbsenceWithdrawn
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from goals.commitment import commitments


async def _wake(changed: Recorded[AbsenceRecorded | AbsenceWithdrawn], goals: EventLog) -> None:
    waiting = ["open", "overdue", "kept"]
    await goals.wake(commitments, {"owner": changed.stream, "status": waiting}, changed)


reaction = Reaction(
    name="when_absence_changed_then_wake_their_promises", on=(AbsenceRecorded, AbsenceWithdrawn), react=_wake
)
