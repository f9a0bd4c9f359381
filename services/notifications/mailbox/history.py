"""How the events of a mailbox change it. Pure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Literal, assert_never

from coaching_events.envelope import Recorded
from coaching_events.ids import PartnershipId
from coaching_events.mailbox import (
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
)
from coaching_events.recipient import Channel
from notifications.mailbox.state import INACTIVE, UNKNOWN, Item, Mailbox, Message, Push


def evolve(mailbox: Mailbox | None, recorded: Recorded[MailboxEvent]) -> Mailbox:
    """The mailbox after one event more; the first one begins it."""
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
            changed = _pushed(box, event.message, lambda push: _attempted(push, event))
        case DeliveryUncertain():
            changed = _pushed(box, event.message, lambda push: replace(push, status="uncertain", retry_at=None))
        case MessageRead():
            changed = _with_message(
                box, event.message, lambda each: replace(each, read=event.read, marked_at=recorded.at)
            )
        case _:
            assert_never(event)
    return _found_by(changed)


def _planned(box: Mailbox, event: NudgePlanned) -> Mailbox:
    # Questions and news are in the inbox already: what is planned is their leaving with a digest.
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
        push=_push(event.channels),
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
        push=_push(event.channels),
    )
    return _left(box, message)


def _received(box: Mailbox, at: datetime, event: MessageReceived) -> Mailbox:
    push = _push(event.channels)
    later = push is not None and event.moment > at
    waiting = later and not event.alone
    if push is not None and later:
        push = replace(push, status="later", retry_at=event.moment) if event.alone else None
    before = None if event.replaces is None else box.message(event.replaces)
    if before is not None:
        box = _replaced(box, before, event.message)
    message = Message(
        id=event.message,
        kind="news" if event.entry.news else "word",
        at=at,
        entries=(event.entry.id,),
        partnerships=(event.entry.partnership,),
        push=push,
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
    """The earlier message stands in no list any more; what it would have pushed later is not pushed."""
    live = tuple(item.entry.id for item in box.live if item.entry.id in before.entries)
    waits = before.push is not None and before.push.status in ("later", "failed")
    replaced = replace(before, replaced_by=by, push=None if waits else before.push)
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
    """The entry in its place: as it is now if it was there, else as the last one."""
    before = box.item(item.entry.id)
    if before is None:
        return replace(box, items=(*box.items, item))
    kept = replace(item, message=item.message or before.message)
    return replace(box, items=tuple(kept if each.entry.id == item.entry.id else each for each in box.items))


def _pushed(box: Mailbox, message: MessageId, change: Callable[[Push], Push]) -> Mailbox:
    def changed(each: Message) -> Message:
        return each if each.push is None else replace(each, push=change(each.push))

    return _with_message(box, message, changed)


def _with_message(box: Mailbox, message: MessageId, change: Callable[[Message], Message]) -> Mailbox:
    return replace(box, messages=tuple(change(each) if each.id == message else each for each in box.messages))


def _attempted(push: Push, event: DeliveryAttempted) -> Push:
    match event.outcome:
        case "begun" if push.status in ("failed", "later"):
            # Its moment has come again; whoever takes it in hand says "begun" once more before trying.
            return replace(push, status="due", attempt=event.attempt, retry_at=None)
        case outcome:
            return replace(push, status=outcome, attempt=event.attempt, retry_at=event.retry_at)


def _found_by(box: Mailbox) -> Mailbox:
    live = [item.entry for item in box.live]
    return replace(
        box,
        seen=tuple(item.entry.id for item in box.items),
        sent=tuple(message.id for message in box.messages),
        subjects=tuple(dict.fromkeys(entry.subject for entry in live)),
        partnerships=tuple(dict.fromkeys(entry.partnership for entry in live)),
    )


def _push(channels: tuple[Channel, ...]) -> Push | None:
    return Push(channel="mail") if "mail" in channels else None


def _ids(entries: tuple[Entry, ...]) -> tuple[EntryId, ...]:
    return tuple(entry.id for entry in entries)


def _pairs(entries: tuple[Entry, ...]) -> tuple[PartnershipId, ...]:
    return tuple(dict.fromkeys(entry.partnership for entry in entries))
