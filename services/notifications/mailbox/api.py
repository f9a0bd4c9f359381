"""Mailboxes over HTTP: everybody reads their own. Reading changes nothing; what answers a message is a command."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from fastapi import APIRouter

from coaching_events.ids import PersonId
from coaching_events.mailbox import MessageId
from eventlog.aggregate import NotFound
from eventlog.store import Document
from notifications.mailbox import mailboxes
from notifications.mailbox.names import mailbox_id, monday_of, week_name
from notifications.mailbox.state import Mailbox, Message
from notifications.mailbox.views import MailboxView, MessageView, mailbox_view, message_view
from notifications.reading import reader_of
from service_kit.asking import Ask, Asking
from service_kit.paging import AskedPage, Page

routes = APIRouter(tags=["mailboxes"])

WEEK: Final = timedelta(days=7)
AHEAD: Final = 10
"""Weeks ahead in which a partner's word may lie that waits to be pushed: nothing waits longer than 60 days."""
BACK: Final = 104
"""Weeks that the inbox goes back."""
AT_ONCE: Final = 27
"""Weeks read by one find."""

Place = tuple[Mailbox, Message]


@routes.get("/inbox")
async def see_my_inbox(ask: Asking, asked: AskedPage) -> Page[MessageView]:
    """Your messages of the last two years, the newest week first, each saying why you got it."""
    person = await ask.person()
    found = await _messages(ask, person, asked.after, asked.limit + 1)
    reader = await reader_of(ask.log, person, (entry for box, told in found for entry in box.entries_of(told)))
    return asked.page(found, _key, lambda place: message_view(*place, reader))


@routes.get("/messages/{message}")
async def see_a_message(message: MessageId, ask: Asking) -> MessageView:
    """One message of yours; ``actions`` says which command of which service answers each entry in one step."""
    person = await ask.person()
    found = await ask.log.find(mailboxes, {"person": person, "sent": message}, limit=1)
    box = found[0].state if found else None
    told = None if box is None else box.message(message)
    if box is None or told is None:
        raise NotFound(message)
    return message_view(box, told, await reader_of(ask.log, person, box.entries_of(told)))


@routes.get("/mailboxes/{week}")
async def see_my_week(week: str, ask: Asking) -> MailboxView:
    """A week of yours, such as 2026-W05: all entries, also those that have not left, and the rule behind each."""
    person = await ask.person()
    found = await ask.current(mailboxes, mailbox_id(person, _monday(week)))
    reader = await reader_of(ask.log, person, (item.entry for item in found.state.items))
    return mailbox_view(found.stream, found.position, found.state, reader)


def _monday(week: str) -> date:
    try:
        monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    except (ValueError, OverflowError):
        raise NotFound(week) from None
    if week_name(monday) != week:
        raise NotFound(week)
    return monday


async def _messages(ask: Ask, person: PersonId, after: str | None, wanted: int) -> list[Place]:
    found: list[Place] = []
    for mondays in _spans(ask.at, after):
        boxes = [await ask.log.read(mailboxes, each) for each in await _stored(ask, person, mondays)]
        places = [(box.state, message) for box in boxes for message in box.state.messages]
        places.sort(key=_key, reverse=True)
        found += [place for place in places if after is None or _key(place) < after]
        if len(found) >= wanted:
            break
    return found[:wanted]


async def _stored(ask: Ask, person: PersonId, mondays: list[date]) -> list[Document]:
    return await ask.running.store.states([mailbox_id(person, monday) for monday in mondays])


def _spans(now: datetime, after: str | None) -> Iterator[list[date]]:
    """Weeks to look at, the newest first, some at once; from where the page before had ended."""
    this_week = monday_of(now.date())
    first = this_week + AHEAD * WEEK
    if after is not None:
        first = min(first, _week_of(after))
    last = this_week - BACK * WEEK
    weeks = [first - number * WEEK for number in range((first - last) // WEEK + 1)]
    for start in range(0, len(weeks), AT_ONCE):
        yield weeks[start : start + AT_ONCE]


def _key(place: Place) -> str:
    """Where a message stands in the inbox; texts sort as the messages do."""
    box, message = place
    return f"{box.week.isoformat()} {message.at.isoformat(timespec='milliseconds')} {message.id}"


def _week_of(key: str) -> date:
    try:
        return date.fromisoformat(key[:10])
    except ValueError:
        return date.min
