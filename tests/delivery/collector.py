"""A small OTLP/HTTP collector on this machine, which keeps the spans that processes send."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True, slots=True)
class Sent:
    """A span, and the service that sent it."""

    service: str
    span: Span

    @property
    def trace(self) -> str:
        return self.span.trace_id.hex()

    @property
    def links(self) -> set[str]:
        """The traces that it names besides its own."""
        return {link.trace_id.hex() for link in self.span.links}


@dataclass
class Collector:
    url: str
    sent: list[Sent] = field(default_factory=list[Sent])

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.sent.extend(Sent(named["service.name"], span) for span in scope.spans)

    def within(self, trace: str) -> Sequence[tuple[str, str]]:
        """Service and name of each span of a trace."""
        return [(each.service, each.span.name) for each in self.sent if each.trace == trace]

    def linking(self, trace: str) -> Sequence[tuple[str, str]]:
        """Service and name of each span that names this trace besides its own."""
        return [(each.service, each.span.name) for each in self.sent if trace in each.links]


@contextmanager
def collector() -> Generator[Collector]:
    """One that listens on a free port."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            kept.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    kept = Collector(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()
