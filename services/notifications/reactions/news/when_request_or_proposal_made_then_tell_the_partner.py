"""When a partner asks for something, the other gets a message in the inbox at once. It counts in no budget."""

from datetime import datetime

from coaching_events.envelope import Recorded
from coaching_events.events.commitment import CommitmentRequested, ReleaseProposed, RenegotiationProposed
from coaching_events.events.goal import ClosingProposed, GoalCountered, GoalProposed
from coaching_events.events.mailbox import Entry, Why
from coaching_events.events.partnership import PartnershipProposed, TermsProposed
from coaching_events.events.session import RescheduleProposed, SessionProposed
from coaching_events.ids import PersonId, StreamId
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.mailbox.names import entry_id
from notifications.reactions.news.asked import tell_no_answer
from notifications.reactions.news.telling import read_reference_data, tell

NAME = "when_request_or_proposal_made_then_tell_the_partner"

Asked = (
    CommitmentRequested
    | RenegotiationProposed
    | ReleaseProposed
    | GoalProposed
    | GoalCountered
    | ClosingProposed
    | SessionProposed
    | RescheduleProposed
    | PartnershipProposed
    | TermsProposed
)


async def _tell(asked: Recorded[Asked], log: EventLog) -> None:
    event = asked.event
    pair = (await read_reference_data(log, event.partnership)).partnership(event.partnership)
    asking = _asking(event)
    if asking not in pair.people:  # the meeting rhythm of both
        for person in pair.people:
            await _tell_one(asked, log, person, None)
        return
    await _tell_one(asked, log, pair.other(asking), asking)


async def _tell_one(asked: Recorded[Asked], log: EventLog, person: PersonId, asking: PersonId | None) -> None:
    event = asked.event
    reference_data = await read_reference_data(log, person, event.partnership)
    entry = Entry(
        id=entry_id(asked.position, person, "word"),
        partnership=event.partnership,
        subject=asked.stream,
        about=event.type,
        why=Why(rule="meeting-rhythm" if asking is None else "word-from-your-partner", based_on=asked.position),
        sender=asking,
        due=_due(event),
        note=getattr(event, "note", None),
    )
    counters = getattr(event, "counters", None) is not None
    await tell(log, asked, NAME, person, entry, reference_data, answers=counters)
    if not reference_data.is_active(person):
        await tell_no_answer(log, asked, NAME, entry)


def _asking(event: Asked) -> PersonId:
    match event:
        case CommitmentRequested():
            return event.partner
        case RenegotiationProposed() | ReleaseProposed():
            return event.owner
        case _:
            return PersonId(StreamId(event.by))


def _due(event: Asked) -> datetime | None:
    match event:
        case CommitmentRequested() | RenegotiationProposed():
            return event.due
        case SessionProposed() | RescheduleProposed():
            return event.start
        case _:
            return None


reaction = Reaction(
    name=NAME,
    on=(
        CommitmentRequested,
        RenegotiationProposed,
        ReleaseProposed,
        GoalProposed,
        GoalCountered,
        ClosingProposed,
        SessionProposed,
        RescheduleProposed,
        PartnershipProposed,
        TermsProposed,
    ),
    react=_tell,
)
