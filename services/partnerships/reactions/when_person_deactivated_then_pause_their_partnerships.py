"""When the directory deactivates a person, their partnerships are paused. After 30 days they end."""

from coaching_events.envelope import Recorded
from coaching_events.events.person import PersonDeactivated
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from partnerships.partnership import partnerships


async def _pause(left: Recorded[PersonDeactivated], log: EventLog) -> None:
    await log.wake(partnerships, {"people": left.stream, "status": "formed"}, left)


reaction = Reaction(name="when_person_deactivated_then_pause_their_partnerships", on=(PersonDeactivated,), react=_pause)
