"""Mailboxes over HTTP, for their own person. Reading changes nothing; commands of other services answer a message."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from coaching_events.events.mailbox import Entry, EntryId, MessageId
from coaching_events.ids import PartnershipId, PersonId
from eventlog import NotFound
from notifications.links import LINKS, LONGEST_TOKEN, NoLink
from notifications.mailbox import inbox, mailboxes, rules
from notifications.mailbox.names import mailbox_id, week_name
from notifications.mailbox.reading import reader_of
from notifications.mailbox.state import Mailbox, Message
from notifications.mailbox.views import MailboxView, MessageType, MessageView, mailbox_view, message_view
from notifications.recipient import recipients
from notifications.recipient import rules as recipient_rules
from notifications.recipient.state import recipient_id
from notifications.texts import Reader
from service_kit.bodies import Body, Moment, View, example, id_of
from service_kit.http import Accepted, AskedPage, Context, Page, RequestContext

routes = APIRouter(tags=["mailboxes"])


@routes.get("/inbox", operation_id="listInbox")
async def see_my_inbox(
    context: Context,
    asked: AskedPage,
    unread: Annotated[bool, Query(description="Only what you have not read")] = False,
    kind: Annotated[MessageType | None, Query(description="Only messages of this kind")] = None,
    partnership: Annotated[
        PartnershipId | None, id_of("partnership"), Query(description="Only about this partnership")
    ] = None,
    since: Annotated[Moment | None, Query(description="Only messages from this instant on")] = None,
) -> Page[MessageView]:
    """Your messages of the last two years, the newest first, each with the reason for it.

    A message is here at once, even if its mail is sent later.
    """
    if asked.after is not None:
        inbox.check_key(asked.after)
    person = await context.person()
    wanted = inbox.Wanted(kind=kind, partnership=partnership, since=since, unread=unread)
    found = await inbox.messages(context.log, person, context.at, wanted, asked.after, asked.limit + 1)
    reader = await _reader(context, person, (entry for box, told in found for entry in box.entries_of(told)))
    return asked.page(found, inbox.key, lambda place: message_view(*place, reader))


class ReadInbox(Body, json_schema_extra=example(until="2026-03-12T09:30:00Z")):
    """Until when you have seen everything: the ``at`` of the newest message that you saw. Default and latest: now."""

    until: Moment | None = None


EVERYTHING = ReadInbox()


@routes.post("/inbox/read", operation_id="markInboxRead")
async def read_my_inbox(context: Context, body: ReadInbox = EVERYTHING) -> Accepted:
    """Mark everything that was in your inbox at an instant as read."""
    person = await context.person()
    until = min(body.until or context.at, context.at)
    wanted = inbox.Wanted(unread=True, until=until)
    unread = bool(await inbox.messages(context.log, person, context.at, wanted, None, 1))
    return await context.create_or_change(
        recipients,
        recipient_id(person),
        lambda recipient, by, _: recipient_rules.read_all(recipient, by=by, at=until, unread=unread),
    )


@routes.get("/messages/{message}", operation_id="getMessage")
async def see_a_message(message: MessageId, context: Context) -> MessageView:
    """One of your messages. ``actions`` has the command and the service that answer each entry in one step."""
    person = await context.person()
    box, told = await _place(context, person, message)
    return message_view(box, told, await _reader(context, person, box.entries_of(told)))


@routes.post("/messages/{message}/read", operation_id="markMessageRead")
async def read_a_message(message: MessageId, context: Context) -> Accepted:
    """Mark a message as read."""
    return await _mark(context, message, read=True)


@routes.post("/messages/{message}/unread", operation_id="markMessageUnread")
async def keep_a_message_as_unread(message: MessageId, context: Context) -> Accepted:
    """Mark a message as unread."""
    return await _mark(context, message, read=False)


class LinkView(View):
    """What a link of a mail opens: one of your messages and, if the link is an answer, the entry and the answer."""

    message: MessageId
    entry: EntryId | None = None
    answer: str | None = None


@routes.get("/links/{token}", operation_id="getLink")
async def see_what_a_link_opens(token: Annotated[str, Path(max_length=LONGEST_TOKEN)], context: Context) -> LinkView:
    """What the end of a link in a mail or a chat opens. 404 for links that were not sent to you."""
    person = await context.person()
    try:
        opened, link = _opened(token)
    except NoLink:
        raise NotFound(token) from None
    if opened != person:
        raise NotFound(token)
    return link


def _opened(token: str) -> tuple[PersonId, LinkView]:
    try:
        person, message, entry, answer = LINKS.answer_of(token)
    except NoLink:
        person, message = LINKS.message_of(token)
        return person, LinkView(message=message)
    return person, LinkView(message=message, entry=entry, answer=answer)


@routes.get("/mailboxes/{week}", operation_id="getMailbox")
async def see_my_week(week: str, context: Context) -> MailboxView:
    """A week of yours, such as 2026-W05: all entries, with those that have not left, and the rule behind each."""
    person = await context.person()
    found = await context.current(mailboxes, mailbox_id(person, _monday(week)))
    reader = await _reader(context, person, (item.entry for item in found.state.items))
    return mailbox_view(found.stream, found.position, found.state, reader)


async def _reader(context: RequestContext, person: PersonId, entries: Iterable[Entry]) -> Reader:
    """The reader, in the language that the request asks for, or else in that of their locale."""
    reader = await reader_of(context.log, person, entries, context.asked)
    context.language(reader.language)
    return reader


def _monday(week: str) -> date:
    try:
        monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    except (ValueError, OverflowError):
        raise NotFound(week) from None
    if week_name(monday) != week:
        raise NotFound(week)
    return monday


async def _read_until(context: RequestContext, person: PersonId) -> datetime | None:
    current = await context.log.current(recipients, recipient_id(person))
    return None if current is None else current.state.read_until


async def _place(context: RequestContext, person: PersonId, message: MessageId) -> tuple[Mailbox, Message]:
    found = await context.log.find(mailboxes, {"person": person, "sent": message}, limit=1)
    told = found[0].state.message(message) if found else None
    if told is None:
        raise NotFound(message)
    return found[0].state, told


async def _mark(context: RequestContext, message: MessageId, *, read: bool) -> Accepted:
    person = await context.person()
    box, _ = await _place(context, person, message)
    read_until = await _read_until(context, person)

    return await context.change(
        mailboxes,
        mailbox_id(person, box.week),
        lambda mailbox, by, _: rules.mark(mailbox, by=by, message=message, read=read, read_until=read_until),
    )
