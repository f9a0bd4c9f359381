"""Spans by OpenTelemetry. Imported only by a process that exports them: it costs memory.

No instrumentor is installed: spans are opened by hand, and their places are handed on as ``traceparent``.
"""

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from eventlog.tracing import Attributes, Kind

log = structlog.stdlib.get_logger(__name__)

_KINDS = {kind.name.lower(): kind for kind in SpanKind}


def provider_of(service: str, instance: str, exporter: SpanExporter | None = None) -> TracerProvider:
    """What records the spans of a process and exports them by the batch; too many at once are dropped.

    The exporter is one for OTLP over HTTP unless given. It and the sampler are set by the environment.
    """
    own = {"service.name": service, "service.namespace": "tandem", "service.instance.id": instance}
    if os.environ.get("OTEL_SERVICE_NAME"):
        del own["service.name"]
    provider = TracerProvider(resource=Resource.create(own), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(SaysOnce(exporter or OTLPSpanExporter())))
    return provider


class OpenTelemetry:
    """The ``eventlog.tracing.Recorder`` over an OpenTelemetry tracer."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def begin(
        self, name: str, kind: Kind, parent: str | None, links: Iterable[str], attributes: Attributes
    ) -> "RecordedSpan":
        """A span that begins now, in a trace of its own where there is no parent."""
        around = Context()
        if parent is not None:
            around = set_span_in_context(NonRecordingSpan(_context(parent)), around)
        others = [Link(_context(link)) for link in links]
        return RecordedSpan(self._tracer.start_span(name, around, _KINDS[kind], attributes, others))


@dataclass(frozen=True, slots=True)
class RecordedSpan:
    """An OpenTelemetry span as ``eventlog.tracing`` uses it."""

    span: Span

    @property
    def traceparent(self) -> str:
        """Its place in its trace; its flags say whether it is sampled."""
        context = self.span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def rename(self, name: str) -> None:
        """Give it another name."""
        self.span.update_name(name)

    def note(self, attributes: Attributes) -> None:
        """Add attributes."""
        self.span.set_attributes(attributes)

    def end(self, *, error: str | None, failed: bool) -> None:
        """It is over. Of an error only the kind is kept: its text may quote what people wrote."""
        if error is not None:
            self.span.set_attribute("error.type", error)
        if failed:
            self.span.set_status(StatusCode.ERROR)
        self.span.end()


class SaysOnce(SpanExporter):
    """Says once that spans are not taken, and once that they are again, whatever the libraries under it log.

    It runs in its processor's thread, so an endpoint that is away holds up nobody.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._fails = False
        for library in ("opentelemetry", "urllib3"):
            logging.getLogger(library).setLevel(logging.CRITICAL)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; those that are not taken are lost."""
        result = self._exporter.export(spans)
        fails = result is not SpanExportResult.SUCCESS
        if fails and not self._fails:
            log.warning("spans are not taken by their endpoint: they are dropped until it answers")
        elif self._fails and not fails:
            log.info("spans are taken again by their endpoint")
        self._fails = fails
        return result

    def shutdown(self) -> None:
        """Give the connection back without waiting for an answer."""
        self._exporter.shutdown()


def _context(traceparent: str) -> SpanContext:
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
