"""Common parts of the reactions: read the reference data, and plan an entry or tell it once."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.events.mailbox import Entry, MailboxEvent, Step, Why
from coaching_events.ids import PartnershipId, PersonId, Position, StreamId
from coaching_readmodels import PARTNERSHIP_PROJECTION, PartnershipReadModel
from coaching_time import local_date
from eventlog import EPOCH, Decision
from eventlog.commands import EventLog
from eventlog.stores import ReadModel
from notifications.mailbox import mailboxes, rules
from notifications.mailbox.names import entry_id, mailbox_id, monday_of
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.rules import ladder
from notifications.mailbox.rules.repeating import waits_for_a_digest
from notifications.mailbox.state import Mailbox

RULES = {
    0: "heads-up",
    1: "gentle-reminder",
    2: "what-is-in-the-way",
    3: "how-could-you-help",
    4: "time-for-a-conversation",
}
"""The name of the rule of each step."""


async def read_reference_data(log: EventLog, *streams: StreamId) -> MailboxReferenceData:
    """The reference data about these streams."""
    return MailboxReferenceData(await log.reference_source.read(streams))


def step_about(
    cause: Position,
    person: PersonId,
    step: Step,
    *,
    subject: StreamId,
    partnership: PartnershipId,
    about: str,
    due: datetime | None,
    rule: str | None = None,
) -> Entry:
    """A step about an open miss or an occasion. Its id is the same every time."""
    return Entry(
        id=entry_id(cause, person, str(step)),
        partnership=partnership,
        subject=subject,
        about=about,
        why=Why(rule=rule or RULES[step], based_on=cause),
        step=step,
        due=due,
    )


async def plan(
    log: EventLog,
    cause: Recorded[Event],
    reaction: str,
    person: PersonId,
    entry: Entry,
    moment: datetime | None,
    reference_data: MailboxReferenceData,
) -> None:
    """Plan an entry in the mailbox of its week, unless one of the person's mailboxes already has it."""
    if moment is None or await log.find(mailboxes, {"seen": entry.id}, limit=1):
        return
    zone = reference_data.person(person).zone
    stream = mailbox_id(person, monday_of(local_date(zone, moment)))

    async def once(mailbox: Mailbox | None) -> "list[MailboxEvent]":
        return [*rules.plan(mailbox, person=person, entry=entry, moment=moment, zone=zone)]

    await log.start(mailboxes, stream, cause, f"{reaction}:{entry.id}", once)


async def tell(
    log: EventLog,
    cause: Recorded[Event],
    reaction: str,
    person: PersonId,
    entry: Entry,
    reference_data: MailboxReferenceData,
    *,
    answers: bool = False,
) -> None:
    """Put a question or news into a person's inbox, unless one of their mailboxes already has it.

    ``reference_data`` is about the person and the partnership. There is no push at once to an inactive person, or for a
    repetition. ``answers``: it follows an act of the person, and so does not replace an earlier message.
    """
    if await log.find(mailboxes, {"seen": entry.id}, limit=1):
        return
    time = reference_data.time(person)
    channels = rules.channels_of(entry, reference_data.recipient(person))
    at_once = entry.news != "other" and reference_data.is_active(person)
    today = local_date(time.zone, cause.at)
    this_week = await log.current(mailboxes, mailbox_id(person, monday_of(today))) if at_once else None
    if this_week is not None and not answers:
        at_once = not waits_for_a_digest(this_week.state, entry, today, time.zone)
    moment = rules.received_at(time, cause.at, channels, at_once=at_once)
    stream = mailbox_id(person, monday_of(local_date(time.zone, moment)))

    async def once(mailbox: Mailbox | None) -> Decision[MailboxEvent]:
        return rules.receive(
            mailbox,
            person=person,
            entry=entry,
            at=cause.at,
            moment=moment,
            reference_data=reference_data,
            answers=answers,
        )

    await log.start(mailboxes, stream, cause, f"{reaction}:{entry.id}", once)


async def tell_about_oneself(
    log: EventLog, cause: Recorded[Event], reaction: str, person: PersonId, about: str
) -> None:
    """Tell a person in their inbox that an address of theirs is refused.

    Each entry of a mailbox belongs to a partnership. This one belongs to their last: without a partnership no message
    is sent.
    """
    partnership = await latest_partnership(log, person)
    if partnership is None:
        return
    entry = Entry(
        id=entry_id(cause.position, person, about),
        partnership=partnership,
        subject=person,
        about=about,
        why=Why(rule=about, based_on=cause.position),
        news="other",
    )
    await tell(log, cause, reaction, person, entry, await read_reference_data(log, person, partnership))


async def waits_double(log: EventLog, pair: PartnershipReadModel, at: datetime) -> bool:
    """Whether the two are in their first 30 days, with no partnership in the 180 days before."""
    read_models = await log.store.find_read_models(PARTNERSHIP_PROJECTION.kind, {"people": pair.people[0]})
    return ladder.is_new(pair, _readable(read_models), at)


async def latest_partnership(log: EventLog, person: PersonId) -> PartnershipId | None:
    """The partnership that the person formed last. Without one, a proposed one."""
    read_models = await log.store.find_read_models(PARTNERSHIP_PROJECTION.kind, {"people": person})
    formed = {
        PartnershipId(read_model.stream): pair.formed_at or EPOCH
        for read_model in read_models
        for pair in _readable([read_model])
    }
    return max(formed, key=lambda each: (formed[each], each), default=None)


def _readable(read_models: Iterable[ReadModel]) -> Iterator[PartnershipReadModel]:
    """Read models with a gap included: an earlier partnership of the two is true in any case."""
    for read_model in read_models:
        with suppress(ValueError):
            yield PARTNERSHIP_PROJECTION.values.validate_python(read_model.value)
