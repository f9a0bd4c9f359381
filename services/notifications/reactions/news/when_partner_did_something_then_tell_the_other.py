"""When a partner acts, or silence decides, the other gets news in the inbox at once.

``notifications/news.py`` lists the events, the people and the kinds of news. For people who want invitations, what is
about the date of a session is one, also if they acted themselves.
"""

from datetime import datetime
from typing import Final

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.events.goal import GoalLapsed
from coaching_events.events.mailbox import Entry, News, Why
from coaching_events.events.partnership import PartnershipLapsed, TermsLapsed
from coaching_events.events.session import RescheduleLapsed, SessionLapsed, SessionRescheduled
from coaching_events.ids import PartnershipId, PersonId, StreamId, kind_of
from coaching_time import NoWorkingTime, PersonTime, local_date, nth_working_day_after
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.mailbox.names import entry_id
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.news import NEWS, told_to
from notifications.reactions.news.asked import asked_without_an_answer, who_asked
from notifications.reactions.news.invited import INVITING, is_invited
from notifications.reactions.news.telling import read_reference_data, tell

NAME = "when_partner_did_something_then_tell_the_other"
RULES: Final = {"answer": "answer", "changes-my-days": "changes-your-days", "other": "partner-did-something"}
LAPSED: Final = (PartnershipLapsed, TermsLapsed, SessionLapsed, RescheduleLapsed, GoalLapsed)
"""Events without the person who had asked."""
SOON: Final = 2
"""Working days of the reader. A change on one of them is a message alone."""


async def _tell(done: Recorded[Event], log: EventLog) -> None:
    partnership = PartnershipId(getattr(done.event, "partnership", done.stream))
    about = await read_reference_data(log, partnership, done.stream)
    pair = about.partnership(partnership)
    asked_by = await who_asked(log, pair, done) if isinstance(done.event, LAPSED) else None
    news = told_to(done.event, pair, asked_by)
    for person in pair.people if isinstance(done.event, INVITING) else news:
        reference_data = await read_reference_data(log, person, partnership, done.stream)
        invites = await is_invited(log, done, person, reference_data)
        kind = "answer" if invites and news.get(person, "other") == "other" else news.get(person)
        if kind is None:
            continue
        due = _due(done.event, done.stream, reference_data)
        told = _soon(kind, _first_changed(done.event, due), reference_data.time(person), done.at)
        if _is_by_the_directory(done.event) and await asked_without_an_answer(log, person, partnership, done.at):
            told = "other"  # another reaction tells that no answer will come
        entry = Entry(
            id=entry_id(done.position, person, "news"),
            partnership=partnership,
            subject=done.stream,
            about=done.event.type,
            why=Why(rule="invitation" if invites else RULES[told], based_on=done.position),
            news=told,
            due=due,
            sender=PersonId(StreamId(done.event.by)) if done.event.by == pair.other(person) else None,
            note=getattr(done.event, "note", None) if done.event.by != person else None,
            invites=invites,
        )
        await tell(log, done, NAME, person, entry, reference_data)


def _soon(kind: News, due: datetime | None, person: PersonTime, at: datetime) -> News:
    """A change of the reader's days counts as an answer if those days are not near."""
    if kind != "changes-my-days" or due is None:
        return kind
    try:
        last = nth_working_day_after(person, local_date(person.zone, at), SOON)
    except NoWorkingTime:
        return "answer"
    return kind if local_date(person.zone, due) <= last else "answer"


def _due(event: Event, stream: StreamId, reference_data: MailboxReferenceData) -> datetime | None:
    """The moment that the text names: of the event, or of the session that it settles."""
    for name in ("due", "start", "until"):
        moment = getattr(event, name, None)
        if isinstance(moment, datetime):
            return moment
    return reference_data.session(stream).start if kind_of(stream) == "session" else None


def _first_changed(event: Event, due: datetime | None) -> datetime | None:
    """The first moment that changes: a session that moves changes the day that it leaves, too."""
    return min(event.start, event.previous_start) if isinstance(event, SessionRescheduled) else due


def _is_by_the_directory(event: Event) -> bool:
    return event.type == "partnership-paused" and getattr(event, "whose", None) is None


reaction = Reaction(name=NAME, on=tuple(each for each, told in NEWS.items() if not isinstance(told, str)), react=_tell)
