"""When an absence becomes known, the sessions of that person during it need a new time.

A cancelled absence wakes nothing: a session keeps its note that it needs a new time, and no deadline depends on it.
"""

from coaching_events.envelope import Recorded
from coaching_events.events.person import AbsenceRecorded
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from sessions.session import sessions


async def _wake(absent: Recorded[AbsenceRecorded], log: EventLog) -> None:
    await log.wake(sessions, {"people": absent.stream, "status": "scheduled"}, absent)


reaction = Reaction(name="when_absence_recorded_then_wake_their_sessions", on=(AbsenceRecorded,), react=_wake)
