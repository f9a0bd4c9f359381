"""When the directory reactivates a person, their partnerships resume, unless there is another pause."""

from coaching_events.envelope import Recorded
from coaching_events.events.person import PersonReactivated
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from partnerships.partnership import partnerships


async def _resume(back: Recorded[PersonReactivated], log: EventLog) -> None:
    await log.wake(partnerships, {"people": back.stream, "status": "formed"}, back)


reaction = Reaction(
    name="when_person_reactivated_then_resume_their_partnerships", on=(PersonReactivated,), react=_resume
)
