"""``POST /act/…``: sends the command of a form to its service, and leads back to the page with what came of it."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.acting.forms import MOST_FIELDS, Form, Unreadable, faults_of, text_of
from console.acting.outcomes import KEPT, Outcome, shortened
from console.api_client import Answer, NotSignedIn
from console.browsers.sealing import Secret
from console.context import ConsoleContext
from console.settings import SERVICES
from console.visit import OUTCOME, Visit, begin, language_for, local_path
from eventlog import fresh_id

KEY_REUSED = "urn:tandem:problem:another-request"
METHODS = frozenset({"POST", "PUT", "PATCH"})


async def act(request: Request) -> Response:
    """One form. Whatever happens, what the person typed is kept."""
    form = await _read(request)
    page = local_path(form.control("page"))
    visit = await begin(request)
    if visit is not None and form.control("person") != visit.session["subject"]:
        visit = None  # somebody else has signed in on this browser since the page was shown
    outcome = await _outcome(request, visit, form)
    if outcome.is_accepted:
        then = form.control("then")
        page = local_path(then.replace("{id}", str(outcome.answer.get("id") or "")), page) if then else page
    led_back = RedirectResponse(await _with_outcome(request, page, outcome), 303)
    context: ConsoleContext = request.app.state.context
    header = context.outcome_cookie.header(_secret(request).text, int(KEPT.total_seconds()))
    led_back.headers.append("set-cookie", header)
    return led_back


async def _read(request: Request) -> Form:
    async with request.form(max_fields=MOST_FIELDS) as given:
        sent = [
            (name, text_of(await value.read()) if isinstance(value, UploadFile) else value)
            for name, value in given.multi_items()
            if not isinstance(value, UploadFile) or value.filename  # a field for a file, without one
        ]
    fields = [(name, text.replace("\r\n", "\n")) for name, text in sent if text is not None]
    return Form(fields, no_texts=[name for name, text in sent if text is None])


async def _outcome(request: Request, visit: Visit | None, form: Form) -> Outcome:
    def made(status: int, **more: Any) -> Outcome:
        return Outcome(
            form=form.control("form") or "",
            person=form.control("person"),
            status=status,
            key=form.control("key") or fresh_id(),
            based_on=form.control("based_on"),
            **more,
        )

    say = language_for(request).say
    if visit is None:
        return made(401, fields=form.typed, problem=say("You were signed out. Your text is still here."))
    try:
        if form.control("look"):
            form.body()
            return made(0, fields=form.looked_at)
        answer = await _send(visit, request, form)
    except Unreadable as why:
        place = why.field.partition(":")[0]
        return made(422, fields=form.typed, problem=say(why.sentence), faults={place: say(why.sentence)})
    except NotSignedIn:
        visit.session.clear()
        return made(401, fields=form.typed, problem=say("You were signed out. Your text is still here."))
    if 200 <= answer.status < 300:
        kept = form.typed if form.control("keep") else ()
        return made(answer.status, fields=kept, answer=shortened(answer.body))
    if answer.status == 0:
        unknown = say("The answer did not come. Send it again: it is done once, however often you send it.")
        return made(0, fields=form.typed, problem=unknown)
    if answer.status == 412:
        problem = say(
            "This changed while you were writing. Your text is still here: see what changed, then send it again."
        )
    elif answer.body.get("type") == KEY_REUSED:
        problem = say(
            "This form was sent before, with something else in it. See whether that was enough; else send it again."
        )
    else:
        problem = answer.body.get("detail") or say("It could not be done now. Send it again in a moment.")
    faults = faults_of(answer.body, form)
    if faults:  # the detail has names of the API, and the page does not show these
        elsewhere = [what for place, what in faults.items() if not form.has(place)]
        problem = "; ".join(elsewhere) or say("Nothing was done yet: a field needs a change. The field says what.")
    return made(answer.status, fields=form.typed, problem=problem, faults=faults, answer=answer.body)


async def _send(visit: Visit, request: Request, form: Form) -> Answer:
    service, path = request.path_params["service"], "/" + request.path_params["path"]
    method = form.control("method") or "POST"
    if service not in SERVICES or method not in METHODS:
        return Answer(404)
    key, based_on = form.control("key") or fresh_id(), form.control("if_match")
    if not all(each.isascii() and each.isprintable() for each in (key, based_on or "")):
        return Answer(400)  # no form of ours: these become headers
    return await visit.api.send(method, service, path, form.body(), key=key, if_match=based_on)


async def _with_outcome(request: Request, page: str, outcome: Outcome) -> str:
    context: ConsoleContext = request.app.state.context
    secret = _secret(request)
    named = await context.outcomes.keep(secret, outcome)
    parts = urlsplit(page)
    query = "&".join(filter(None, (parts.query, urlencode({OUTCOME: named}))))
    return parts._replace(query=query, fragment="" if outcome.is_accepted else outcome.form).geturl()


def _secret(request: Request) -> Secret:
    context: ConsoleContext = request.app.state.context
    if "outcome_secret" not in request.scope:
        text = context.outcome_cookie.read(request.scope)
        request.scope["outcome_secret"] = Secret(text) if text else Secret.fresh()
    return request.scope["outcome_secret"]


routes = [Route("/act/{service}/{path:path}", act, methods=("POST",))]
