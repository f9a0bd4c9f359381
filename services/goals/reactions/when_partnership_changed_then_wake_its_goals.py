"""When a partnership ends, its goals are released and proposals lapse. When it resumes, open questions get a date."""

from coaching_events.envelope import Recorded
from coaching_events.events.partnership import PartnershipEnded, PartnershipPaused, PartnershipResumed
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from goals.goal import goals
from goals.goal.state import OPEN


async def _wake(changed: Recorded[PartnershipPaused | PartnershipResumed | PartnershipEnded], log: EventLog) -> None:
    await log.wake(goals, {"partnership": changed.event.partnership, "status": OPEN}, changed)


reaction = Reaction(
    name="when_partnership_changed_then_wake_its_goals",
    on=(PartnershipPaused, PartnershipResumed, PartnershipEnded),
    react=_wake,
)
