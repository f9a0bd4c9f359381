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
from notifications.mailbox.reading import reader_of
from notifications.mailbox.views import AnswerView, EntryView, MessageView, message_view
from notifications.quoting import is_quoted, unmarked
from notifications.recipient import recipients, rules
from notifications.recipient.state import Recipient, recipient_id
from service_kit.http import AppContext, language_of_request
from service_kit.languages import ENGLISH, Language, Phrase
from service_kit.server import policy_of_page

routes = APIRouter(default_response_class=HTMLResponse)

STYLE: Final = """body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}
button{font:inherit;padding:.5rem 1rem}blockquote{border-left:.2rem solid #ccc;margin:1rem 0;padding:0 1rem}
code{background:#eee;padding:0 .2rem}small{color:#555}"""
PAGE: Final = Template(
    """<!doctype html>
<html lang="$lang"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
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
CANNOT_ACT: Final = (
    "This page cannot act for you, because a link does not tell who opens it. To answer, send this with your own "
    "sign-in:"
)
WITH_THE_BUTTON: Final = {
    "mail": "With this button you get no more mails of this kind: {kind}.",
    "chat": "With this button you get no more messages of this kind in your chat: {kind}.",
}
STOPPED: Final = {
    "mail": "You get no more mails of this kind: {kind}.",
    "chat": "You get no more messages of this kind in your chat: {kind}.",
}
STOP_THESE: Final = {"mail": "Stop these mails?", "chat": "Stop these messages?"}
OTHERS_GO_ON: Final = {"mail": "All other mails go on.", "chat": "All other messages go on."}
SETTINGS: Final = (
    "You can change how you are told at any time: {request} of this service, with your own sign-in. There you can also "
    "switch this kind on again."
)


@routes.get("/read/{token}")
async def show_a_message(token: str, request: Request) -> HTMLResponse:
    """A message, and how to answer it."""
    app_context: AppContext = request.app.state.app_context
    try:
        person, message = LINKS.message_of(token)
    except NoLink:
        return _unknown(request)
    found = await _message(app_context, person, message)
    if found is None:
        return _unknown(request)
    view, language = found
    return _page(200, view.subject, "\n".join(_shown(view, language)), language)


@routes.get("/answer/{token}")
async def show_an_answer(token: str, request: Request) -> HTMLResponse:
    """One answer to a message. The service that it goes to asks for the sign-in of the person."""
    try:
        person, message, entry, name = LINKS.answer_of(token)
    except NoLink:
        return _unknown(request)
    found = await _message(request.app.state.app_context, person, message)
    asked = None if found is None else next((each for each in found[0].entries if each.id == entry), None)
    if found is None or asked is None:
        return _unknown(request)
    language = found[1]
    action = next((each for each in asked.actions if each.name == name), None)
    said = "\n".join(paragraphs(asked.text))
    if action is None:
        nothing = _paragraph(language.say("There is nothing to answer here now."))
        return _page(200, language.say("Nothing to answer any more"), f"{said}\n{nothing}", language)
    how = _paragraph(language.say(CANNOT_ACT))
    body = f"{said}\n{how}\n<ul>{_request(action, language)}</ul>\n{_unchanged(language)}"
    return _page(200, action.label, body, language)


@routes.get("/stop/{token}")
async def ask_whether_to_stop(token: str, request: Request) -> HTMLResponse:
    """One button. A GET changes nothing."""
    try:
        person, kind, channel = LINKS.stop_of(token)
    except NoLink:
        return _unknown(request)
    language = await _language(request, person)
    said = language.say(WITH_THE_BUTTON[channel], kind=Phrase(texts.KINDS[kind]))
    button = escape(language.say("Send me no more of these"))
    body = (
        f"{_paragraph(said, language.say(texts.MISSED[channel][kind]))}\n"
        f'<form method="post"><button name="List-Unsubscribe" value="One-Click">{button}</button></form>\n'
        f"{_paragraph(language.say(OTHERS_GO_ON[channel]))}"
    )
    return _page(200, language.say(STOP_THESE[channel]), body, language)


@routes.post("/stop/{token}")
async def stop(token: str, request: Request) -> HTMLResponse:
    """End messages of this kind over this channel (RFC 8058). A repetition changes nothing."""
    app_context: AppContext = request.app.state.app_context
    try:
        person, kind, channel = LINKS.stop_of(token)
    except NoLink:
        return _unknown(request)

    async def switch_off(recipient: Recipient | None) -> Decision[RecipientEvent]:
        return [*rules.stop(recipient, person=person, kind=kind, channel=channel)]

    command = CommandContext(id=fresh_id(), at=await app_context.clock.now())
    await app_context.service_context.log.decide(recipients, recipient_id(person), command, switch_off)
    language = await _language(request, person)
    said = language.say(STOPPED[channel], kind=Phrase(texts.KINDS[kind]))
    missed = language.say(texts.MISSED[channel][kind])
    told = (_paragraph(said, missed), _paragraph(language.say(OTHERS_GO_ON[channel])))
    return _page(200, language.say("Stopped"), "\n".join((*told, _settings(language))), language)


async def _language(request: Request, person: PersonId) -> Language:
    """A page speaks the language of the person whose link it is, as the mail does."""
    app_context: AppContext = request.app.state.app_context
    return (await reader_of(app_context.service_context.log, person)).language


async def _message(
    app_context: AppContext, person: PersonId, message: MessageId
) -> tuple[MessageView, Language] | None:
    log = app_context.service_context.log
    found = await log.find(mailboxes, {"person": person, "sent": message}, limit=1)
    told = found[0].state.message(message) if found else None
    if told is None:
        return None
    box = found[0].state
    reader = await reader_of(log, person, box.entries_of(told))
    return message_view(box, told, reader), reader.language


def _shown(view: MessageView, language: Language) -> "list[str]":
    lines = [part for entry in view.entries for part in _entry(entry, language)]
    return [*lines, _unchanged(language), _settings(language)]


def _entry(entry: EntryView, language: Language) -> "list[str]":
    lines = paragraphs(entry.text)
    if entry.actions:
        how = _paragraph(language.say("To answer, send one of these with your own sign-in:"))
        lines += [f"{how}\n<ul>", *(_request(action, language) for action in entry.actions), "</ul>"]
    return [*lines, f"<p><small>{escape(entry.why)}</small></p>"]


def _request(action: AnswerView, language: Language) -> str:
    fields = [*(f"{name}: {value}" for name, value in action.body.items()), *action.needs]
    values = {
        "action": escape(action.label),
        "request": _code(f"{action.method} {action.path}"),
        "service": escape(action.service),
        "fields": ", ".join(map(_code, fields)),
    }
    if not fields:
        return f"<li>{language.say('{action}: {request} of {service}', **values)}</li>"
    return f"<li>{language.say('{action}: {request} of {service}, with {fields}', **values)}</li>"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _paragraph(*sentences: str) -> str:
    return f"<p>{escape(' '.join(sentences))}</p>"


def _unchanged(language: Language) -> str:
    return f"<p><small>{escape(language.say('Looking at this page changes nothing.'))}</small></p>"


def _settings(language: Language) -> str:
    return f"<p>{language.say(SETTINGS, request=_code('PUT /recipients/me'))}</p>"


def paragraphs(text: str) -> "list[str]":
    """The text of an entry as HTML. The partner's text, which may be written from right to left, is a quotation."""
    parts = groupby(text.split("\n"), is_quoted)
    return [_quotation(lines) if quoted else f"<p>{_broken(lines)}</p>" for quoted, lines in parts]


def _quotation(lines: Iterable[str]) -> str:
    return f'<blockquote dir="auto">{_broken(map(unmarked, lines))}</blockquote>'


def _broken(lines: Iterable[str]) -> str:
    return "<br>".join(map(escape, lines))


def _unknown(request: Request) -> HTMLResponse:
    language = language_of_request(request.scope) or ENGLISH
    body = _paragraph(language.say("This link is not complete, or is no longer valid."))
    return _page(404, language.say("Nothing here"), body, language)


def _page(status: int, title: str, body: str, language: Language) -> HTMLResponse:
    page = PAGE.substitute(lang=language.tag, title=escape(title), style=STYLE, body=body)
    return HTMLResponse(page, status, {**HEADERS, "Content-Language": language.tag})
