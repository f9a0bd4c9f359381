"""The pages of the links in a mail: a message, and the button that ends mails of a kind. No script, no session.

Every holder of the link can see the page: it shows no more than the mail. A GET changes nothing, because mail scanners
follow links. The POST of a stop link is that of RFC 8058. It needs neither a session nor a token of a person.
"""

from collections.abc import Iterable
from html import escape
from itertools import groupby
from string import Template
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from coaching_events.events.mailbox import MessageId
from coaching_events.events.recipient import RecipientEvent
from coaching_events.ids import PersonId
from eventlog import Decision, fresh_id
from eventlog.commands import CommandContext
from notifications import texts
from notifications.links import LINKS, NoLink
from notifications.mailbox import mailboxes
from notifications.mailbox.views import AnswerView, EntryView, MessageView, message_view
from notifications.quoting import is_quoted, unmarked
from notifications.reading import reader_of
from notifications.recipient import recipients, rules
from notifications.recipient.state import Recipient, recipient_id
from service_kit.http import AppContext
from service_kit.server import policy_of_page

routes = APIRouter(default_response_class=HTMLResponse)

STYLE: Final = """body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}
button{font:inherit;padding:.5rem 1rem}blockquote{border-left:.2rem solid #ccc;margin:1rem 0;padding:0 1rem}
code{background:#eee;padding:0 .2rem}small{color:#555}"""
PAGE: Final = Template(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>$title</title>
<style>$style</style></head>
<body><main><h1>$title</h1>
$body
</main></body></html>
"""
)
HEADERS: Final = {
    "Content-Security-Policy": policy_of_page(style=STYLE, more="; form-action 'self'"),
    "X-Robots-Tag": "noindex",
}
UNCHANGED: Final = "<p><small>Looking at this page changes nothing.</small></p>"
CANNOT_ACT: Final = (
    "<p>This page cannot act for you, because a link does not tell who opens it. To answer, send this with your own "
    "sign-in:</p>"
)
SETTINGS: Final = (
    "<p>You can change how you are told at any time: <code>PUT /recipients/me</code> of this service, with your own "
    "sign-in. There you can also switch this kind on again.</p>"
)


@routes.get("/read/{token}")
async def show_a_message(token: str, request: Request) -> HTMLResponse:
    """A message, and how to answer it."""
    app_context: AppContext = request.app.state.app_context
    try:
        person, message = LINKS.message_of(token)
    except NoLink:
        return _unknown()
    view = await _message(app_context, person, message)
    return _unknown() if view is None else _page(200, view.subject, "\n".join(_shown(view)))


@routes.get("/answer/{token}")
async def show_an_answer(token: str, request: Request) -> HTMLResponse:
    """One answer to a message. The service that it goes to asks for the sign-in of the person."""
    try:
        person, message, entry, name = LINKS.answer_of(token)
    except NoLink:
        return _unknown()
    view = await _message(request.app.state.app_context, person, message)
    asked = None if view is None else next((each for each in view.entries if each.id == entry), None)
    if asked is None:
        return _unknown()
    action = next((each for each in asked.actions if each.name == name), None)
    said = "\n".join(paragraphs(asked.text))
    if action is None:
        return _page(200, "Nothing to answer any more", f"{said}\n<p>There is nothing to answer here now.</p>")
    body = f"{said}\n{CANNOT_ACT}\n<ul>{_request(action)}</ul>\n{UNCHANGED}"
    return _page(200, action.label, body)


@routes.get("/stop/{token}")
async def ask_whether_to_stop(token: str) -> HTMLResponse:
    """One button. A GET changes nothing."""
    try:
        _, kind = LINKS.stop_of(token)
    except NoLink:
        return _unknown()
    body = (
        f"<p>With this button you get no more mails of this kind: {escape(texts.KINDS[kind])}. "
        f"{escape(texts.MISSED[kind])}</p>\n"
        '<form method="post"><button name="List-Unsubscribe" value="One-Click">Send me no more of these</button></form>'
        "\n<p>All other mails go on.</p>"
    )
    return _page(200, "Stop these mails?", body)


@routes.post("/stop/{token}")
async def stop(token: str, request: Request) -> HTMLResponse:
    """End mails of this kind (RFC 8058). A repetition changes nothing."""
    app_context: AppContext = request.app.state.app_context
    try:
        person, kind = LINKS.stop_of(token)
    except NoLink:
        return _unknown()

    async def switch_off(recipient: Recipient | None) -> Decision[RecipientEvent]:
        return [*rules.stop(recipient, person=person, kind=kind)]

    command = CommandContext(id=fresh_id(), at=await app_context.clock.now())
    await app_context.service_context.log.decide(recipients, recipient_id(person), command, switch_off)
    told = f"<p>You get no more mails of this kind: {escape(texts.KINDS[kind])}. {escape(texts.MISSED[kind])}</p>"
    return _page(200, "Stopped", f"{told}\n<p>All other mails go on.</p>\n{SETTINGS}")


async def _message(app_context: AppContext, person: PersonId, message: MessageId) -> MessageView | None:
    log = app_context.service_context.log
    found = await log.find(mailboxes, {"person": person, "sent": message}, limit=1)
    told = found[0].state.message(message) if found else None
    if told is None:
        return None
    box = found[0].state
    return message_view(box, told, await reader_of(log, person, box.entries_of(told)))


def _shown(view: MessageView) -> "list[str]":
    lines = [part for entry in view.entries for part in _entry(entry)]
    return [*lines, UNCHANGED, SETTINGS]


def _entry(entry: EntryView) -> "list[str]":
    lines = paragraphs(entry.text)
    if entry.actions:
        lines.append("<p>To answer, send one of these with your own sign-in:</p>\n<ul>")
        lines += [*map(_request, entry.actions), "</ul>"]
    return [*lines, f"<p><small>{escape(entry.why)}</small></p>"]


def _request(action: AnswerView) -> str:
    given = "".join(f", with <code>{escape(f'{name}: {value}')}</code>" for name, value in action.body.items())
    needs = "".join(f", with <code>{escape(name)}</code>" for name in action.needs)
    address = f"<code>{action.method} {escape(action.path)}</code>"
    return f"<li>{escape(action.label)}: {address} of {escape(action.service)}{given}{needs}</li>"


def paragraphs(text: str) -> "list[str]":
    """The text of an entry as HTML. The partner's text, which may be written from right to left, is a quotation."""
    parts = groupby(text.split("\n"), is_quoted)
    return [_quotation(lines) if quoted else f"<p>{_broken(lines)}</p>" for quoted, lines in parts]


def _quotation(lines: Iterable[str]) -> str:
    return f'<blockquote dir="auto">{_broken(map(unmarked, lines))}</blockquote>'


def _broken(lines: Iterable[str]) -> str:
    return "<br>".join(map(escape, lines))


def _unknown() -> HTMLResponse:
    return _page(404, "Nothing here", "<p>This link is not complete, or is no longer valid.</p>")


def _page(status: int, title: str, body: str) -> HTMLResponse:
    return HTMLResponse(PAGE.substitute(title=escape(title), style=STYLE, body=body), status, HEADERS)
