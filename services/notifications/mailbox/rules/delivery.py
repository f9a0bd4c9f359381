"""Deliveries over a channel. Each is recorded before the attempt, and its result after it. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from coaching_events.events.mailbox import DeliveryAttempted, DeliveryUncertain, MessageId
from coaching_events.events.recipient import PushChannel
from coaching_events.ids import RuleName
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.rules.merging import is_question
from notifications.mailbox.rules.quiet_hours import is_open, next_open
from notifications.mailbox.state import INACTIVE, Mailbox, Message, Push

DELIVERY: Final = RuleName("rule:delivery")
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 1440))
"""The time to wait after each failure. After the last one only the inbox has the message."""

ADDRESS_REFUSED: Final = "address-refused"
"""The reason for no attempt: a mail server or a chat refuses the address."""
CHAT_REFUSED: Final = "chat-refused"

Delivered = Literal["delivered"]
Outcome = Literal["delivered", "refused", "failed", "cut-off"]
"""refused: another attempt would fail too; failed: it did not arrive; cut-off: it may have arrived."""


def begin(
    mailbox: Mailbox | None,
    *,
    message: MessageId,
    channel: PushChannel,
    at: datetime,
    reference_data: MailboxReferenceData,
) -> Sequence[DeliveryAttempted]:
    """Begin a delivery that is due. If the channel is late, in quiet hours, it waits for the next open moment.

    Nothing is sent to an inactive person, or to a refused address.
    """
    found = _in_hand(mailbox, message, channel)
    if found is None or found[2].status != "due":
        return ()
    box, _, push = found
    if not reference_data.is_active(box.person):
        return [_attempted(box, message, push, "failed", INACTIVE)]
    if reference_data.recipient(box.person).is_unreachable(channel):
        return [_attempted(box, message, push, "failed", ADDRESS_REFUSED)]
    person = reference_data.time(box.person)
    if is_open(person, at):
        return [_attempted(box, message, push, "begun")]
    return [_attempted(box, message, push, "failed", "quiet-hours", next_open(person, at))]


def end(
    mailbox: Mailbox | None,
    *,
    message: MessageId,
    channel: PushChannel,
    attempt: int,
    outcome: Outcome,
    reason: str | None,
    at: datetime,
    reference_data: MailboxReferenceData,
    retry_after: timedelta | None = None,
) -> Sequence[DeliveryAttempted | DeliveryUncertain]:
    """Record the result of an attempt, unless it is already recorded.

    After ``retry_after`` the receiver takes the next attempt; until then there is none.
    """
    found = _in_hand(mailbox, message, channel)
    if found is None or found[2].attempt != attempt or found[2].status not in ("begun", "uncertain"):
        return ()
    box, told, push = found
    if outcome == "delivered":
        return [_attempted(box, message, push, "delivered")]
    if push.status == "uncertain":
        return ()
    if outcome == "refused":
        return [_attempted(box, message, push, "failed", reason)]
    uncertain = [_uncertain(box, message, push)] if outcome == "cut-off" else []
    if uncertain and not _is_sent_again(box, told, channel):
        return uncertain
    retry_at = _retry_at(box, push, at, retry_after, reference_data)
    return [*uncertain, _attempted(box, message, push, "failed", reason, retry_at)]


def cut_off(
    mailbox: Mailbox | None, *, message: MessageId, channel: PushChannel
) -> Sequence[DeliveryAttempted | DeliveryUncertain]:
    """An attempt was begun and its result is not known. A question or an invitation is sent again; others are not."""
    found = _in_hand(mailbox, message, channel)
    if found is None or found[2].status != "begun":
        return ()
    box, told, push = found
    uncertain = _uncertain(box, message, push)
    if not _is_sent_again(box, told, channel):
        return [uncertain]
    again = _attempted(box, message, push, "begun")
    return [uncertain, again.model_copy(update={"attempt": push.attempt + 1})]


def _in_hand(mailbox: Mailbox | None, message: MessageId, channel: PushChannel) -> tuple[Mailbox, Message, Push] | None:
    told = None if mailbox is None else mailbox.message(message)
    push = None if told is None else told.push(channel)
    return None if mailbox is None or told is None or push is None else (mailbox, told, push)


def _is_sent_again(mailbox: Mailbox, message: Message, channel: PushChannel) -> bool:
    """Whether it is sent twice rather than not at all: a partner waits for an answer, or a calendar would be wrong.

    A calendar takes the same invitation twice as one. Reminders and other news are not sent rather than sent twice.
    """
    entries = mailbox.entries_of(message)
    return any(is_question(entry) or (entry.invites and channel == "mail") for entry in entries)


def _retry_at(
    mailbox: Mailbox, push: Push, at: datetime, retry_after: timedelta | None, reference_data: MailboxReferenceData
) -> datetime | None:
    if push.attempt > len(PAUSES):
        return None
    pause = max(PAUSES[push.attempt - 1], retry_after or timedelta(0))
    return next_open(reference_data.time(mailbox.person), at + pause)


def _attempted(
    mailbox: Mailbox,
    message: MessageId,
    push: Push,
    outcome: Literal["begun", "delivered", "failed"],
    reason: str | None = None,
    retry_at: datetime | None = None,
) -> DeliveryAttempted:
    return DeliveryAttempted(
        by=DELIVERY,
        person=mailbox.person,
        week=mailbox.week,
        message=message,
        channel=push.channel,
        attempt=push.attempt,
        outcome=outcome,
        reason=reason,
        retry_at=retry_at,
    )


def _uncertain(mailbox: Mailbox, message: MessageId, push: Push) -> DeliveryUncertain:
    return DeliveryUncertain(
        by=DELIVERY,
        person=mailbox.person,
        week=mailbox.week,
        message=message,
        channel=push.channel,
        attempt=push.attempt,
    )
