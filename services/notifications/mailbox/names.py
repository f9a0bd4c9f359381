"""Names that follow from their content, so that a repetition finds the same stream or entry. Pure."""

from datetime import date, timedelta
from typing import Final

from coaching_events.events.mailbox import EntryId, MessageId
from coaching_events.ids import MailboxId, PartnershipId, PersonId, Position, StreamId
from eventlog import derived_id, derived_stream

WEEK: Final = timedelta(days=7)
NO_PARTNERSHIP: Final = PartnershipId(StreamId("partnership_none"))
"""The subject of an entry about the reader alone. No stream has this id."""


def monday_of(day: date) -> date:
    """The Monday of the week of a local date."""
    return day - timedelta(days=day.weekday())


def week_name(monday: date) -> str:
    """The name of a week by ISO 8601, such as ``2026-W05``."""
    year, week, _ = monday.isocalendar()
    return f"{year:04}-W{week:02}"


def mailbox_id(person: PersonId, monday: date) -> MailboxId:
    """The only mailbox of a person for a local week, named by its Monday."""
    return MailboxId(derived_stream("mailbox", person, week_name(monday)))


def entry_id(cause: Position, person: PersonId, what: str) -> EntryId:
    """The id of an entry: a step about an open miss or occasion, or a message about an act of the partner."""
    return EntryId(derived_id("entry", cause, person, what))


def message_id(mailbox: MailboxId, first: EntryId, kind: str) -> MessageId:
    """The id of a message, by its first entry. An entry leaves a mailbox at most once in each kind of message."""
    return MessageId(derived_id("message", mailbox, first, kind))
