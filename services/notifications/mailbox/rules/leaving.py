"""The entries that leave a mailbox at a moment, as nudges or as a digest, and those that wait. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, Literal

from coaching_events.events.mailbox import (
    DigestSent,
    MailboxEvent,
    NudgeDeferred,
    NudgeMerged,
    NudgeSent,
    NudgeWithdrawn,
)
from coaching_events.events.recipient import Channel
from coaching_events.ids import RuleName, StreamId
from coaching_time import PersonTime, local_date
from notifications.mailbox.names import mailbox_id, message_id, monday_of
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.rules.budget import Fitting, fit
from notifications.mailbox.rules.entries import is_wanted_over
from notifications.mailbox.rules.merging import in_order, kind_of_nudge
from notifications.mailbox.rules.quiet_hours import LONGEST_WAIT, is_back, next_digest
from notifications.mailbox.state import INACTIVE, Item, Mailbox

NUDGE: Final = RuleName("rule:nudge")
DIGEST: Final = RuleName("rule:digest")
WAITS: Final = RuleName("rule:waits")
NO_OPEN_MOMENT: Final = RuleName("rule:no-open-moment")

Waiting = Literal["quiet-hours", "budget", "ceiling", "digest"]


def leave(
    mailbox: Mailbox, live: Sequence[Item], at: datetime, person: PersonTime, reference_data: MailboxReferenceData
) -> Iterator[MailboxEvent]:
    """The events for the live entries that are due at an open moment. Other entries of this day leave with them."""
    today = local_date(person.zone, at)
    digests = [message for message in mailbox.messages if message.kind == "digest"]
    had_one = any(local_date(person.zone, message.at) == today for message in digests)
    waiting = [item for item in live if item.status == "waiting" and item.moment <= at]
    planned = [item for item in live if item.status == "planned" and local_date(person.zone, item.moment) <= today]
    if is_back(person, today) and not had_one:
        yield _digest(mailbox, [*planned, *waiting], reference_data, welcome_back=True)
        return
    if not any(item.moment <= at for item in planned):
        planned = []
    if had_one:
        for item in waiting:
            yield defer(mailbox, item, next_digest(person, at), "digest", person)
    elif waiting:
        yield _digest(mailbox, waiting, reference_data)
    fitting, beyond = fit(mailbox, planned, today, person.zone, reference_data)
    for message in fitting:
        yield from _nudge(mailbox, message, reference_data)
    for item, cause in beyond:
        yield defer(mailbox, item, next_digest(person, at), cause, person)


def defer(
    mailbox: Mailbox,
    item: Item,
    until: datetime | None,
    cause: Waiting,
    person: PersonTime,
    awaits: StreamId | None = None,
) -> NudgeDeferred | NudgeWithdrawn:
    """Let an entry wait until a moment (UTC), in a later mailbox if needed. Without a moment it is withdrawn."""
    if until is None:
        return NudgeWithdrawn(
            by=NO_OPEN_MOMENT, person=mailbox.person, week=mailbox.week, entry=item.entry.id, cause="no-open-moment"
        )
    monday = monday_of(local_date(person.zone, until))
    into = mailbox_id(mailbox.person, monday) if monday > mailbox.week else None
    return NudgeDeferred(
        by=WAITS,
        person=mailbox.person,
        week=mailbox.week,
        entry=item.entry,
        moment=until,
        cause=cause,
        into=into,
        awaits=awaits,
    )


def until_active(mailbox: Mailbox, item: Item, at: datetime, person: PersonTime) -> NudgeDeferred | NudgeWithdrawn:
    """Let an entry wait for an inactive person. Their reactivation ends the wait early.

    It stays in this mailbox. After the longest wait it is withdrawn.
    """
    if item.reason == INACTIVE:
        return defer(mailbox, item, None, "quiet-hours", person)
    return NudgeDeferred(
        by=WAITS,
        person=mailbox.person,
        week=mailbox.week,
        entry=item.entry,
        moment=at + LONGEST_WAIT,
        cause="quiet-hours",
        inactive=True,
    )


def _nudge(
    mailbox: Mailbox, message: Fitting, reference_data: MailboxReferenceData
) -> Iterator[NudgeMerged | NudgeSent]:
    first, *others = (item.entry for item in message.bundle)
    for other in others:
        yield NudgeMerged(by=NUDGE, person=mailbox.person, week=mailbox.week, entry=other.id, into=first.id)
    entries = (first, *others)
    yield NudgeSent(
        by=NUDGE,
        person=mailbox.person,
        week=mailbox.week,
        message=message_id(mailbox_id(mailbox.person, mailbox.week), first.id, "nudge"),
        entries=entries,
        budgets=message.budgets,
        ceiling=message.ceiling,
        channels=reference_data.recipient(mailbox.person).channels_for(kind_of_nudge(entries)),
    )


def _digest(
    mailbox: Mailbox, items: Sequence[Item], reference_data: MailboxReferenceData, *, welcome_back: bool = False
) -> DigestSent:
    entries = in_order(item.entry for item in items)
    choices = reference_data.recipient(mailbox.person)
    channels: Sequence[Channel] = [
        channel
        for channel in choices.channels_for("digests")
        if channel == "inbox" or any(is_wanted_over(entry, channel, choices) for entry in entries)
    ]
    return DigestSent(
        by=DIGEST,
        person=mailbox.person,
        week=mailbox.week,
        message=message_id(mailbox_id(mailbox.person, mailbox.week), entries[0].id, "digest"),
        entries=tuple(
            entry.model_copy(update={"note": None}) for entry in entries
        ),  # the mailbox already has the notes
        welcome_back=welcome_back,
        channels=tuple(channels),
    )
