"""What reactions do to a mailbox. Pure; the same entry is taken once, whoever brings it again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from coaching_events.ids import PersonId, RuleName
from coaching_events.mailbox import Entry, MailboxEvent, MessageReceived, NudgeDeferred, NudgePlanned
from coaching_events.recipient import Channel
from coaching_time import PersonTime, local_date
from eventlog.aggregate import Decisions, Timed
from notifications.mailbox.facts import MailboxFacts
from notifications.mailbox.names import mailbox_id, message_id, monday_of
from notifications.mailbox.quiet_hours import is_open, next_digest
from notifications.mailbox.state import Mailbox


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


def received_at(person: PersonTime, at: datetime, channels: Sequence[Channel]) -> datetime:
    """When a partner's word is pushed: at once while the person works, else with the digest of their next morning."""
    if "mail" not in channels or is_open(person, at):
        return at
    return next_digest(person, at) or at


def receive(
    mailbox: Mailbox | None, *, person: PersonId, entry: Entry, at: datetime, moment: datetime, facts: MailboxFacts
) -> Decisions[MailboxEvent]:
    """Put a partner's word into the inbox, at once; ``moment``, as ``received_at`` says it, is in this mailbox's week.

    If the digest of that morning has left already, it is pushed by itself at that moment.
    """
    if _has(mailbox, entry):
        return ()
    time = facts.time(person)
    day = local_date(time.zone, moment)
    channels = facts.recipient(person).channels
    if not is_open(time, moment):
        channels = ("inbox",)  # nothing is open within 60 days
    received = MessageReceived(
        by=_rule(entry), person=person, week=monday_of(day), entry=entry, moment=moment, channels=channels,
        message=message_id(mailbox_id(person, monday_of(day)), entry.id, "word"),
    )  # fmt: skip
    digests = [] if mailbox is None else [each.at for each in mailbox.messages if each.kind == "digest"]
    if any(local_date(time.zone, left) == day for left in digests):
        return [Timed(received, max(at, moment))]
    return [received]


def _has(mailbox: Mailbox | None, entry: Entry) -> bool:
    return mailbox is not None and mailbox.item(entry.id) is not None


def _rule(entry: Entry) -> RuleName:
    return RuleName(f"rule:{entry.why.rule}")
