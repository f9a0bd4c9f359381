"""When a mail server refuses a person's address, they get one message in their inbox.

Each entry of a mailbox belongs to a partnership. This one belongs to their last: without a partnership there is no
mail.
"""

from coaching_events.envelope import Recorded
from coaching_events.events.mailbox import Entry, Why
from coaching_events.events.recipient import AddressRefused
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.mailbox.names import entry_id
from notifications.mailbox.rules.delivery import ADDRESS_REFUSED
from notifications.reactions.news.telling import latest_partnership, read_reference_data, tell

NAME = "when_address_refused_then_tell_its_person"


async def _tell(refused: Recorded[AddressRefused], log: EventLog) -> None:
    person = refused.event.person
    partnership = await latest_partnership(log, person)
    if partnership is None:
        return
    entry = Entry(
        id=entry_id(refused.position, person, ADDRESS_REFUSED),
        partnership=partnership,
        subject=person,
        about=ADDRESS_REFUSED,
        why=Why(rule=ADDRESS_REFUSED, based_on=refused.position),
        news="other",
    )
    await tell(log, refused, NAME, person, entry, await read_reference_data(log, person, partnership))


reaction = Reaction(name=NAME, on=(AddressRefused,), react=_tell)
