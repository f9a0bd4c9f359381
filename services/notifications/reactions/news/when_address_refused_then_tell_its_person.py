"""When a mail server refuses a person's address, they get one message in their inbox."""

from coaching_events.envelope import Recorded
from coaching_events.events.recipient import AddressRefused
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.mailbox.rules.delivery import ADDRESS_REFUSED
from notifications.reactions.news.telling import tell_about_oneself

NAME = "when_address_refused_then_tell_its_person"


async def _tell(refused: Recorded[AddressRefused], log: EventLog) -> None:
    await tell_about_oneself(log, refused, NAME, refused.event.person, ADDRESS_REFUSED)


reaction = Reaction(name=NAME, on=(AddressRefused,), react=_tell)
