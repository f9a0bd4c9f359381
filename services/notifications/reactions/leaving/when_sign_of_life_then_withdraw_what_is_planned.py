"""When a promise, a check-in or a session has an event, the planned entries about it are decided again.

A check-in about a promise is a sign of life for both. ``signs_of_life.py`` lists the events that count.
"""

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.events.check_ins import CheckInRevised, CheckInSubmitted
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from eventlog.failures import for_each
from notifications.mailbox import mailboxes
from notifications.signs_of_life import SETTLED_BY_RULE, SIGNS_OF_LIFE


async def _withdraw(said: Recorded[Event], log: EventLog) -> None:
    spoken_of = said.event.commitments if isinstance(said.event, CheckInSubmitted | CheckInRevised) else ()
    await for_each((said.stream, *spoken_of), lambda subject: log.wake(mailboxes, {"subjects": subject}, said))


reaction = Reaction(
    name="when_sign_of_life_then_withdraw_what_is_planned", on=(*SIGNS_OF_LIFE, *SETTLED_BY_RULE), react=_withdraw
)
