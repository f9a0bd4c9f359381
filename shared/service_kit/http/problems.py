"""The one place where errors become HTTP answers: problem details of RFC 9457."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Route

from coaching_events.moment import written
from eventlog import CatchingUp, NotFound, Refused
from eventlog.commands import ConcurrencyConflict, IdempotencyKeyReused, PreconditionFailed, UnknownEvent
from eventlog.outbox import BrokerUnavailable
from eventlog.stores import ClockUnreliable, HistoryFull, StoreUnavailable, TooLarge, Unstorable
from service_kit.server.problem_details import MEDIA_TYPE, details

Plain = str | int | float | bool | None
Member = Plain | Sequence[Mapping[str, str]] | Mapping[str, Plain]
"""A further member of a problem's body. Its name must not be one of RFC 9457, such as ``status``."""


class Problem(Exception):
    """A refusal. ``detail`` says what the client can do; ``members`` are the facts behind the refusal."""

    def __init__(
        self,
        status: int,
        type: str,
        detail: str,
        *,
        members: Mapping[str, Member] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.type = type
        self.detail = detail
        self.members = members or {}
        self.headers = headers or {}

    def response(self) -> JSONResponse:
        """The HTTP answer; it is counted."""
        body = {**self.members, **details(self.status, self.type, self.detail)}
        return JSONResponse(body, self.status, headers=dict(self.headers), media_type=MEDIA_TYPE)


def malformed(type: str, detail: str) -> Problem:
    """400: the request cannot be read."""
    return Problem(400, type, detail)


def not_found() -> Problem:
    """404: the same text for what does not exist and for what is not the caller's."""
    return Problem(404, "not-found", "There is no such thing here, or it is not yours.")


def unavailable(type: str, detail: str, seconds: int = 1) -> Problem:
    """503: nothing was written; the client may send the same request again."""
    return Problem(503, type, detail, headers={"Retry-After": str(seconds)})


def problem_of(error: Exception) -> Problem | None:
    """The problem for an expected error; None for an unexpected one."""
    match error:
        case Problem():
            return error
        case Refused():
            return Problem(
                409, error.type, error.detail, members={"facts": facts_of(error)} if error.extensions else {}
            )
        case NotFound():
            return not_found()
        case PreconditionFailed():
            again = "Read it again, decide again, and send If-Match with its new ETag."
            return Problem(412, "stale", f"It has changed since. {again}", members={"current": error.current})
        case IdempotencyKeyReused():
            detail = "This Idempotency-Key came with another request before. Use a new key for a new request."
            return Problem(422, "another-request", detail)
        case ConcurrencyConflict():
            return Problem(409, "lost-race", "Others changed it at the same time, several times. Send it again.")
        case HistoryFull():
            still = "You can still end or settle it: end, decline, reject, withdraw, cancel, resume."
            return Problem(413, "history-full", f"Its history is almost full, so nothing new fits. {still}")
        case TooLarge():
            return Problem(413, "too-large", f"{error}.")
        case Unstorable():
            return Problem(422, "unstorable", "A text or number in it cannot be stored. Take out unusual characters.")
        case RequestValidationError():
            return _invalid(error)
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


def _not_now(error: Exception) -> Problem | None:
    match error:
        case CatchingUp():
            return unavailable(
                "catching-up", f"This service has not received all events of {error.stream} yet. Send it again."
            )
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
    RequestValidationError,
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
    if isinstance(error, RequestValidationError) and _is_other_media(request, error):
        problem = Problem(415, "unsupported-media-type", "Send JSON, with Content-Type: application/json.")
    return problem.response()


def _is_other_media(request: Request, error: RequestValidationError) -> bool:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return isinstance(error.body, bytes) and not (media == "application/json" or media.endswith("+json"))


def _invalid(error: RequestValidationError) -> Problem:
    problems: Sequence[Mapping[str, Any]] = error.errors()
    if any(problem["type"] == "json_invalid" for problem in problems):
        return malformed("malformed-json", "The body is not JSON. Send one JSON object in UTF-8.")
    return invalid([{"where": _where(problem["loc"]), "what": _what(problem)} for problem in problems[:20]])


def invalid(found: Sequence[Mapping[str, str]]) -> Problem:
    """422: parts of the request are wrong. Each says ``where`` it is and ``what`` is wrong."""
    detail = "; ".join(f"{each['where']}: {each['what']}" for each in found)
    return Problem(422, "invalid-request", detail, members={"errors": found})


def _where(location: Sequence[str | int]) -> str:
    # Names of unknown fields come from the client: they are cut, and in ASCII so that every answer can be encoded.
    path = ".".join(str(part) for part in location)
    return ascii(path[:200])[1:-1]


def _what(problem: Mapping[str, Any]) -> str:
    match problem["type"]:
        case "missing":
            return "is missing: send a JSON body" if tuple(problem["loc"]) == ("body",) else "is missing"
        case "extra_forbidden":
            return "is unknown: leave it out"
        case "value_error":
            return str(problem["ctx"]["error"])
        case _:
            return str(problem["msg"]).removeprefix("Input ")


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
            return Problem(status, phrase.lower().replace(" ", "-"), f"{phrase}.", headers=error.headers)


def _method_not_allowed(allowed: str) -> Problem:
    detail = f"This address does not take that method. It takes: {allowed}."
    return Problem(405, "method-not-allowed", detail, headers={"Allow": allowed})


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
    return Problem(413, "body-too-large", f"A body may have {most // 1024} kB. Say it in fewer words.")
