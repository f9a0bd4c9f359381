"""The commands that reactions give to a mailbox. Pure. The same entry is accepted once only."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from coaching_events.events.mailbox import (
    Entry,
    MailboxEvent,
    MessageId,
    MessageRead,
    MessageReceived,
    NudgeDeferred,
    NudgePlanned,
)
from coaching_events.events.recipient import Channel, PushChannel
from coaching_events.ids import PersonId, RuleName
from coaching_time import PersonTime, local_date
from eventlog import Decision, NotFound, Timed
from notifications.mailbox.names import mailbox_id, message_id, monday_of
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.rules.quiet_hours import is_open, next_digest
from notifications.mailbox.rules.repeating import bounded, earlier_one
from notifications.mailbox.state import Mailbox
from notifications.recipient.state import PUSH_CHANNELS, Recipient


def plan(
    mailbox: Mailbox | None, *, person: PersonId, entry: Entry, moment: datetime, zone: str
) -> Sequence[NudgePlanned]:
    """Plan a reminder for a moment (UTC) in the week of this mailbox."""
    if _has(mailbox, entry):
        return ()
    week = monday_of(local_date(zone, moment))
    return [NudgePlanned(by=_rule(entry), person=person, week=week, entry=entry, moment=moment)]


def go_on(mailbox: Mailbox | None, *, deferred: NudgeDeferred) -> Sequence[NudgePlanned | NudgeDeferred]:
    """Take over an entry that could not leave in an earlier week. One for a digest still waits for a digest."""
    entry = deferred.entry
    if _has(mailbox, entry):
        return ()
    week = next(
        monday
        for days in (0, -1, 1)  # the local date of an instant differs from its date in UTC by at most a day
        if mailbox_id(deferred.person, monday := monday_of(deferred.moment.date() + timedelta(days=days)))
        == deferred.into
    )
    planned = NudgePlanned(by=_rule(entry), person=deferred.person, week=week, entry=entry, moment=deferred.moment)
    if deferred.cause == "quiet-hours":
        return [planned]
    return [planned, deferred.model_copy(update={"week": week, "into": None})]


def received_at(person: PersonTime, at: datetime, channels: Sequence[Channel], *, at_once: bool = True) -> datetime:
    """When a question or news is pushed (UTC): now in working hours, otherwise with the digest of the next morning.

    Without ``at_once`` it always waits for a digest.
    """
    if not _is_pushed(channels) or (at_once and is_open(person, at)):
        return at
    return next_digest(person, at) or at


def channels_of(entry: Entry, choices: Recipient) -> tuple[Channel, ...]:
    """The channels of a question or news for a person with these choices. Their own acts are in no chat."""
    if entry.invites:
        others = ("inbox",) if entry.sender is None else choices.channels_for("answers")
        wanted = {"mail"} if choices.is_invited else set[Channel]()
        return tuple(each for each in choices.channels if each in (wanted if each == "mail" else others))
    if entry.news == "other":
        return choices.channels_for("digests") if choices.news_in_digest else ("inbox",)
    return choices.channels_for("answers" if entry.news else "questions")


def is_wanted_over(entry: Entry, channel: Channel, choices: Recipient) -> bool:
    """Whether a digest over a channel has an entry: any reminder, and questions and news of a kind that is on there."""
    return entry.step is not None or channel in channels_of(entry, choices)


def receive(
    mailbox: Mailbox | None,
    *,
    person: PersonId,
    entry: Entry,
    at: datetime,
    moment: datetime,
    reference_data: MailboxReferenceData,
    answers: bool = False,
) -> Decision[MailboxEvent]:
    """Put a question or news into the inbox at once. ``moment`` (see `received_at`) is in the week of this mailbox.

    It is pushed alone at that moment if the digest of that morning has already left, if it changes the person's next
    days, if it is about a login, as an invitation by mail, or over channels without digests. It replaces an earlier
    message of the same day, sender and subject, unless it ``answers`` the person.
    """
    taken = None if _has(mailbox, entry) else bounded(mailbox, entry, person)
    if taken is None:
        return ()
    time = reference_data.time(person)
    before = None if answers else earlier_one(mailbox, taken, local_date(time.zone, at), time.zone)
    entry, day = taken, local_date(time.zone, moment)
    choices = reference_data.recipient(person)
    channels = channels_of(entry, choices)
    if not is_open(time, moment):
        channels = ("inbox",)  # there is no open moment within 60 days
    matters = entry.news == "changes-my-days" or entry.login is not None
    pushed: tuple[PushChannel, ...] = tuple(each for each in PUSH_CHANNELS if each in channels)
    with_digests = () if matters else choices.channels_for("digests")
    alone: tuple[PushChannel, ...] = tuple(
        each for each in pushed if each not in with_digests or (entry.invites and each == "mail")
    )
    received = MessageReceived(
        by=_rule(entry),
        person=person,
        week=monday_of(day),
        entry=entry,
        moment=moment,
        channels=channels,
        message=message_id(mailbox_id(person, monday_of(day)), entry.id, "word"),
        alone=bool(pushed) and alone == pushed,
        alone_over=alone if alone != pushed else (),
        replaces=None if before is None else before.id,
    )
    digests = [] if mailbox is None else [each.at for each in mailbox.messages if each.kind == "digest"]
    if any(local_date(time.zone, left) == day for left in digests):
        return [Timed(received, max(at, moment))]
    return [received]


def mark(
    mailbox: Mailbox, *, by: PersonId, message: MessageId, read: bool, read_until: datetime | None
) -> Sequence[MessageRead]:
    """Mark a message as read or unread. No event without a difference."""
    told = mailbox.message(message)
    if told is None:
        raise NotFound(message)
    if told.is_read(read_until) is read:
        return ()
    return [MessageRead(by=by, person=mailbox.person, week=mailbox.week, message=message, read=read)]


def _is_pushed(channels: Sequence[Channel]) -> bool:
    return any(channel != "inbox" for channel in channels)


def _has(mailbox: Mailbox | None, entry: Entry) -> bool:
    return mailbox is not None and mailbox.item(entry.id) is not None


def _rule(entry: Entry) -> RuleName:
    return RuleName(f"rule:{entry.why.rule}")
