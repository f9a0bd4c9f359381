"""What one sender tells again and again: it is one message, is not pushed each time, and fills no mailbox. Pure."""

from datetime import date
from typing import Final

from coaching_events.ids import PersonId
from coaching_events.mailbox import Entry, Why
from coaching_time import local_date
from notifications.mailbox.names import entry_id
from notifications.mailbox.state import Mailbox, Message

BY_ONE_ALONE: Final = frozenset(
    {
        "terms-proposed",
        "terms-withdrawn",
        "renegotiation-proposed",
        "renegotiation-withdrawn",
        "release-proposed",
        "release-withdrawn",
        "partnership-paused",
        "partnership-resumed",
        "commitment-kept",
        "declaration-withdrawn",
        "sharing-narrowed",
    }
)
"""What one of the two can say about the same thing again and again, without a word of the other."""
AT_ONCE: Final = 20
"""Entries of one sender in a week that are pushed at once and have their notes in full."""
MOST_OF_ONE: Final = 200
"""Entries of one sender in a mailbox. In place of the next one stands that there are more, and where they are."""
MORE: Final = "more-from-your-partner"
LONGEST_NOTE: Final = 200
"""Characters of a note after the first entries; what it is about has the whole note in its history."""


def earlier_one(mailbox: Mailbox | None, entry: Entry, day: date, zone: str) -> Message | None:
    """The message whose place this entry takes: what the same sender told on this local day about the same thing."""
    if mailbox is None or entry.sender is None or entry.about not in BY_ONE_ALONE:
        return None
    for item in reversed(mailbox.items):
        if (item.entry.sender, item.entry.subject, item.entry.about) == (entry.sender, entry.subject, entry.about):
            told = next((each for each in mailbox.messages if _tells(each, item.entry)), None)
            return None if told is None or local_date(zone, told.at) != day else told
    return None


def waits_for_a_digest(mailbox: Mailbox | None, entry: Entry, day: date, zone: str) -> bool:
    """Whether nothing is pushed at once, as it was told today already or its sender has told so much this week."""
    many = mailbox is not None and _told_by(mailbox, entry.sender) >= AT_ONCE
    return many or earlier_one(mailbox, entry, day, zone) is not None


def bounded(mailbox: Mailbox | None, entry: Entry, person: PersonId) -> Entry | None:
    """The entry as this mailbox takes it: as it is, with a shorter note, as word that there is more, or not at all."""
    told = 0 if mailbox is None else _told_by(mailbox, entry.sender)
    if told > MOST_OF_ONE:
        return None
    if told == MOST_OF_ONE:
        return Entry(
            id=entry_id(entry.why.based_on, person, MORE),
            partnership=entry.partnership,
            subject=entry.partnership,
            about=MORE,
            why=Why(rule=MORE, based_on=entry.why.based_on),
            sender=entry.sender,
            news="answer",
        )
    if told >= AT_ONCE and isinstance(entry.note, str) and len(entry.note) > LONGEST_NOTE:
        return entry.model_copy(update={"note": f"{entry.note[:LONGEST_NOTE]}…"})
    return entry


def _told_by(mailbox: Mailbox, sender: PersonId | None) -> int:
    return 0 if sender is None else sum(item.entry.sender == sender for item in mailbox.items)


def _tells(message: Message, entry: Entry) -> bool:
    return message.kind in ("word", "news") and message.entries == (entry.id,)
