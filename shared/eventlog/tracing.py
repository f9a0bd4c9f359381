"""Traces by OpenTelemetry's API: which trace a step belongs to, also in a process that records no spans.

Events and requests carry their trace as a W3C ``traceparent`` (https://www.w3.org/TR/trace-context/, section 3.2).
``tracestate`` is not passed on.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry.context import Context, attach, detach, get_current
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    NoOpTracer,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    Tracer,
    format_trace_id,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from eventlog.ids import fresh_id

Attributes = Mapping[str, str | int]

NEW_TRACE = Context()
"""The parent of a step that begins a trace."""
MOST_LINKS = 128
"""How many traces a span names besides its own, at most: a batch may hold events of many more."""

_NOT_RECORDING = NoOpTracer()
_W3C = TraceContextTextMapPropagator()
_tracer: Tracer = _NOT_RECORDING


def record_with(tracer: Tracer | None) -> None:
    """Record this process's spans from now on; None ends that."""
    global _tracer
    _tracer = tracer or _NOT_RECORDING


def is_recording() -> bool:
    """Whether this process records spans. If not, nothing that only spans need has to be computed."""
    return _tracer is not _NOT_RECORDING


def current() -> str | None:
    """The ``traceparent`` of the current step; None outside of any."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent")


def trace_id() -> str | None:
    """The id of the current trace, 32 hexadecimal digits; None outside of any."""
    context = get_current_span().get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid else None


def context_of(traceparent: str | None) -> Context:
    """The parent that a ``traceparent`` names; NEW_TRACE if there is none or it is malformed."""
    return _W3C.extract({} if traceparent is None else {"traceparent": traceparent}, NEW_TRACE)


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    *,
    parent: Context | None = None,
    recorded: bool = True,
    links: Sequence[Link] = (),
    attributes: Attributes | None = None,
) -> Generator[Span]:
    """One step of a trace. Its parent is the current step unless another is given.

    An exception that leaves the step marks the span as failed. An internal step only gets its type: a refusal is no
    failure. The exception's text is not kept, because it may quote what people wrote.
    """
    around = get_current() if parent is None else parent
    opened = (_tracer if recorded else _NOT_RECORDING).start_span(name, around, kind, attributes, links)
    if opened is INVALID_SPAN:  # there is no parent, and nothing is recorded: the trace still needs an id
        opened = NonRecordingSpan(_new_context())
    token = attach(set_span_in_context(opened, around))
    try:
        yield opened
    except BaseException as error:
        opened.set_attribute("error.type", type(error).__name__)
        if kind is not SpanKind.INTERNAL:
            opened.set_status(StatusCode.ERROR)
        raise
    finally:
        detach(token)
        opened.end()


def _new_context() -> SpanContext:
    trace = fresh_id()  # 32 hexadecimal digits, and the last 16 are never all zeros
    return SpanContext(int(trace, 16), int(trace[16:], 16), is_remote=False)


def fail(failed: Span, error: str) -> None:
    """Mark a span as failed without an exception. ``error`` names the kind of failure in one word."""
    failed.set_attribute("error.type", error)
    failed.set_status(StatusCode.ERROR)


def links_to(records: Iterable[Sequence[tuple[str, bytes | None]]]) -> list[Link]:
    """Links to the first MOST_LINKS different traces among these records' headers."""
    found: dict[str, Link] = {}
    for headers in records:
        for name, value in headers:
            # A header may have no value, and any producer may write to a topic.
            if name == "ce_traceparent" and (text := (value or b"").decode(errors="replace")) not in found:
                sent = get_current_span(context_of(text)).get_span_context()
                if sent.is_valid:
                    found[text] = Link(sent)
        if len(found) >= MOST_LINKS:
            break
    return [*found.values()][:MOST_LINKS]
