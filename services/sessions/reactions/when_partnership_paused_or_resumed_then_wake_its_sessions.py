"""When a partnership is paused, sessions in the pause need a new time. When it resumes, answer periods get an end."""

from coaching_events.envelope import Recorded
from coaching_events.events.partnership import PartnershipPaused, PartnershipResumed
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from sessions.session import sessions
from sessions.session.state import OPEN


async def _wake(changed: Recorded[PartnershipPaused | PartnershipResumed], log: EventLog) -> None:
    await log.wake(sessions, {"partnership": changed.event.partnership, "status": OPEN}, changed)


reaction = Reaction(
    name="when_partnership_paused_or_resumed_then_wake_its_sessions",
    on=(PartnershipPaused, PartnershipResumed),
    react=_wake,
)
