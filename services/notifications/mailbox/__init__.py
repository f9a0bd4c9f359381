"""The mailbox: all entries for one person in one local week."""

from collections.abc import Iterable

from pydantic import TypeAdapter

from coaching_events.events.mailbox import MailboxEvent
from coaching_events.ids import PersonId, StreamId
from coaching_events.registry import EVENTS
from eventlog import Aggregate
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.state import Mailbox, evolve, undecided, wake_at
from notifications.mailbox.wake import wake

__all__ = ["mailboxes"]


def _key(mailbox: Mailbox) -> str:
    return mailbox.person


def _parties(mailbox: Mailbox) -> tuple[PersonId]:
    return (mailbox.person,)


def needs(mailbox: Mailbox) -> Iterable[StreamId]:
    """The person, with their choices, and the subjects and partnerships of all entries without a decision."""
    asked = undecided(mailbox)
    about = (stream for entry in asked for stream in (entry.subject, entry.partnership))
    return dict.fromkeys((mailbox.person, *about))


mailboxes: Aggregate[Mailbox, MailboxEvent, MailboxReferenceData] = Aggregate(
    kind="mailbox",
    states=TypeAdapter(Mailbox),
    events=EVENTS["mailbox"],
    evolve=evolve,
    schema_version=6,
    key=_key,
    wake_at=wake_at,
    parties=_parties,
    required_reads=needs,
    reference_data=MailboxReferenceData,
    wake=wake,
    indexes=("person", "seen", "sent", "subjects", "partnerships"),
)
