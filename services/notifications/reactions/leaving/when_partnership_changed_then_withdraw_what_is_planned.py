"""When a partnership ends or pauses, or a question about it is settled, its planned entries are decided again."""

from coaching_events.envelope import Recorded
from coaching_events.events.partnership import (
    PartnershipDeclined,
    PartnershipEnded,
    PartnershipEvent,
    PartnershipFormed,
    PartnershipLapsed,
    PartnershipPaused,
    PartnershipWithdrawn,
    TermsAgreed,
    TermsLapsed,
    TermsRejected,
    TermsWithdrawn,
)
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.mailbox import mailboxes


async def _withdraw(changed: Recorded[PartnershipEvent], log: EventLog) -> None:
    await log.wake(mailboxes, {"partnerships": changed.stream}, changed)


reaction = Reaction(
    name="when_partnership_changed_then_withdraw_what_is_planned",
    on=(
        PartnershipFormed,
        PartnershipEnded,
        PartnershipPaused,
        PartnershipDeclined,
        PartnershipWithdrawn,
        PartnershipLapsed,
        TermsAgreed,
        TermsRejected,
        TermsWithdrawn,
        TermsLapsed,
    ),
    react=_withdraw,
)
