"""When a partnership is paused, resumed or ended, its promises are decided again."""

from coaching_events.envelope import Recorded
from coaching_events.events.partnership import PartnershipEnded, PartnershipPaused, PartnershipResumed
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from goals.commitment import commitments


async def _wake(changed: Recorded[PartnershipPaused | PartnershipResumed | PartnershipEnded], goals: EventLog) -> None:
    await goals.wake(commitments, {"partnership": changed.event.partnership}, changed)


reaction = Reaction(
    name="when_partnership_changed_then_wake_its_promises",
    on=(PartnershipPaused, PartnershipResumed, PartnershipEnded),
    react=_wake,
)
