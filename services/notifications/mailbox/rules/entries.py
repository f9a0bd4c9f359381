"""What reactions do to a mailbox. Pure; the same entry is taken once, whoever brings it again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from coaching_events.ids import PersonId, RuleName
from coaching_events.mailbox import (
    Entry,
    MailboxEvent,
    MessageId,
    MessageRead,
    MessageReceived,
    NudgeDeferred,
    NudgePlanned,
)
from coaching_events.recipient import Channel
from coaching_time import PersonTime, local_date
from eventlog import Decision, NotFound, Timed
from notifications.mailbox.names import mailbox_id, message_id, monday_of
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.rules.quiet_hours import is_open, next_digest
from notifications.mailbox.rules.repeating import bounded, earlier_one
from notifications.mailbox.state import Mailbox
from notifications.recipient.state import Recipient


def plan(
    mailbox: Mailbox | None, *, person: PersonId, entry: Entry, moment: datetime, zone: str
) -> Sequence[NudgePlanned]:
    """Plan a reminder for a moment in the week of this mailbox."""
    if _has(mailbox, entry):
        return ()
    week = monday_of(local_date(zone, moment))
    return [NudgePlanned(by=_rule(entry), person=person, week=week, entry=entry, moment=moment)]


def go_on(mailbox: Mailbox | None, *, deferred: NudgeDeferred) -> Sequence[NudgePlanned | NudgeDeferred]:
    """Take over what could not leave in an earlier week. What waited for a digest goes on waiting for one."""
    entry = deferred.entry
    if _has(mailbox, entry):
        return ()
    week = next(
        monday
        for days in (0, -1, 1)  # the local date of an instant is at most a day from its date in UTC
        if mailbox_id(deferred.person, monday := monday_of(deferred.moment.date() + timedelta(days=days)))
        == deferred.into
    )
    planned = NudgePlanned(by=_rule(entry), person=deferred.person, week=week, entry=entry, moment=deferred.moment)
    if deferred.cause == "quiet-hours":
        return [planned]
    return [planned, deferred.model_copy(update={"week": week, "into": None})]


def received_at(person: PersonTime, at: datetime, channels: Sequence[Channel], *, at_once: bool = True) -> datetime:
    """When a question or news are pushed: at once while the person works, else with the digest of their next morning.

    Without ``at_once`` they wait for a digest in any case.
    """
    if "mail" not in channels or (at_once and is_open(person, at)):
        return at
    return next_digest(person, at) or at


def channels_of(entry: Entry, choices: Recipient) -> tuple[Channel, ...]:
    """Over which channels a question or news are pushed to somebody with these choices."""
    if entry.news == "other":
        return choices.channels_for("digests") if choices.news_in_digest else ("inbox",)
    return choices.channels_for("answers" if entry.news else "questions")


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
    """Put a question or news into the inbox at once; ``moment``, as ``received_at`` says it, is in this mailbox's week.

    If the digest of that morning has left already, it is pushed by itself at that moment. So is what changes the
    person's next days, what tells of a login, and everything for who gets no digests. What its sender has said of the
    same thing on the same day gives way to it, unless it ``answers`` the person.
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
        channels = ("inbox",)  # nothing is open within 60 days
    matters = entry.news == "changes-my-days" or entry.login is not None
    alone = matters or "mail" not in choices.channels_for("digests")
    received = MessageReceived(
        by=_rule(entry),
        person=person,
        week=monday_of(day),
        entry=entry,
        moment=moment,
        channels=channels,
        message=message_id(mailbox_id(person, monday_of(day)), entry.id, "word"),
        alone=alone and "mail" in channels,
        replaces=None if before is None else before.id,
    )
    digests = [] if mailbox is None else [each.at for each in mailbox.messages if each.kind == "digest"]
    if any(local_date(time.zone, left) == day for left in digests):
        return [Timed(received, max(at, moment))]
    return [received]


def mark(
    mailbox: Mailbox, *, by: PersonId, message: MessageId, read: bool, read_until: datetime | None
) -> Sequence[MessageRead]:
    """Say that a message was read, or is to count as unread; what holds already changes nothing."""
    told = mailbox.message(message)
    if told is None:
        raise NotFound(message)
    if told.is_read(read_until) is read:
        return ()
    return [MessageRead(by=by, person=mailbox.person, week=mailbox.week, message=message, read=read)]


def _has(mailbox: Mailbox | None, entry: Entry) -> bool:
    return mailbox is not None and mailbox.item(entry.id) is not None


def _rule(entry: Entry) -> RuleName:
    return RuleName(f"rule:{entry.why.rule}")
