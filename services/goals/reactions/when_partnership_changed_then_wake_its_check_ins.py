"""When a partnership ends, its check-ins stop. When it is paused, the pause excuses misses in it.

New terms and the end of a pause wake nothing: the next deadline of the check-ins reads them.
"""

from coaching_events.envelope import Recorded
from coaching_events.events.partnership import PartnershipEnded, PartnershipPaused
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from goals.check_ins import check_ins


async def _wake(changed: Recorded[PartnershipPaused | PartnershipEnded], goals: EventLog) -> None:
    await goals.wake(check_ins, {"partnership": changed.event.partnership}, changed)


reaction = Reaction(
    name="when_partnership_changed_then_wake_its_check_ins", on=(PartnershipPaused, PartnershipEnded), react=_wake
)
