"""One request of a person for a page: who they are, what they read, and the page that they get."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode
from zoneinfo import ZoneInfo

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console.acting.outcomes import Fields, Outcome
from console.api_client import ApiClient, Away, Json, NotSignedIn, NotThere, Refused
from console.browsers.sealing import Secret
from console.browsers.sessions import BrowserSession
from console.context import ConsoleContext
from console.rendering import page_of, render
from eventlog import wall_now
from service_kit.languages import Language, accepted, language_of

log = structlog.stdlib.get_logger(__name__)

OUTCOME: Final = "_outcome"
KNOWN_OF_ME: Final = ("id", "display_name", "zone", "locale")
"""What the session remembers of the person, for when the directory does not answer."""
JUST_NOW: Final = timedelta(seconds=30)


@dataclass
class Visit:
    """A request of a person who is signed in. ``me`` is their record in the directory, once it was read."""

    request: Request
    context: ConsoleContext
    api: ApiClient
    now: datetime
    me: Json = field(default_factory=dict[str, Any])
    outcome: Outcome | None = None
    made_at: float = field(default_factory=time.time)
    """When its page began to be made, in Unix time in seconds."""

    @property
    def session(self) -> BrowserSession:
        """The session of the browser."""
        return self.request.scope["session"]

    @property
    def language(self) -> Language:
        """The one that the person chose here, or that of the person, or of the browser."""
        return language_for(self.request, self.me)

    @property
    def id(self) -> str:
        """The id in the address of the page, as a part of another address."""
        return quote(self.request.path_params["id"], safe="")

    @property
    def zone(self) -> tzinfo:
        """The zone of the person."""
        return ZoneInfo(self.session.get("zone") or "UTC")

    @property
    def is_hr(self) -> bool:
        """Whether the person keeps the directory."""
        return "hr.directory" in self.session.get("scope", "")

    @property
    def may_link(self) -> bool:
        """Whether the person may say by which logins and numbers others are found."""
        return "hr.identities" in self.session.get("scope", "").split()

    @property
    def path(self) -> str:
        """The address of the page, without the outcome."""
        query = [pair for pair in parse_qsl(self.request.url.query) if pair[0] != OUTCOME]
        return self.request.url.path + (f"?{urlencode(query)}" if query else "")

    def typed(self, form: str) -> Fields:
        """What the person sent with this form, if it was not accepted."""
        came = self.outcome
        return came.fields if came and came.form == form and not came.is_accepted else ()

    async def meet(self) -> None:
        """Ask who the person is before the first page of a session, so that the services answer in their language."""
        if "locale" in self.session:
            return
        me = await self._myself()
        if not isinstance(me, Away):
            known: Json = me or {}
            self.session.update({name: known.get(name) for name in KNOWN_OF_ME})
            self.api = replace(self.api, language=self.language.locale.replace("_", "-"))

    async def read(self, **calls: Awaitable[Any]) -> dict[str, Any]:
        """What the services answer, all asked at the same time, and who the person is."""
        answers = await self.api.all(me=self._myself(), **calls)
        me = answers.pop("me")
        if me:
            self.me = me
            self.session.update({name: me[name] for name in KNOWN_OF_ME})
        else:
            self.me = self.remembered
        return answers

    @property
    def remembered(self) -> Json:
        """The person, as the session knows them."""
        return {name: self.session.get(name) for name in KNOWN_OF_ME}

    async def _myself(self) -> Any:
        """My record. Who keeps the directory may have none in it."""
        try:
            return await self.api.get("partnerships", "/people/me")
        except Refused:
            if self.is_hr:
                return None
            raise

    def show(self, template: str, status: int = 200, **content: Any) -> Response:
        """The page."""
        headers = {"HX-Replace-Url": self.request.url.path + "?" + self.request.url.query} if self.outcome else {}
        return render(self, template, status, headers, content)

    async def page_of(self, template: str, **calls: Awaitable[Any]) -> Response:
        """The page with what the services answer."""
        return self.show(template, **await self.read(**calls))


Page = Callable[[Visit], Awaitable[Response]]


def language_for(request: Request, me: Mapping[str, Any] | None = None) -> Language:
    """The language of a page."""
    session: BrowserSession = request.scope["session"]
    chosen = session.get("language")
    known = (me or {}).get("locale") or session.get("locale")
    if chosen:
        same = known and language_of(known).tag == chosen
        return language_of(known if same else chosen)
    if known:
        return language_of(known)
    return accepted(request.headers.get("accept-language", "")) or language_of("en")


def page(function: Page) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a page, for people who are signed in. Others sign in first, and come back."""

    async def endpoint(request: Request) -> Response:
        visit = await begin(request)
        if visit is None:
            return sign_in_first(request)
        try:
            await visit.meet()
            return await function(visit)
        except NotSignedIn:
            return not_accepted(request)
        except NotThere:
            visit.me = visit.me or visit.remembered
            return visit.show("not_there.html", 404)
        except Refused as refused:
            visit.me = visit.me or visit.remembered
            return visit.show("refused.html", refused.status, problem=refused.problem)

    return endpoint


async def begin(request: Request) -> Visit | None:
    """The visit of a person; None if they have to sign in."""
    context: ConsoleContext = request.app.state.context
    session: BrowserSession = request.scope["session"]
    token = await context.sign_in.token(session)
    if token is None:
        return None
    language = language_for(request)
    outcome = await _outcome(request)
    after = outcome.answer.get("position") if outcome and outcome.is_accepted else None
    api = ApiClient(context.http, context.addresses, token, language.locale.replace("_", "-"), after)
    return Visit(request, context, api, (await context.clock.now()).astimezone(UTC), outcome=outcome)


async def _outcome(request: Request) -> Outcome | None:
    context: ConsoleContext = request.app.state.context
    named, text = request.query_params.get(OUTCOME), context.outcome_cookie.read(request.scope)
    if not named or not text:
        return None
    found = await context.outcomes.find(Secret(text), named)
    mine: BrowserSession = request.scope["session"]
    if found is None or found.person != mine.get("subject"):
        return None
    return found


def sign_in_first(request: Request) -> Response:
    """Lead to the sign-in, and back to this page. A script cannot follow to a provider, so it gets told where to go."""
    to = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address = f"/sign-in?to={quote(to, safe='/')}"
    if "hx-request" in request.headers:
        return Response(headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def not_accepted(request: Request) -> Response:
    """Sign in again; not at once after signing in, because that would go round in circles."""
    session: BrowserSession = request.scope["session"]
    language, since = language_for(request), session.get("began", "")
    session.clear()
    if since and wall_now() - datetime.fromisoformat(since) < JUST_NOW:
        log.warning("a service does not accept the token of somebody who has just signed in")
        return page_of("not_accepted.html", language, 403, {}, {})
    return sign_in_first(request)


def local_path(given: str | None, otherwise: str = "/") -> str:
    """A path of this console. Anything that could lead elsewhere becomes ``otherwise``."""
    if given and given.startswith("/") and not given.startswith(("//", "/\\")) and given.isprintable():
        return given if "\\" not in given else otherwise
    return otherwise
