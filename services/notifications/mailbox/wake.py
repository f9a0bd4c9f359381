"""The rule of a mailbox for the moments of its entries, and for news about their subjects. Pure.

An entry with an unknown subject or partnership (its read model is missing or has a gap) waits alone for an hour. All
other entries are decided: one event that cannot be read must not stop a person's messages.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from coaching_events.events.mailbox import DeliveryAttempted, EntryId, MailboxEvent, NudgeDeferred, NudgeWithdrawn
from coaching_events.ids import RuleName, StreamId
from coaching_time import PersonTime
from eventlog import CatchingUp, Decision, Timed
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.rules.leaving import Waiting, defer, leave, until_active
from notifications.mailbox.rules.needed import NoLongerNeeded, Unknown, unless_unknown
from notifications.mailbox.rules.quiet_hours import is_late, is_open, next_digest, next_open
from notifications.mailbox.state import INACTIVE, UNKNOWN, Item, Mailbox, retries

STILL_NEEDED: Final = RuleName("rule:still-needed")
TRY_AGAIN: Final = RuleName("rule:try-again")
LOOK_AGAIN: Final = timedelta(hours=1)
"""The time after which an entry with an unknown subject is decided again. News of the subject do so earlier."""

Asked = Mapping[EntryId, NoLongerNeeded | Unknown | None]
Decided = MailboxEvent | Timed[MailboxEvent]


def wake(
    mailbox: Mailbox, /, *, at: datetime, now: datetime, reference_data: MailboxReferenceData
) -> Decision[MailboxEvent]:
    """Withdraw entries that are no longer needed, then let due entries leave, wait, or join a digest.

    Raises CatchingUp if nothing can be decided because the person is not known here.
    """
    asked = {
        item.entry.id: unless_unknown(item.entry, max(item.moment, at), mailbox.person, reference_data)
        for item in mailbox.live
    }
    withdrawn = [*_withdrawn(mailbox, asked)]
    try:
        return [
            *withdrawn,
            *_leaving(mailbox, asked, at, now, reference_data),
            *_again(mailbox, at, now, reference_data),
        ]
    except CatchingUp:
        if not withdrawn:
            raise
        return withdrawn


def _withdrawn(mailbox: Mailbox, asked: Asked) -> Iterator[NudgeWithdrawn]:
    for entry, why in asked.items():
        if isinstance(why, NoLongerNeeded):
            yield NudgeWithdrawn(
                by=STILL_NEEDED,
                person=mailbox.person,
                week=mailbox.week,
                entry=entry,
                cause=why.cause,
                based_on=why.based_on,
            )


def _leaving(
    mailbox: Mailbox, asked: Asked, at: datetime, now: datetime, reference_data: MailboxReferenceData
) -> Iterator[Decided]:
    live: list[Item] = []
    for item in mailbox.live:
        if isinstance(asked[item.entry.id], NoLongerNeeded):
            continue
        if item.reason == INACTIVE and item.moment > at and reference_data.is_active(mailbox.person):
            person = reference_data.time(mailbox.person)
            yield Timed(defer(mailbox, item, next_digest(person, now), "digest", person), now)
        else:
            live.append(item)
    if any(item.moment <= at for item in live):
        yield from _due(mailbox, live, asked, at, now, reference_data)


def _due(
    mailbox: Mailbox,
    live: Sequence[Item],
    asked: Asked,
    at: datetime,
    now: datetime,
    reference_data: MailboxReferenceData,
) -> Iterator[Decided]:
    person = reference_data.time(mailbox.person)
    if not reference_data.is_active(mailbox.person):
        yield from (until_active(mailbox, item, at, person) for item in live if item.moment <= at)
        return
    late = [item for item in live if item.moment <= at and is_late(person, item.moment, now)]
    for item in late:
        yield Timed(defer(mailbox, item, next_digest(person, now), "digest", person), now)
    in_time = [item for item in live if item not in late]
    due = [item for item in in_time if item.moment <= at]
    handled = max(at, now)  # the hours of the moment may be over when it is handled
    if due and not is_open(person, handled):
        for item in due:
            yield Timed(_until_open(mailbox, item, handled, person), handled)
        return
    for item in due:
        if isinstance(why := asked[item.entry.id], Unknown):
            yield _until_known(mailbox, item, why.stream, max(at, now), person)
    known = [item for item in in_time if asked[item.entry.id] is None]
    if any(item.moment <= at for item in known):
        yield from leave(mailbox, known, at, person, reference_data)


def _until_open(mailbox: Mailbox, item: Item, at: datetime, person: PersonTime) -> NudgeDeferred | NudgeWithdrawn:
    if item.status == "planned":
        return defer(mailbox, item, next_open(person, at), "quiet-hours", person)
    cause = "quiet-hours" if item.entry.step is None else "digest"
    return defer(mailbox, item, next_digest(person, at), cause, person)


def _until_known(
    mailbox: Mailbox, item: Item, stream: StreamId, now: datetime, person: PersonTime
) -> NudgeDeferred | NudgeWithdrawn:
    """Let it wait with the same status: a planned entry leaves alone later, and one for a digest waits for a digest."""
    waits_for_digest = item.status == "waiting" and item.entry.step is not None
    cause: Waiting = "digest" if waits_for_digest else "quiet-hours"
    return defer(mailbox, item, next_open(person, now + LOOK_AGAIN), cause, person, awaits=stream)


def _again(
    mailbox: Mailbox, at: datetime, now: datetime, reference_data: MailboxReferenceData
) -> Iterator[DeliveryAttempted]:
    """Deliveries whose next attempt is due. An attempt without a needed entry ends the delivery."""
    for message, push, retry_at in retries(mailbox):
        if retry_at > at:
            continue
        asked = [unless_unknown(entry, at, mailbox.person, reference_data) for entry in mailbox.entries_of(message)]
        reason = None if None in asked else "no-longer-needed"
        if reason is not None and any(isinstance(why, Unknown) for why in asked):
            reason = UNKNOWN
        if not reference_data.is_active(mailbox.person):
            reason = INACTIVE
        again = reason is None and push.status == "failed"
        yield DeliveryAttempted(
            by=TRY_AGAIN,
            person=mailbox.person,
            week=mailbox.week,
            message=message.id,
            channel=push.channel,
            attempt=push.attempt + 1 if again else push.attempt,
            outcome="failed" if reason else "begun",
            reason=reason,
            retry_at=max(at, now) + LOOK_AGAIN if reason == UNKNOWN else None,
        )
