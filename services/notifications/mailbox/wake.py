"""What follows in a mailbox: at the moment of an entry, and whenever something about a subject was said. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from coaching_events.ids import RuleName
from coaching_events.mailbox import DeliveryAttempted, MailboxEvent, NudgeDeferred, NudgeWithdrawn
from coaching_time import PersonTime
from eventlog.aggregate import Decisions, Timed
from notifications.mailbox.facts import MailboxFacts
from notifications.mailbox.leaving import defer, leave, until_active
from notifications.mailbox.needed import gone
from notifications.mailbox.quiet_hours import is_late, is_open, next_digest, next_open
from notifications.mailbox.state import INACTIVE, Item, Mailbox, retries

STILL_NEEDED: Final = RuleName("rule:still-needed")
TRY_AGAIN: Final = RuleName("rule:try-again")


def wake(mailbox: Mailbox, /, *, at: datetime, now: datetime, facts: MailboxFacts) -> Decisions[MailboxEvent]:
    """Withdraw what is not needed any more, then let leave, defer or put into a digest what is due."""
    decided: list[MailboxEvent | Timed[MailboxEvent]] = []
    live: list[Item] = []
    for item in mailbox.live:
        withdrawn = _withdrawn(mailbox, item, at, facts)
        if withdrawn is not None:
            decided.append(withdrawn)
        elif item.reason == INACTIVE and item.moment > at and facts.is_active(mailbox.person):
            person = facts.time(mailbox.person)
            decided.append(Timed(defer(mailbox, item, next_digest(person, now), "digest", person), now))
        else:
            live.append(item)
    if any(item.moment <= at for item in live):
        decided += _due(mailbox, live, at, now, facts)
    return [*decided, *_again(mailbox, at, facts)]


def _withdrawn(mailbox: Mailbox, item: Item, at: datetime, facts: MailboxFacts) -> NudgeWithdrawn | None:
    why = gone(item.entry, max(item.moment, at), mailbox.person, facts)
    if why is None:
        return None
    return NudgeWithdrawn(
        by=STILL_NEEDED, person=mailbox.person, week=mailbox.week, entry=item.entry.id, cause=why.cause,
        taken=why.taken,
    )  # fmt: skip


def _due(
    mailbox: Mailbox, live: Sequence[Item], at: datetime, now: datetime, facts: MailboxFacts
) -> Iterator[MailboxEvent | Timed[MailboxEvent]]:
    person = facts.time(mailbox.person)
    if not facts.is_active(mailbox.person):
        yield from (until_active(mailbox, item, at, person) for item in live if item.moment <= at)
        return
    late = [item for item in live if item.moment <= at and is_late(person, item.moment, now)]
    for item in late:
        yield Timed(defer(mailbox, item, next_digest(person, now), "digest", person), now)
    in_time = [item for item in live if item not in late]
    due = [item for item in in_time if item.moment <= at]
    if not due:
        return
    if is_open(person, at):
        yield from leave(mailbox, in_time, at, person, facts)
    else:
        yield from (_until_open(mailbox, item, at, person) for item in due)


def _until_open(mailbox: Mailbox, item: Item, at: datetime, person: PersonTime) -> NudgeDeferred | NudgeWithdrawn:
    if item.status == "planned":
        return defer(mailbox, item, next_open(person, at), "quiet-hours", person)
    cause = "quiet-hours" if item.entry.step is None else "digest"
    return defer(mailbox, item, next_digest(person, at), cause, person)


def _again(mailbox: Mailbox, at: datetime, facts: MailboxFacts) -> Iterator[DeliveryAttempted]:
    """Deliveries that failed, and whose moment has come: unless nothing in them is needed any more."""
    for message, push, retry_at in retries(mailbox):
        if retry_at > at:
            continue
        entries = mailbox.entries_of(message)
        needed = [entry for entry in entries if gone(entry, at, mailbox.person, facts) is None]
        reason = None if needed else "no-longer-needed"
        if not facts.is_active(mailbox.person):
            reason = INACTIVE
        again = reason is None and push.status == "failed"
        yield DeliveryAttempted(
            by=TRY_AGAIN, person=mailbox.person, week=mailbox.week, message=message.id, channel=push.channel,
            attempt=push.attempt + 1 if again else push.attempt, outcome="failed" if reason else "begun",
            reason=reason,
        )  # fmt: skip
