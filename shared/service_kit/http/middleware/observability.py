"""The log line and the metrics of every request, and the answer to an unexpected error."""

from collections.abc import Mapping
from time import perf_counter

import structlog
from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eventlog import fresh_id
from eventlog.tracing import fail
from service_kit.http.problems import Problem, language_of_request
from service_kit.languages import ENGLISH
from service_kit.observability.tracing import SPAN

log = structlog.stdlib.get_logger(__name__)

SECONDS = Histogram("tandem_http_seconds", "Time to answer requests", ["method", "route", "status"])

NOTED = "tandem.noted"
"""The key of the ASGI scope for further fields of the request's log line: actor, position."""

POLLED = frozenset({"/ops/idle"})
"""Routes that machines poll: logged at level debug only."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class ObservabilityMiddleware:
    """Surrounds all but the trace and the health routes. HEAD works wherever GET does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        structlog.contextvars.clear_contextvars()
        started, status = perf_counter(), 0
        noted: dict[str, str] = {}
        scope[NOTED] = noted
        method: str = scope["method"]
        if method == "HEAD":  # answered as GET is; the server leaves the body out (RFC 9110, section 9.3.2)
            scope = {**scope, "method": "GET"}

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, answering)
        except Exception as unforeseen:
            number = fresh_id()
            log.error("unforeseen", problem=number, exc_info=unforeseen)
            if status:
                raise
            problem = _unforeseen(number).response(language_of_request(scope) or ENGLISH)
            await problem(scope, receive, answering)
        finally:
            _note(scope, method, status, perf_counter() - started, noted)


def _unforeseen(number: str) -> Problem:
    detail = "Something went wrong here. Send it again with the same key; if it fails again, report the id to support."
    return Problem(500, "unforeseen", detail, members={"id": number})


def _note(scope: Scope, method: str, status: int, seconds: float, noted: Mapping[str, str]) -> None:
    # The route, not the address: an address has ids in it, and there are too many for a metric.
    route: str = getattr(scope.get("route"), "path", "none")
    method = method if method in _METHODS else "other"
    if not status:
        log.info("left before its request was whole", method=method, ms=round(seconds * 1000, 1))
        return
    SECONDS.labels(method, route, status).observe(seconds)
    if (span := scope.get(SPAN)) is not None:
        span.update_name(f"{method} {route}")
        span.set_attributes({"http.route": route, "http.response.status_code": status})
        if status >= 500:
            fail(span, str(status))
    tell = log.debug if route in POLLED else log.info
    tell("answered", method=method, route=route, status=status, ms=round(seconds * 1000, 1), **noted)
