"""When a partnership is formed, it is decided again whether both people are active.

The directory can deactivate a person just before the other accepts. The reaction to the deactivation then found no
formed partnership to pause.
"""

from coaching_events.envelope import Recorded
from coaching_events.events.partnership import PartnershipFormed
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from partnerships.partnership import partnerships


async def _see(formed: Recorded[PartnershipFormed], log: EventLog) -> None:
    await log.wake_one(partnerships, formed.stream, formed)


reaction = Reaction(name="when_partnership_formed_then_see_whether_both_are_there", on=(PartnershipFormed,), react=_see)
