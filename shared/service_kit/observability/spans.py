"""Records spans and exports them with the OpenTelemetry SDK. Only a process that exports spans imports this module."""

import logging
import os
from collections.abc import Sequence

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

log = structlog.stdlib.get_logger(__name__)


def provider_of(service: str, instance: str, exporter: SpanExporter | None = None) -> TracerProvider:
    """Records the spans of a process and exports them in batches; it drops spans when there are too many.

    The default exporter is OTLP over HTTP. The environment configures it and the sampler.
    """
    own = {"service.name": service, "service.namespace": "tandem", "service.instance.id": instance}
    if os.environ.get("OTEL_SERVICE_NAME"):
        del own["service.name"]
    provider = TracerProvider(resource=Resource.create(own), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(LogsOutages(exporter or OTLPSpanExporter())))
    return provider


class LogsOutages(SpanExporter):
    """Logs one line when the endpoint stops taking spans, and one when it takes them again.

    It runs in the thread of its processor, so an endpoint that is away delays no request.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._fails = False
        for library in ("opentelemetry", "urllib3"):
            logging.getLogger(library).setLevel(logging.CRITICAL)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; those that the endpoint does not take are lost."""
        result = self._exporter.export(spans)
        fails = result is not SpanExportResult.SUCCESS
        if fails and not self._fails:
            log.warning("the endpoint does not take spans: they are dropped until it answers")
        elif self._fails and not fails:
            log.info("the endpoint takes spans again")
        self._fails = fails
        return result

    def shutdown(self) -> None:
        """Close the connection without waiting for an answer."""
        self._exporter.shutdown()
