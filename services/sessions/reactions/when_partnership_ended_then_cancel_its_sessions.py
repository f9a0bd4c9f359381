"""When a partnership has ended, its later sessions are cancelled and its offers lapse.

A session that has already begun can still be reported.
"""

from coaching_events.envelope import Recorded
from coaching_events.events.partnership import PartnershipEnded
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from sessions.session import sessions
from sessions.session.state import OPEN


async def _cancel(ended: Recorded[PartnershipEnded], log: EventLog) -> None:
    await log.wake(sessions, {"partnership": ended.event.partnership, "status": OPEN}, ended)


reaction = Reaction(name="when_partnership_ended_then_cancel_its_sessions", on=(PartnershipEnded,), react=_cancel)
