"""A recipient: the choices of a person about messages."""

from pydantic import TypeAdapter

from coaching_events.events.recipient import RecipientEvent
from coaching_events.ids import PersonId
from coaching_events.registry import EVENTS
from eventlog import Aggregate, ReferenceData
from notifications.recipient.state import Recipient, evolve

__all__ = ["recipients"]


def _key(recipient: Recipient) -> str:
    return recipient.person


def _parties(recipient: Recipient) -> tuple[PersonId]:
    return (recipient.person,)


recipients: Aggregate[Recipient, RecipientEvent, ReferenceData] = Aggregate(
    kind="recipient",
    states=TypeAdapter(Recipient),
    events=EVENTS["recipient"],
    evolve=evolve,
    schema_version=5,
    key=_key,
    parties=_parties,
)
