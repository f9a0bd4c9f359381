"""Which entries leave together. Pure.

The entries of one day and partnership are one message. The openings of check-ins of one day are one message over all
partnerships, together with the other entries of those partnerships.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from coaching_events.events.mailbox import Entry
from coaching_events.events.recipient import MessageKind, PushChannel
from coaching_events.ids import PartnershipId, kind_of
from notifications.mailbox.state import Item, Mailbox, Message

_LAST: Final = datetime.max.replace(tzinfo=UTC)
Bundle = tuple[Item, ...]
"""Entries that leave as one message, the most important one first."""


def is_opening(entry: Entry) -> bool:
    """Whether it says that a check-in is open."""
    return entry.step == 0 and kind_of(entry.subject) == "check-ins"


def is_question(entry: Entry) -> bool:
    """Whether the partner asks for something in it."""
    return entry.step is None and entry.news is None


def kind_of_message(mailbox: Mailbox, message: Message, channel: PushChannel = "mail") -> MessageKind:
    """The kind by which a person can switch a message off. Only its mail is an invitation."""
    match message.kind:
        case "digest":
            return "digests"
        case "word":
            return "questions"
        case "news":
            invites = channel == "mail" and any(entry.invites for entry in mailbox.entries_of(message))
            return "invitations" if invites else "answers"
        case "nudge":
            return kind_of_nudge(mailbox.entries_of(message))


def kind_of_nudge(entries: Iterable[Entry]) -> MessageKind:
    """The kind by which a person can switch a reminder off."""
    return "check-ins-open" if all(is_opening(entry) for entry in entries) else "reminders"


def bundles(items: Iterable[Item]) -> Sequence[Bundle]:
    """The messages of these entries: the higher step first, then the earlier moment."""
    ordered = sorted(items, key=_weight)
    opening = {item.entry.partnership for item in ordered if is_opening(item.entry)}
    groups: dict[PartnershipId | None, list[Item]] = {}
    for item in ordered:
        pair = item.entry.partnership
        groups.setdefault(None if pair in opening else pair, []).append(item)
    return sorted((tuple(group) for group in groups.values()), key=lambda group: _weight(group[0]))


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The order of the entries in a digest: the higher step first, then the earlier due moment."""
    return tuple(sorted(entries, key=lambda entry: (-(entry.step or 0), entry.due or _LAST, entry.id)))


def _weight(item: Item) -> tuple[int, str, str]:
    return -(item.entry.step or 0), item.moment.isoformat(), item.entry.id
