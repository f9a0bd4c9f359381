"""The state of a mailbox: the entries of one person's local week, and the messages in which they left. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, assert_never

from coaching_events.envelope import Recorded
from coaching_events.events.mailbox import (
    Budget,
    DeliveryAttempted,
    DeliveryUncertain,
    DigestSent,
    Entry,
    EntryId,
    MailboxEvent,
    MessageId,
    MessageRead,
    MessageReceived,
    NudgeDeferred,
    NudgeMerged,
    NudgePlanned,
    NudgeSent,
    NudgeWithdrawn,
    PairBudget,
)
from coaching_events.events.recipient import Channel, PushChannel
from coaching_events.ids import PartnershipId, PersonId, StreamId

LIVE = ("planned", "waiting")
INACTIVE = "inactive"
"""The reason of an entry that waits because its person is not active."""
UNKNOWN = "catching-up"
"""The reason of an entry or a delivery that waits because the read model of its subject is missing or has a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry and its status. While it is live, ``moment`` is when it is decided next (UTC).

    planned: a reminder that leaves alone; waiting: it leaves with a digest; moved: the mailbox of another week has it.
    ``reason`` says why it waits, moved or was withdrawn.
    """

    entry: Entry
    moment: datetime
    status: Literal["planned", "waiting", "left", "withdrawn", "moved"]
    reason: str | None = None
    message: MessageId | None = None

    @property
    def live(self) -> bool:
        """Whether it can still leave."""
        return self.status in LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A delivery over a channel. ``due``: the next attempt is now; ``later``: at ``retry_at`` in working hours;
    ``failed``: another attempt at ``retry_at``, or none without it. ``arrived``: an attempt delivered it, or may have.
    """

    channel: PushChannel
    status: Literal["due", "later", "begun", "delivered", "failed", "uncertain"] = "due"
    attempt: int = 1
    retry_at: datetime | None = None
    arrived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that left at ``at`` (UTC). Only a nudge counts in budgets. A word is a question of the partner.

    ``read`` is the person's last mark, set at ``marked_at``; None without one. ``replaced_by`` is the message that
    replaces
    it, and ``earlier`` is the number of messages that it replaces.
    """

    id: MessageId
    kind: Literal["nudge", "word", "news", "digest"]
    at: datetime
    entries: tuple[EntryId, ...]
    partnerships: tuple[PartnershipId, ...]
    budgets: tuple[PairBudget, ...] = ()
    ceiling: Budget | None = None
    welcome_back: bool = False
    pushes: tuple[Push, ...] = ()
    read: bool | None = None
    marked_at: datetime | None = None
    replaced_by: MessageId | None = None
    earlier: int = 0

    def push(self, channel: Channel) -> Push | None:
        """The delivery over a channel."""
        return next((each for each in self.pushes if each.channel == channel), None)

    def is_read(self, read_until: datetime | None) -> bool:
        """Whether it counts as read by a person who had read everything at ``read_until`` (UTC)."""
        if self.read is not None and (read_until is None or self.marked_at is None or self.marked_at >= read_until):
            return self.read
        return read_until is not None and self.at <= read_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """All entries of one person in the local week that begins on the Monday ``week``.

    The last four fields follow from the others. Finds use them.
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
        """The entries that can still leave."""
        return tuple(item for item in self.items if item.live)

    def item(self, entry: EntryId) -> Item | None:
        """The entry with this id."""
        return next((item for item in self.items if item.entry.id == entry), None)

    def message(self, message: MessageId) -> Message | None:
        """The message with this id."""
        return next((each for each in self.messages if each.id == message), None)

    def earlier(self, entry: EntryId) -> int:
        """The number of messages of the same day that a question or news replaces."""
        return max((each.earlier for each in self.messages if each.entries == (entry,)), default=0)

    def entries_of(self, message: Message) -> tuple[Entry, ...]:
        """The entries of a message, in its order."""
        known = {item.entry.id: item.entry for item in self.items}
        return tuple(known[entry] for entry in message.entries)


def retries(mailbox: Mailbox) -> Iterator[tuple[Message, Push, datetime]]:
    """Deliveries that failed or wait for working hours, with the instant (UTC) of the next attempt."""
    for message in mailbox.messages:
        for push in message.pushes if message.replaced_by is None else ():
            if push.status in ("failed", "later") and push.retry_at is not None:
                yield message, push, push.retry_at


def wake_at(mailbox: Mailbox) -> datetime | None:
    """The earliest moment of a live entry or of another attempt (UTC)."""
    moments = [item.moment for item in mailbox.live] + [retry_at for _, _, retry_at in retries(mailbox)]
    return min(moments, default=None)


def undecided(mailbox: Mailbox) -> tuple[Entry, ...]:
    """The entries whose need is still to be decided: live ones, and those of messages with another attempt."""
    again = [entry for message, _, _ in retries(mailbox) for entry in mailbox.entries_of(message)]
    return (*(item.entry for item in mailbox.live), *again)


def evolve(mailbox: Mailbox | None, recorded: Recorded[MailboxEvent]) -> Mailbox:
    """Fold one event. The first one creates the mailbox."""
    event = recorded.event
    box = mailbox or Mailbox(person=event.person, week=event.week)
    match event:
        case NudgePlanned():
            changed = _planned(box, event)
        case NudgeDeferred():
            changed = _deferred(box, event)
        case NudgeMerged():
            changed = box
        case NudgeWithdrawn():
            changed = _settled(box, (event.entry,), "withdrawn", reason=event.cause)
        case NudgeSent():
            changed = _nudged(box, recorded.at, event)
        case DigestSent():
            changed = _digested(box, recorded.at, event)
        case MessageReceived():
            changed = _received(box, recorded.at, event)
        case DeliveryAttempted():
            changed = _pushed(box, event, lambda push: _attempted(push, event))
        case DeliveryUncertain():
            changed = _pushed(box, event, lambda push: replace(push, status="uncertain", retry_at=None, arrived=True))
        case MessageRead():
            changed = _with_message(
                box, event.message, lambda each: replace(each, read=event.read, marked_at=recorded.at)
            )
        case _:
            assert_never(event)
    return _found_by(changed)


def _planned(box: Mailbox, event: NudgePlanned) -> Mailbox:
    # A question or news is already in the inbox. The plan is only for its push with a digest.
    status = "waiting" if event.entry.step is None else "planned"
    return _with_item(box, Item(entry=event.entry, moment=event.moment, status=status))


def _deferred(box: Mailbox, event: NudgeDeferred) -> Mailbox:
    if event.into is not None:
        return _with_item(box, Item(entry=event.entry, moment=event.moment, status="moved", reason=event.cause))
    waits = event.cause != "quiet-hours" or event.entry.step is None or event.inactive
    status = "waiting" if waits else "planned"
    reason = INACTIVE if event.inactive else event.cause
    if event.awaits is not None and status == "planned":
        reason = UNKNOWN
    return _with_item(box, Item(entry=event.entry, moment=event.moment, status=status, reason=reason))


def _nudged(box: Mailbox, at: datetime, event: NudgeSent) -> Mailbox:
    message = Message(
        id=event.message,
        kind="nudge",
        at=at,
        entries=_ids(event.entries),
        partnerships=_pairs(event.entries),
        budgets=event.budgets,
        ceiling=event.ceiling,
        pushes=_pushes(event.channels),
    )
    return _left(box, message)


def _digested(box: Mailbox, at: datetime, event: DigestSent) -> Mailbox:
    message = Message(
        id=event.message,
        kind="digest",
        at=at,
        entries=_ids(event.entries),
        partnerships=_pairs(event.entries),
        welcome_back=event.welcome_back,
        pushes=_pushes(event.channels),
    )
    return _left(box, message)


def _received(box: Mailbox, at: datetime, event: MessageReceived) -> Mailbox:
    pushes = _pushes(event.channels)
    later = bool(pushes) and event.moment > at
    if later:
        alone = [push for push in pushes if event.alone or push.channel in event.alone_over]
        waiting = len(alone) < len(pushes)
        pushes = tuple(replace(push, status="later", retry_at=event.moment) for push in alone)
    else:
        waiting = False
    before = None if event.replaces is None else box.message(event.replaces)
    if before is not None:
        box = _replaced(box, before, event.message)
    message = Message(
        id=event.message,
        kind="news" if event.entry.news else "word",
        at=at,
        entries=(event.entry.id,),
        partnerships=(event.entry.partnership,),
        pushes=pushes,
        earlier=0 if before is None else before.earlier + 1,
    )
    item = Item(
        entry=event.entry,
        moment=event.moment,
        status="waiting" if waiting else "left",
        message=event.message,
        reason="quiet-hours" if waiting else None,
    )
    return replace(_with_item(box, item), messages=(*box.messages, message))


def _replaced(box: Mailbox, before: Message, by: MessageId) -> Mailbox:
    """The earlier message leaves all lists, and its waiting push is cancelled."""
    live = tuple(item.entry.id for item in box.live if item.entry.id in before.entries)
    begun = tuple(push for push in before.pushes if push.status not in ("later", "failed"))
    replaced = replace(before, replaced_by=by, pushes=begun)
    return _with_message(_settled(box, live, "withdrawn", reason="repeated"), before.id, lambda _: replaced)


def _left(box: Mailbox, message: Message) -> Mailbox:
    settled = _settled(box, message.entries, "left", message=message.id)
    return replace(settled, messages=(*box.messages, message))


def _settled(
    box: Mailbox,
    entries: tuple[EntryId, ...],
    status: Literal["left", "withdrawn"],
    *,
    reason: str | None = None,
    message: MessageId | None = None,
) -> Mailbox:
    def settle(item: Item) -> Item:
        if item.entry.id not in entries:
            return item
        return replace(item, status=status, reason=reason or item.reason, message=message or item.message)

    return replace(box, items=tuple(settle(item) for item in box.items))


def _with_item(box: Mailbox, item: Item) -> Mailbox:
    """The entry with its new status in its old place, or at the end if it is new."""
    before = box.item(item.entry.id)
    if before is None:
        return replace(box, items=(*box.items, item))
    kept = replace(item, message=item.message or before.message)
    return replace(box, items=tuple(kept if each.entry.id == item.entry.id else each for each in box.items))


def _pushed(box: Mailbox, event: DeliveryAttempted | DeliveryUncertain, change: Callable[[Push], Push]) -> Mailbox:
    def changed(each: Message) -> Message:
        pushes = (change(push) if push.channel == event.channel else push for push in each.pushes)
        return replace(each, pushes=tuple(pushes))

    return _with_message(box, event.message, changed)


def _with_message(box: Mailbox, message: MessageId, change: Callable[[Message], Message]) -> Mailbox:
    return replace(box, messages=tuple(change(each) if each.id == message else each for each in box.messages))


def _attempted(push: Push, event: DeliveryAttempted) -> Push:
    match event.outcome:
        case "begun" if push.status in ("failed", "later"):
            # Its moment has come again. The delivery records "begun" once more before its attempt.
            return replace(push, status="due", attempt=event.attempt, retry_at=None)
        case outcome:
            arrived = push.arrived or outcome == "delivered"
            return replace(push, status=outcome, attempt=event.attempt, retry_at=event.retry_at, arrived=arrived)


def _found_by(box: Mailbox) -> Mailbox:
    live = [item.entry for item in box.live]
    return replace(
        box,
        seen=tuple(item.entry.id for item in box.items),
        sent=tuple(message.id for message in box.messages),
        subjects=tuple(dict.fromkeys(entry.subject for entry in live)),
        partnerships=tuple(dict.fromkeys(entry.partnership for entry in live)),
    )


def _pushes(channels: tuple[Channel, ...]) -> tuple[Push, ...]:
    return tuple(Push(channel=channel) for channel in channels if channel != "inbox")


def _ids(entries: tuple[Entry, ...]) -> tuple[EntryId, ...]:
    return tuple(entry.id for entry in entries)


def _pairs(entries: tuple[Entry, ...]) -> tuple[PartnershipId, ...]:
    return tuple(dict.fromkeys(entry.partnership for entry in entries))
