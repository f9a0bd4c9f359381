"""The one place where errors become HTTP answers: problem details of RFC 9457."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import Scope

from coaching_events.moment import written
from eventlog import CatchingUp, NotFound, Refused
from eventlog.commands import ConcurrencyConflict, IdempotencyKeyReused, PreconditionFailed, UnknownEvent
from eventlog.outbox import BrokerUnavailable
from eventlog.stores import LARGEST_EVENT, ClockUnreliable, HistoryFull, StoreUnavailable, TooLarge, Unstorable
from service_kit.languages import ENGLISH, TITLE, Language, Phrase, Value, accepted
from service_kit.server.problem_details import MEDIA_TYPE, details, title_of

Plain = str | int | float | bool | None
Member = Plain | Sequence[Mapping[str, str]] | Mapping[str, Plain]
"""A further member of a problem's body. Its name must not be one of RFC 9457, such as ``status``."""


class Problem(Exception):
    """A refusal. ``detail`` says what the client can do; ``members`` are the facts behind the refusal.

    ``detail`` is a constant, which translations find. ``values`` are in its places, such as ``{most}``, and not in the
    answer otherwise; members have places, too. The text of the error is the English sentence with its values.
    """

    def __init__(
        self,
        status: int,
        type: str,
        detail: str,
        *,
        members: Mapping[str, Member] | None = None,
        headers: Mapping[str, str] | None = None,
        values: Mapping[str, Value] | None = None,
    ) -> None:
        self.values: Mapping[str, Value] = {**_plain(members or {}), **(values or {})}
        super().__init__(ENGLISH.fill(detail, self.values))
        self.status = status
        self.type = type
        self.detail = detail
        self.members = members or {}
        self.headers = headers or {}

    def response(self, language: Language = ENGLISH) -> JSONResponse:
        """The HTTP answer in this language; it is counted."""
        title = language.fill(title_of(self.type), {}, context=TITLE)
        body = {**self.told(language), **details(self.status, self.type, self.said(language), title)}
        headers = {**self.headers, **language_headers(language)}
        return JSONResponse(body, self.status, headers=headers, media_type=MEDIA_TYPE)

    @property
    def phrase(self) -> Phrase:
        """The sentence, for a place in another text."""
        return Phrase(self.detail, **self.values)

    def said(self, language: Language) -> str:
        """The sentence in this language."""
        return language.fill(self.detail, self.values)

    def told(self, language: Language) -> Mapping[str, Member]:
        """The further members. Those with texts of ours are in this language."""
        return self.members


def language_headers(language: Language) -> Mapping[str, str]:
    """The headers of an answer whose texts depend on the reader's language."""
    return {"Content-Language": language.tag, "Vary": "Accept-Language"}


def language_of_request(scope: Scope) -> Language | None:
    """The language that a request asks for, or None if it asks for none that there is."""
    asked = b",".join(value for name, value in scope["headers"] if name == b"accept-language")
    return accepted(asked.decode("latin-1")) if asked else None


def malformed(type: str, detail: str, **values: Value) -> Problem:
    """400: the request cannot be read."""
    return Problem(400, type, detail, values=values)


def not_found() -> Problem:
    """404: the same text for what does not exist and for what is not the caller's."""
    return Problem(404, "not-found", "There is no such thing here, or it is not yours.")


def unavailable(type: str, detail: str, seconds: int = 1, **values: Value) -> Problem:
    """503: nothing was written; the client may send the same request again."""
    return Problem(503, type, detail, headers={"Retry-After": str(seconds)}, values=values)


def problem_of(error: Exception) -> Problem | None:
    """The problem for an expected error; None for an unexpected one."""
    match error:
        case Problem():
            return error
        case Refused():
            facts = facts_of(error)
            members: Mapping[str, Member] = {"facts": facts} if facts else {}
            return Problem(409, error.type, error.detail, members=members, values=_values(facts))
        case NotFound():
            return not_found()
        case PreconditionFailed():
            detail = "It has changed since. Read it again, decide again, and send If-Match with its new ETag."
            return Problem(412, "stale", detail, members={"current": error.current})
        case IdempotencyKeyReused():
            detail = "This Idempotency-Key came with another request before. Use a new key for a new request."
            return Problem(422, "another-request", detail)
        case ConcurrencyConflict():
            return Problem(409, "lost-race", "Others changed it at the same time, several times. Send it again.")
        case HistoryFull():
            detail = (
                "Its history is almost full, so nothing new fits. You can still end or settle it: end, decline, "
                "reject, withdraw, cancel, resume."
            )
            return Problem(413, "history-full", detail)
        case TooLarge():
            return _too_large(error)
        case Unstorable():
            return Problem(422, "unstorable", "A text or number in it cannot be stored. Take out unusual characters.")
        case HTTPException():
            return _from_http(error)
        case _:
            return _not_now(error)


def facts_of(refused: Refused) -> Mapping[str, Plain]:
    """The facts behind a refusal, with times in RFC 3339, UTC and milliseconds."""
    return {name: _written(value) for name, value in refused.extensions.items()}


def _written(value: Plain | date | datetime) -> Plain:
    match value:
        case datetime():
            return written(value)
        case date():
            return value.isoformat()
        case _:
            return value


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _values(facts: Mapping[str, Plain]) -> Mapping[str, Value]:
    """The facts as a sentence shows them. A kept refusal has its times as texts, so they are read again."""
    return {name: _read(fact) for name, fact in facts.items()}


def _read(fact: Plain) -> Value:
    if isinstance(fact, str) and _INSTANT.fullmatch(fact):
        return datetime.fromisoformat(fact)
    return date.fromisoformat(fact) if isinstance(fact, str) and _DAY.fullmatch(fact) else fact


def _plain(members: Mapping[str, Member]) -> Mapping[str, Value]:
    return {name: each for name, each in members.items() if isinstance(each, Plain)}


def _not_now(error: Exception) -> Problem | None:
    match error:
        case CatchingUp():
            detail = "This service has not received all events of {stream} yet. Send it again."
            return unavailable("catching-up", detail, stream=error.stream)
        case UnknownEvent():
            return unavailable("newer-history", "Only a process of a newer release can handle this. Send it again.")
        case ClockUnreliable():
            detail = "The clocks of this process and of the database disagree. Send it again, with the same key."
            return unavailable("clock-unreliable", detail, 2)
        case StoreUnavailable():
            return unavailable("database-away", "The database does not answer. Send it again, with the same key.", 2)
        case BrokerUnavailable():
            return unavailable("broker-away", "The broker does not answer. Send it again.", 2)
        case _:
            return None


EXPECTED: tuple[type[Exception], ...] = (
    Problem,
    Refused,
    NotFound,
    PreconditionFailed,
    IdempotencyKeyReused,
    ConcurrencyConflict,
    TooLarge,
    Unstorable,
    CatchingUp,
    UnknownEvent,
    StoreUnavailable,
    BrokerUnavailable,
    HTTPException,
)
"""The errors that ``problem_of`` knows."""


async def answer(request: Request, error: Exception) -> JSONResponse:
    """The exception handler for all of EXPECTED."""
    problem = problem_of(error)
    if problem is None:
        raise error
    if isinstance(error, HTTPException) and error.status_code == 405:
        problem = _method_not_allowed(methods_at(request))
    return answer_with(problem, request)


def answer_with(problem: Problem, request: Request) -> JSONResponse:
    """The answer with this problem, in the language of the request."""
    return problem.response(language_of_request(request.scope) or ENGLISH)


def _from_http(error: HTTPException) -> Problem:
    match error.status_code:
        case 404:
            return Problem(404, "not-found", "There is nothing at this address. The addresses are listed at /docs.")
        case 405:
            return _method_not_allowed((error.headers or {}).get("Allow", ""))
        case 413:
            return body_too_large()
        case 400:
            return malformed("malformed-body", "The body cannot be read. Send one JSON object in UTF-8.")
        case status:
            phrase = HTTPStatus(status).phrase
            type = phrase.lower().replace(" ", "-")
            return Problem(status, type, "{phrase}.", headers=error.headers, values={"phrase": phrase})


def _method_not_allowed(allowed: str) -> Problem:
    detail = "This address does not take that method. It takes: {allowed}."
    return Problem(405, "method-not-allowed", detail, headers={"Allow": allowed}, values={"allowed": allowed})


def methods_at(request: Request) -> str:
    """The methods of all routes at an address, also of those that are in no document."""
    address, found, paths = request.scope["path"], set[str](), request.app.openapi()["paths"]
    for template, methods in paths.items() if address not in paths else ((address, paths[address]),):
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), address):
            found.update(method.upper() for method in methods)
    routes: Sequence[Route] = request.app.state.undocumented
    found.update(each for route in routes if route.path_regex.match(address) for each in route.methods or ())
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))


LARGEST_BODY = 256 * 1024
"""Bytes of a request's body, at most."""


def body_too_large(most: int = LARGEST_BODY) -> Problem:
    """413: the body has more than ``most`` bytes. It is not read to its end."""
    detail = "A body may have {most} kB. Say it in fewer words."
    return Problem(413, "body-too-large", detail, values={"most": most // 1024})


def _too_large(error: TooLarge) -> Problem:
    if error.event is None:
        return Problem(413, "too-large", "It would be over the 16 MB that one document may have.")
    detail = "{event} is over {most} kB: say it in fewer words."
    return Problem(413, "too-large", detail, values={"event": error.event, "most": LARGEST_EVENT // 1024})
