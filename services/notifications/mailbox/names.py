"""Names that follow from what they name, so that who says the same thing again meets the same stream or entry. Pure."""

from datetime import date, timedelta
from typing import Final

from coaching_events.ids import MailboxId, PartnershipId, PersonId, Position, StreamId
from coaching_events.mailbox import EntryId, MessageId
from eventlog import derived_id, derived_stream

WEEK: Final = timedelta(days=7)
NO_PARTNERSHIP: Final = PartnershipId(StreamId("partnership_none"))
"""That of an entry about the reader alone. No stream has this id."""


def monday_of(day: date) -> date:
    """The Monday of the week in which a local date lies."""
    return day - timedelta(days=day.weekday())


def week_name(monday: date) -> str:
    """``2026-W05``: a week as ISO 8601 writes it."""
    year, week, _ = monday.isocalendar()
    return f"{year:04}-W{week:02}"


def mailbox_id(person: PersonId, monday: date) -> MailboxId:
    """The one mailbox of a person and a local week, named by its Monday."""
    return MailboxId(derived_stream("mailbox", person, week_name(monday)))


def entry_id(cause: Position, person: PersonId, what: str) -> EntryId:
    """One thing to tell somebody: a step about an open miss or occasion, or word from the partner."""
    return EntryId(derived_id("entry", cause, person, what))


def message_id(mailbox: MailboxId, first: EntryId, kind: str) -> MessageId:
    """What leaves a mailbox as one, by the first entry in it: an entry leaves a mailbox once in each kind."""
    return MessageId(derived_id("message", mailbox, first, kind))
