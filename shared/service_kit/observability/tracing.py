"""Traces of a process: its spans are recorded only where the environment names an endpoint for them.

All settings are those of the OpenTelemetry SDK (``OTEL_…``), which reads them itself. Without an endpoint it is not
even imported, and traces are handed on all the same.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eventlog.tracing import Span, record_with, trace_id, understood

if TYPE_CHECKING:
    from service_kit.process.settings import Settings

FLUSH = 5.0
"""Seconds that a process which stops gives its last spans."""
UNRECORDED = ("/health/", "/metrics", "/ops/idle")
"""What machines ask again and again: it has a trace id, and no span."""
SPAN = "tandem.span"
"""Where in the scope of a request its span is, for who knows the route."""


@dataclass(frozen=True, slots=True)
class Tracing:
    """The recording of one process; without ``shut_down`` there is none."""

    shut_down: Callable[[], None] | None = None

    async def end(self) -> None:
        """Record no more, and send what is left, for FLUSH seconds at most."""
        record_with(None)
        if self.shut_down is None:
            return
        ended, loop = asyncio.Event(), asyncio.get_running_loop()

        def shut_down(how: Callable[[], None]) -> None:
            how()
            with suppress(RuntimeError):  # nobody has waited so long, and the loop is closed
                loop.call_soon_threadsafe(ended.set)

        # A daemon thread: an endpoint that does not answer must not keep the process.
        Thread(target=shut_down, args=(self.shut_down,), daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH):
                await ended.wait()


def start_tracing(service: str, settings: "Settings") -> Tracing:
    """Record the spans of this process, if its settings name an endpoint for them."""
    endpoint = settings.otel_exporter_otlp_traces_endpoint or settings.otel_exporter_otlp_endpoint
    if endpoint is None or settings.otel_sdk_disabled:
        return Tracing()
    from service_kit.observability.spans import OpenTelemetry, provider_of

    provider = provider_of(service, settings.instance_id)
    record_with(OpenTelemetry(provider.get_tracer("tandem")))
    return Tracing(provider.shutdown)


class TracingMiddleware:
    """The outermost layer of all. A request's trace goes on from its ``traceparent``, or begins here.

    Every answer names it: ``traceresponse`` as W3C Trace Context Level 2 drafted it, and ``trace-id`` for people.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        attributes = {"http.request.method": scope["method"], "url.scheme": scope["scheme"]}
        parent, silent = _sent(scope), scope["path"].startswith(UNRECORDED)
        with Span(
            scope["method"], "server", parent=parent, root=parent is None, silent=silent, attributes=attributes
        ) as span:
            scope[SPAN] = span
            place = span.traceparent
            told = [(b"traceresponse", place.encode()), (b"trace-id", (trace_id(place) or "").encode())]

            async def answer(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message.get("headers", ()), *told]
                await send(message)

            await self._app(scope, receive, answer)


def _sent(scope: Scope) -> str | None:
    """The request's ``traceparent``; None if it has none, more than one, or one that is malformed."""
    values = [value for name, value in scope["headers"] if name == b"traceparent"]
    return understood(values[0].decode("latin-1")) if len(values) == 1 else None
