"""When a person is active again, their waiting entries leave with the digest of their next morning."""

from coaching_events.envelope import Recorded
from coaching_events.events.person import PersonReactivated
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.mailbox import mailboxes


async def _let_leave(back: Recorded[PersonReactivated], log: EventLog) -> None:
    await log.wake(mailboxes, {"person": back.stream}, back)


reaction = Reaction(name="when_person_reactivated_then_let_what_waits_leave", on=(PersonReactivated,), react=_let_leave)
