"""How somebody wants to be told."""

from pydantic import TypeAdapter

from coaching_events.ids import PersonId
from coaching_events.recipient import RecipientChanged
from eventlog.aggregate import Aggregate, Facts
from notifications.recipient.state import Recipient, evolve

__all__ = ["recipients"]


def _key(recipient: Recipient) -> str:
    return recipient.person


def _parties(recipient: Recipient) -> tuple[PersonId]:
    return (recipient.person,)


recipients: Aggregate[Recipient, RecipientChanged, Facts] = Aggregate(
    kind="recipient",
    states=TypeAdapter(Recipient),
    events={RecipientChanged.type: RecipientChanged},
    evolve=evolve,
    key=_key,
    parties=_parties,
)
