"""When a further login is linked to a person, they get a message: a user with this login will act as them."""

from coaching_events.envelope import Recorded
from coaching_events.events.mailbox import Entry, NewLogin, Why
from coaching_events.events.person import PersonLinked
from coaching_events.ids import PersonId
from coaching_readmodels.logins import login_id, masked
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.mailbox.names import NO_PARTNERSHIP, entry_id
from notifications.reactions.news.telling import read_reference_data, tell

NAME = "when_login_linked_then_tell_its_person"
RULE = "login-linked"


async def _tell(linked: Recorded[PersonLinked], log: EventLog) -> None:
    event, person = linked.event, PersonId(linked.stream)
    if event.effective_at is None:
        return
    login = NewLogin(
        id=login_id(event.source, event.external_id),
        issuer=event.source,
        login=masked(event.external_id),
        feed=event.feed,
    )
    entry = Entry(
        id=entry_id(linked.position, person, RULE),
        partnership=NO_PARTNERSHIP,
        subject=person,
        about=event.type,
        why=Why(rule=RULE, based_on=linked.position),
        news="answer",
        due=event.effective_at,
        login=login,
    )
    await tell(log, linked, NAME, person, entry, await read_reference_data(log, person))


reaction = Reaction(name=NAME, on=(PersonLinked,), react=_tell)
