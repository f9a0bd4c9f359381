"""When a partnership ends, pauses, or does not come about, what is planned for it is asked again."""

from coaching_events.envelope import Recorded
from coaching_events.partnership import (
    PartnershipDeclined,
    PartnershipEnded,
    PartnershipEvent,
    PartnershipLapsed,
    PartnershipPaused,
    PartnershipWithdrawn,
)
from eventlog.decide import EventLog
from eventlog.reaction import Reaction
from notifications.mailbox import mailboxes


async def _withdraw(changed: Recorded[PartnershipEvent], log: EventLog) -> None:
    await log.wake(mailboxes, {"partnerships": changed.stream}, changed)


reaction = Reaction(
    name="when_partnership_ended_or_paused_then_withdraw_its_nudges",
    on=(PartnershipEnded, PartnershipPaused, PartnershipDeclined, PartnershipWithdrawn, PartnershipLapsed),
    react=_withdraw,
)
