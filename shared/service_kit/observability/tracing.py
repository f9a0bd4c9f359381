"""The traces of a process. Spans are recorded only if the environment names an endpoint for them.

All settings are those of the OpenTelemetry SDK (``OTEL_…``), which reads them itself. Without an endpoint the SDK is
not imported, and traces are passed on all the same.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING

from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eventlog.tracing import context_of, current, record_with, span, trace_id

if TYPE_CHECKING:
    from service_kit.process.settings import Settings

FLUSH = 5.0
"""Seconds in which a process that stops sends its last spans."""
UNRECORDED = ("/health/", "/metrics", "/ops/idle")
"""Addresses that machines ask all the time: they have a trace id and no span."""
SPAN = "tandem.span"
"""Where in the scope of a request its span is."""


@dataclass(frozen=True, slots=True)
class Tracing:
    """The recording of spans in one process; without ``shut_down`` nothing is recorded."""

    shut_down: Callable[[], None] | None = None

    async def end(self) -> None:
        """Stop recording, and send what is left within FLUSH seconds."""
        record_with(None)
        if self.shut_down is None:
            return
        ended, loop = asyncio.Event(), asyncio.get_running_loop()

        def shut_down(how: Callable[[], None]) -> None:
            how()
            with suppress(RuntimeError):  # the loop is closed by now
                loop.call_soon_threadsafe(ended.set)

        # A daemon thread: an endpoint that does not answer must not keep the process alive.
        Thread(target=shut_down, args=(self.shut_down,), daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH):
                await ended.wait()


def start_tracing(service: str, settings: "Settings") -> Tracing:
    """Record the spans of this process if its settings name an endpoint for them."""
    endpoint = settings.otel_exporter_otlp_traces_endpoint or settings.otel_exporter_otlp_endpoint
    if endpoint is None or settings.otel_sdk_disabled:
        return Tracing()
    from service_kit.observability.spans import provider_of

    provider = provider_of(service, settings.instance_id)
    record_with(provider.get_tracer("tandem"))
    return Tracing(provider.shutdown)


class TracingMiddleware:
    """Gives each request a trace: the one of its ``traceparent``, or a new one.

    Every answer names it: ``traceresponse`` follows the draft of W3C Trace Context Level 2, ``trace-id`` is for people.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        attributes = {"http.request.method": scope["method"], "url.scheme": scope["scheme"]}
        recorded = not scope["path"].startswith(UNRECORDED)
        parent = context_of(_traceparent(scope))
        with span(scope["method"], SpanKind.SERVER, parent=parent, recorded=recorded, attributes=attributes) as scope[
            SPAN
        ]:
            names = [(b"traceresponse", (current() or "").encode()), (b"trace-id", (trace_id() or "").encode())]

            async def answer(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message.get("headers", ()), *names]
                await send(message)

            await self._app(scope, receive, answer)


def _traceparent(scope: Scope) -> str | None:
    """The request's ``traceparent``; None if it has none or more than one."""
    values = [value for name, value in scope["headers"] if name == b"traceparent"]
    return values[0].decode("latin-1") if len(values) == 1 else None
