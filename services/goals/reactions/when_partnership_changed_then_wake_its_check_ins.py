"""When a partnership ends, its check-ins stop. A pause excuses misses in it. New terms can bring the next one forward.

The end of a pause wakes nothing: the next deadline of the check-ins reads it.
"""

from coaching_events.envelope import Recorded
from coaching_events.events.partnership import PartnershipEnded, PartnershipPaused, TermsAgreed
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from goals.check_ins import check_ins


async def _wake(changed: Recorded[PartnershipPaused | PartnershipEnded | TermsAgreed], goals: EventLog) -> None:
    await goals.wake(check_ins, {"partnership": changed.event.partnership}, changed)


reaction = Reaction(
    name="when_partnership_changed_then_wake_its_check_ins",
    on=(PartnershipPaused, PartnershipEnded, TermsAgreed),
    react=_wake,
)
