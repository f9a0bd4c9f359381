"""The state of a mailbox: the entries of one person's local week, and the messages in which they left. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from coaching_events.ids import PartnershipId, PersonId, StreamId
from coaching_events.mailbox import Budget, Entry, EntryId, MessageId, PairBudget
from coaching_events.recipient import Channel

LIVE = ("planned", "waiting")
INACTIVE = "inactive"
"""Why an entry waits whose person is not active in the directory."""
UNKNOWN = "catching-up"
"""Why an entry or a delivery waits of whose subject this service has not heard everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry and where it stands. While it is live, ``moment`` is when it is asked about next.

    planned: a reminder that leaves by itself; waiting: it leaves with a digest; moved: it goes on in another week's
    mailbox. ``reason`` says why it waits, moved or was withdrawn.
    """

    entry: Entry
    moment: datetime
    status: Literal["planned", "waiting", "left", "withdrawn", "moved"]
    reason: str | None = None
    message: MessageId | None = None

    @property
    def live(self) -> bool:
        """Whether it is still to leave."""
        return self.status in LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A delivery over a channel. ``due``: to be tried; ``later``: tried at ``retry_at``, when the person works again;
    ``failed``: tried again at ``retry_at``, or no more.
    """

    channel: Channel
    status: Literal["due", "later", "begun", "delivered", "failed", "uncertain"] = "due"
    attempt: int = 1
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What left as one at ``at``. Only a nudge counts in budgets; a word is a question of the partner.

    ``read`` is what the person said about it last, at ``marked_at``; None if nothing. ``replaced_by`` is the message
    that stands in its place, and ``earlier`` how many messages it stands for besides itself.
    """

    id: MessageId
    kind: Literal["nudge", "word", "news", "digest"]
    at: datetime
    entries: tuple[EntryId, ...]
    partnerships: tuple[PartnershipId, ...]
    budgets: tuple[PairBudget, ...] = ()
    ceiling: Budget | None = None
    welcome_back: bool = False
    push: Push | None = None
    read: bool | None = None
    marked_at: datetime | None = None
    replaced_by: MessageId | None = None
    earlier: int = 0

    def is_read(self, read_until: datetime | None) -> bool:
        """Whether it counts as read by who had read everything at ``read_until``."""
        if self.read is not None and (read_until is None or self.marked_at is None or self.marked_at >= read_until):
            return self.read
        return read_until is not None and self.at <= read_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """All that one person gets in the local week that begins on the Monday ``week``.

    The last four fields follow from the others; documents are found by them.
    """

    status: Literal["open"] = "open"
    person: PersonId
    week: date
    items: tuple[Item, ...] = ()
    messages: tuple[Message, ...] = ()
    seen: tuple[EntryId, ...] = ()
    sent: tuple[MessageId, ...] = ()
    subjects: tuple[StreamId, ...] = ()
    partnerships: tuple[PartnershipId, ...] = ()

    @property
    def live(self) -> tuple[Item, ...]:
        """What is still to leave."""
        return tuple(item for item in self.items if item.live)

    def item(self, entry: EntryId) -> Item | None:
        """The entry with this id."""
        return next((item for item in self.items if item.entry.id == entry), None)

    def message(self, message: MessageId) -> Message | None:
        """The message with this id."""
        return next((each for each in self.messages if each.id == message), None)

    def earlier(self, entry: EntryId) -> int:
        """How many messages of the same day a question or news stands for besides itself."""
        return max((each.earlier for each in self.messages if each.entries == (entry,)), default=0)

    def entries_of(self, message: Message) -> tuple[Entry, ...]:
        """What a message tells, in its order."""
        known = {item.entry.id: item.entry for item in self.items}
        return tuple(known[entry] for entry in message.entries)


def retries(mailbox: Mailbox) -> Iterator[tuple[Message, Push, datetime]]:
    """Deliveries that failed or wait for working hours, with the instant from which they are tried."""
    for message in mailbox.messages:
        push = message.push if message.replaced_by is None else None
        if push is not None and push.status in ("failed", "later") and push.retry_at is not None:
            yield message, push, push.retry_at


def wake_at(mailbox: Mailbox) -> datetime | None:
    """The earliest moment of a live entry or of a delivery that is tried again."""
    moments = [item.moment for item in mailbox.live] + [retry_at for _, _, retry_at in retries(mailbox)]
    return min(moments, default=None)


def undecided(mailbox: Mailbox) -> tuple[Entry, ...]:
    """The entries whose need will be asked about: live ones, and those in messages that are tried again."""
    again = [entry for message, _, _ in retries(mailbox) for entry in mailbox.entries_of(message)]
    return (*(item.entry for item in mailbox.live), *again)
