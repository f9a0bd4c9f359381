"""Traces: every answer and every event names one, and whoever goes on with an event goes on with its trace."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence

import pytest
import structlog.testing
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, format_trace_id, get_current_span

from coaching_events.envelope import Recorded, headers, read
from coaching_events.event import Event
from coaching_events.ids import StreamId
from eventlog.commands import EventLog
from eventlog.consumers import Reaction, Reactions
from eventlog.outbox import BrokerUnavailable
from eventlog.outbox import relay as relay_module
from eventlog.stores.memory import MemoryPublisher, MemoryRecord, MemoryStore
from eventlog.timers import Deadlines
from eventlog.tracing import MOST_LINKS, NEW_TRACE, context_of, current, links_to, record_with, span, trace_id
from service_kit.observability.spans import provider_of
from service_kit.observability.tracing import Tracing
from service_kit.server.limits import RequestSlots
from tests.contracts.notified import Standing
from tests.contracts.store_samples import NOON, TOY
from tests.contracts.toy_http_service import FIG, ToyHttpService, planted
from tests.contracts.toys import TOPIC, TOYS, ToyMoved, command, move, no_rows, record, toy_log

TRACE = "0af7651916cd43dd8448eb211c80319c"
SENT = f"00-{TRACE}-b7ad6b7169203331-01"

Finished = Callable[[], Sequence[ReadableSpan]]


@pytest.fixture
def finished() -> Generator[Finished]:
    """Spans are recorded; what it answers are those that are over."""
    exporter = InMemorySpanExporter()
    provider = provider_of("toy", "1", exporter)
    record_with(provider.get_tracer("tests"))

    def flushed() -> Sequence[ReadableSpan]:
        provider.force_flush()
        return exporter.get_finished_spans()

    yield flushed
    record_with(None)
    provider.shutdown()


def of(spans: Sequence[ReadableSpan], name: str) -> ReadableSpan:
    """The one span with this name."""
    (found,) = [span for span in spans if span.name == name]
    return found


def trace_of(span: ReadableSpan) -> str:
    assert span.context is not None
    return format_trace_id(span.context.trace_id)


def trace_in(traceparent: str | None) -> str:
    """The id of the trace that a ``traceparent`` names; zeros if it is malformed."""
    return format_trace_id(get_current_span(context_of(traceparent)).get_span_context().trace_id)


def is_child(span: ReadableSpan, parent: ReadableSpan) -> bool:
    return span.parent is not None and parent.context is not None and span.parent.span_id == parent.context.span_id


@pytest.mark.parametrize(
    ("method", "path", "without", "status"),
    [
        ("GET", "/plants", "", 200),
        ("GET", "/nowhere", "", 404),
        ("DELETE", "/plants", "", 405),
        ("GET", "/plants", "Authorization", 401),
        ("GET", "/plants/plant_1", "", 404),
        ("GET", "/broken", "", 500),
        ("GET", "/plants/%00", "", 400),
        ("POST", "/plants", "", 422),
        ("GET", "/health/live", "", 200),
        ("GET", "/health/else", "", 404),
        ("GET", "/metrics", "", 200),
        ("GET", "/docs", "", 200),
    ],
)
async def test_every_answer_names_its_trace_and_every_problem_does(method: str, path: str, without: str, status: int):
    async with ToyHttpService().client() as anna:
        if without:
            del anna.headers[without]
        answer = await anna.request(method, path, headers={"traceparent": SENT}, json={} if method == "POST" else None)
    assert answer.status_code == status
    assert answer.headers["trace-id"] == TRACE
    assert trace_in(answer.headers["traceresponse"]) == TRACE
    if answer.headers["content-type"] == "application/problem+json":
        assert answer.json()["trace_id"] == TRACE


async def test_an_answer_to_one_too_many_names_its_trace():
    async with ToyHttpService(slots=RequestSlots(most=0)).client() as anna:
        answer = await anna.get("/plants", headers={"traceparent": SENT})
    assert (answer.status_code, answer.headers["trace-id"], answer.json()["trace_id"]) == (503, TRACE, TRACE)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "00",
        TRACE,
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff{SENT[2:]}",
        SENT.upper(),
        f"{SENT}-more",
        f"00-{TRACE}-b7ad6b7169203331-0x",
    ],
)
async def test_a_malformed_trace_is_left_and_a_new_one_begun(sent: str):
    async with ToyHttpService().client() as anna:
        answers = [await anna.get("/plants", headers={"traceparent": sent}) for _ in range(2)]
    one, other = (answer.headers["trace-id"] for answer in answers)
    assert TRACE not in (one, other)
    assert one != other


async def test_two_traces_are_as_good_as_none_and_a_later_version_is_understood():
    async with ToyHttpService().client() as anna:
        both = await anna.get("/plants", headers=[("traceparent", SENT), ("traceparent", SENT)])
        later = await anna.get("/plants", headers={"traceparent": f"01{SENT[2:]}-more"})
    assert both.headers["trace-id"] != TRACE
    assert later.headers["trace-id"] == TRACE


async def test_an_event_keeps_the_trace_in_which_it_was_first_decided_when_the_command_comes_again():
    toy = ToyHttpService()
    async with toy.client() as anna:
        key = {"Idempotency-Key": "k"}
        first = await anna.post("/plants", json=dict(FIG), headers=key | {"traceparent": SENT})
        again = await anna.post("/plants", json=dict(FIG), headers=key)
    assert again.json() == first.json()
    assert again.headers["trace-id"] != TRACE
    (entry,) = await toy.store.history(first.json()["id"])
    assert entry.traceparent == SENT


async def test_a_request_without_a_trace_gets_one_that_its_event_has_too():
    toy = ToyHttpService()
    async with toy.client() as anna:
        answer = await planted(anna)
    (entry,) = await toy.store.history(answer.json()["id"])
    assert trace_in(entry.traceparent) == answer.headers["trace-id"]


class Away(MemoryPublisher):
    """A broker that is away, until it is not."""

    away = True

    async def send(self, topic: str, key: str, value: bytes, record_headers: dict[str, str]) -> None:
        if self.away:
            raise BrokerUnavailable("away")
        await super().send(topic, key, value, record_headers)


async def test_an_event_that_a_sweeper_publishes_later_has_its_first_trace(monkeypatch: pytest.MonkeyPatch):
    store, publisher = MemoryStore(), Away()
    log = toy_log(store, publisher)
    with span("request", parent=context_of(SENT)):
        await log.decide(TOYS, TOY, command("move"), move(1, 2))
    await log.relay.drain()
    publisher.away = False
    monkeypatch.setattr(relay_module, "PATIENCE", -1.0)
    assert await toy_log(store, publisher).relay.sweep() == 1
    assert [read(sent.headers).traceparent for sent in publisher.topics[TOPIC]] == [SENT, SENT]


async def test_an_event_of_before_goes_out_without_a_trace():
    envelope = read(record(TOY, 1).headers)
    assert envelope.traceparent is None
    assert "ce_traceparent" not in headers(envelope)


def arriving(stream: StreamId, trace: bytes | None) -> MemoryRecord:
    return record(stream, 1, changed={} if trace is None else {"ce_traceparent": trace})


async def take_it(cause: Recorded[Event], log: EventLog) -> None:
    await log.start(TOYS, StreamId(f"toy_of_{cause.stream}"), cause, "take_it", move(7))


TAKE_IT = Reaction("take_it", (ToyMoved,), take_it)


async def test_what_a_reaction_decides_belongs_to_the_trace_of_its_event():
    log = toy_log(MemoryStore())
    streams = [StreamId(f"toy_{number}") for number in range(3)]
    other = SENT.replace("0af7", "1af7")
    arrived = zip(streams, (SENT.encode(), other.encode(), b"nonsense"), strict=True)
    with span("batch", parent=NEW_TRACE):
        await Reactions(log, [TAKE_IT], no_rows(log.store)).take([arriving(stream, trace) for stream, trace in arrived])
    decided = [(await log.store.history(StreamId(f"toy_of_{stream}")))[0].traceparent for stream in streams]
    assert decided[:2] == [SENT, other]
    assert trace_in(decided[2]) not in (TRACE, "0" * 32)


async def test_each_deadline_begins_a_trace_of_its_own():
    log = toy_log(MemoryStore())
    streams = [StreamId(f"toy_{number}") for number in range(2)]
    for stream in streams:
        with span("request", parent=context_of(SENT)):
            await log.decide(TOYS, stream, command("move"), move(1, rings_at=NOON))
    assert await Deadlines(log, Standing(NOON)).sweep() == 2
    rang = [trace_in((await log.store.history(stream))[-1].traceparent) for stream in streams]
    assert len({TRACE, *rang}) == 3


async def test_a_request_is_one_trace_of_spans_from_the_door_to_the_broker(finished: Finished):
    toy = ToyHttpService()
    async with toy.client() as anna:
        plant = (await planted(anna)).json()["id"]
        wet = await anna.post(f"/plants/{plant}/water?secret=1", headers={"traceparent": SENT})
    assert wet.status_code == 422  # an unknown parameter
    async with toy.client() as anna:
        await anna.post(f"/plants/{plant}/water", headers={"traceparent": SENT})
        await anna.get("/broken")
        await anna.get("/health/live")
    await toy.app.state.app_context.service_context.log.relay.drain()
    spans = finished()
    refused, server = (span for span in spans if span.name == "POST /plants/{plant}/water")
    inside = [span for span in spans if span is not server and trace_of(span) == TRACE and span is not refused]
    decide, send = of(inside, "decide plant"), of(inside, "send coaching.toy.v1")
    assert (server.kind, decide.kind, send.kind) == (SpanKind.SERVER, SpanKind.INTERNAL, SpanKind.PRODUCER)
    assert is_child(decide, server)
    assert is_child(send, decide)
    assert server.attributes is not None
    assert server.attributes["http.response.status_code"] == 200
    assert "secret" not in "".join(span.to_json() for span in spans)
    assert of(spans, "GET /broken").status.status_code == StatusCode.ERROR
    assert "a word of somebody" not in "".join(span.to_json() for span in spans)
    assert not [span for span in spans if "health" in span.to_json()]


async def test_what_the_sender_does_not_sample_is_handed_on_and_not_recorded(finished: Finished):
    toy = ToyHttpService()
    async with toy.client() as anna:
        answer = await anna.post("/plants", json=dict(FIG), headers={"traceparent": f"{SENT[:-2]}00"})
    (entry,) = await toy.store.history(answer.json()["id"])
    assert (trace_in(entry.traceparent), (entry.traceparent or "")[-2:]) == (TRACE, "00")
    assert finished() == ()


async def test_a_reaction_is_a_span_in_the_trace_of_its_event_and_fails_visibly(finished: Finished):
    async def fail(cause: Recorded[Event], log: EventLog) -> None:
        raise RuntimeError("a word of somebody")

    log = toy_log(MemoryStore())
    reactions = Reactions(log, [TAKE_IT, Reaction("fail", (ToyMoved,), fail)], no_rows(log.store))
    await reactions.take([arriving(TOY, SENT.encode())])
    spans = finished()
    reacting = of(spans, "react take_it")
    assert trace_of(reacting) == TRACE
    assert is_child(of(spans, "decide toy"), reacting)
    failed = next(span for span in spans if span.name == "react fail")
    assert (failed.status.status_code, failed.status.description) == (StatusCode.ERROR, None)
    assert failed.attributes is not None
    assert failed.attributes["error.type"] == "RuntimeError"
    assert not failed.events


def test_a_batch_links_to_the_traces_of_its_events_up_to_a_bound():
    headers_of = [[("ce_traceparent", f"00-{number:032x}-{number:016x}-01".encode())] for number in range(1, 1000)]
    assert len(links_to(headers_of)) == MOST_LINKS
    links = links_to([*headers_of[:2], *headers_of[:2], [("ce_traceparent", b"\xff")], []])
    assert [(link.context.trace_id, link.context.span_id) for link in links] == [(1, 1), (2, 2)]


async def test_outside_of_any_step_there_is_no_trace_and_after_one_there_is_none_again():
    assert current() is None
    with span("step"):
        around = trace_id()
        assert around is not None
        with span("step within"):
            assert trace_id() == around
    assert (current(), trace_id()) == (None, None)


class Down(SpanExporter):
    """An endpoint that takes nothing, until it is up."""

    up = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.SUCCESS if self.up else SpanExportResult.FAILURE


async def test_an_endpoint_that_is_away_is_told_once_and_once_when_it_is_back():
    exporter = Down()
    provider = provider_of("toy", "1", exporter)
    tracer = provider.get_tracer("tests")
    with structlog.testing.capture_logs() as logs:
        for exporter.up in (False, False, False, True, True):
            tracer.start_span("step").end()
            provider.force_flush()
    provider.shutdown()
    assert [line["log_level"] for line in logs] == ["warning", "info"]


async def test_a_process_does_not_wait_for_ever_for_an_endpoint(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("service_kit.observability.tracing.FLUSH", 0.01)
    answers = asyncio.Event()
    loop = asyncio.get_running_loop()
    held = asyncio.Event()

    def never_answers() -> None:
        asyncio.run_coroutine_threadsafe(answers.wait(), loop).result()
        loop.call_soon_threadsafe(held.set)

    await Tracing(never_answers).end()
    assert not held.is_set()
    answers.set()
    await held.wait()


def test_a_process_without_an_endpoint_does_not_import_the_sdk():
    modules = "goals.app, service_kit.process.run, service_kit.http.application"
    look = f"import sys, {modules}; print('opentelemetry.sdk' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
