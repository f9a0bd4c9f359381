"""Limits on repeated messages of one sender: one message a day, without a push each time, up to a maximum. Pure."""

from datetime import date
from typing import Final

from coaching_events.events.mailbox import Entry, Why
from coaching_events.ids import PersonId
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
        "goal-progressed",
        "closing-proposed",
        "closing-withdrawn",
        "declaration-withdrawn",
        "sharing-narrowed",
    }
)
"""Events that one partner can cause again and again without the other."""
AT_ONCE: Final = 20
"""The entries of one sender in a week that are pushed at once, with their notes in full."""
MOST_OF_ONE: Final = 200
"""The most entries of one sender in a mailbox. The next one says that there are more, and where to find them."""
MORE: Final = "more-from-your-partner"
LONGEST_NOTE: Final = 200
"""The most characters of a note after the first entries. The history of the subject has the whole note."""


def earlier_one(mailbox: Mailbox | None, entry: Entry, day: date, zone: str) -> Message | None:
    """The message that this entry replaces: the same sender, subject and event on the same local day."""
    if mailbox is None or entry.sender is None or entry.about not in BY_ONE_ALONE:
        return None
    for item in reversed(mailbox.items):
        if (item.entry.sender, item.entry.subject, item.entry.about) == (entry.sender, entry.subject, entry.about):
            told = next((each for each in mailbox.messages if _tells(each, item.entry)), None)
            return None if told is None or local_date(zone, told.at) != day else told
    return None


def waits_for_a_digest(mailbox: Mailbox | None, entry: Entry, day: date, zone: str) -> bool:
    """Whether the push waits for a digest: a repetition on the same day, or many entries of the sender this week."""
    many = mailbox is not None and _told_by(mailbox, entry.sender) >= AT_ONCE
    return many or earlier_one(mailbox, entry, day, zone) is not None


def bounded(mailbox: Mailbox | None, entry: Entry, person: PersonId) -> Entry | None:
    """The entry within the limits: unchanged, with a shorter note, as a sign that there are more, or None."""
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
