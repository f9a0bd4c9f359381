"""Open questions in the mailboxes of the people who must answer: who asked, and which stay without an answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.events.mailbox import Entry, Why
from coaching_events.ids import PartnershipId, PersonId, version_of
from coaching_readmodels import PartnershipReadModel
from eventlog.commands import EventLog
from notifications.mailbox import mailboxes
from notifications.mailbox.names import WEEK, entry_id, mailbox_id, monday_of
from notifications.mailbox.rules.merging import is_question
from notifications.mailbox.rules.needed import no_longer_needed
from notifications.reactions.news.telling import read_reference_data, tell

AHEAD: Final = 10
"""Weeks ahead whose mailboxes can have a question: nothing waits longer than 60 days for its push."""
BACK: Final = 26
"""The most weeks for which a question can wait for its answer, with pauses."""


async def open_questions(log: EventLog, person: PersonId, at: datetime) -> Sequence[Entry]:
    """The open questions of partners to a person."""
    asked = await _questions(log, person, at)
    about = dict.fromkeys(stream for entry in asked for stream in (entry.subject, entry.partnership))
    reference_data = await read_reference_data(log, person, *about)
    return [entry for entry in asked if no_longer_needed(entry, at, person, reference_data) is None]


async def who_asked(log: EventLog, pair: PartnershipReadModel, settled: Recorded[Event]) -> PersonId | None:
    """The sender of the last question before an event of the same stream. None if no mailbox has it."""
    found: dict[int, PersonId | None] = {}
    for person in pair.people:
        asked = await _questions(log, person, settled.at)
        positions = {entry.why.based_on: entry.sender for entry in asked if entry.subject == settled.stream}
        found |= {version_of(cause): sender for cause, sender in positions.items()}
    return found[last] if (last := max((v for v in found if v < settled.version), default=0)) else None


async def _questions(log: EventLog, person: PersonId, at: datetime) -> Sequence[Entry]:
    monday = monday_of(at.date())
    weeks = [mailbox_id(person, monday + number * WEEK) for number in range(-BACK, AHEAD + 1)]
    boxes = [await log.read(mailboxes, document) for document in await log.store.states(weeks)]
    asked = {item.entry.id: item.entry for box in boxes for item in box.state.items if is_question(item.entry)}
    return [*asked.values()]


async def asked_without_an_answer(log: EventLog, asking: PersonId, partnership: PartnershipId, at: datetime) -> bool:
    """Whether a person waits for an answer of an inactive partner."""
    pair = (await read_reference_data(log, partnership)).partnership(partnership)
    other = pair.other(asking)
    if (await read_reference_data(log, other)).is_active(other):
        return False
    questions = await open_questions(log, other, at)
    return any(entry.partnership == partnership and entry.sender == asking for entry in questions)


async def tell_no_answer(log: EventLog, cause: Recorded[Event], reaction: str, question: Entry) -> None:
    """Tell the sender that there is no answer for now, without a reason, once per question."""
    asking = question.sender
    if asking is None:
        return
    entry = Entry(
        id=entry_id(question.why.based_on, asking, "no-answer"),
        partnership=question.partnership,
        subject=question.subject,
        about="no-answer-for-now",
        why=Why(rule="no-answer-for-now", based_on=question.why.based_on),
        news="answer",
        due=question.due,
    )
    await tell(log, cause, reaction, asking, entry, await read_reference_data(log, asking, question.partnership))
