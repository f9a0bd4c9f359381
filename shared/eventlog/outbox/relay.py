"""Publish what was written: in order for each stream, at least once, without a coordinator.

A sender of event n of a stream has sent, or read as acknowledged, all events before it. So the first occurrence of
each event is in order on its partition, whatever crashes, races or is retried.

Within a process the publications of one stream come one after another. The process remembers for a while what the
broker has, and does not send that again.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakValueDictionary

import structlog
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from coaching_events.envelope import Envelope, headers, source_of
from coaching_events.ids import StreamId
from eventlog.clock import wall_in
from eventlog.outbox.high_water_marks import HighWaterMarks
from eventlog.stores.documents import Document, Entry, StoreUnavailable, Write
from eventlog.stores.protocols import EventStore, Outbox
from eventlog.tracing import Attributes, context_of, span

log = structlog.stdlib.get_logger(__name__)

GATHER = 0.004
"""Seconds for which acknowledgements are gathered before one command records them."""
PATIENCE = 3.0
"""Seconds after which a sweeper publishes what the writer has not published."""
AT_ONCE = 50
"""Documents that a sweep publishes at the same time: so many histories are in memory at most."""
PENDING = 5_000
"""Publications that may wait in this process. More are left to the sweeper, so that memory stays bounded."""

PUBLISHED = Counter("tandem_events_published_total", "Events acknowledged by the broker")
FAILED = Counter("tandem_publish_failures_total", "Publications that failed and will be tried again")


class BrokerUnavailable(Exception):
    """The broker did not acknowledge. Nothing is lost: the events stay unpublished and are sent again."""


class Publisher(Protocol):
    """Sends one record and returns when the broker has acknowledged it; raises BrokerUnavailable."""

    async def send(self, topic: str, key: str, value: bytes, record_headers: dict[str, str]) -> None:
        """Send one record."""
        ...


class RelayStore(EventStore, Outbox, Protocol):
    """Where histories and their outbox lie."""


@dataclass
class OutboxRelay:
    """The publishing side of one process."""

    service: str
    topic: str
    store: RelayStore
    publisher: Publisher
    installation: str = "tandem"
    _pending: set[asyncio.Task[int]] = field(default_factory=set[asyncio.Task[int]], init=False)
    _acknowledged: dict[StreamId, int] = field(default_factory=dict[StreamId, int], init=False)
    _recording: asyncio.Task[None] | None = field(default=None, init=False)
    _there: HighWaterMarks = field(default_factory=HighWaterMarks, init=False)
    _turns: WeakValueDictionary[StreamId, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[StreamId, asyncio.Lock], init=False
    )

    def submit(self, write: Write) -> None:
        """Publish what was just written, in the background."""
        if len(self._pending) < PENDING:
            self._spawn(self._publish(write.stream, write.key, write.published, write.version, write.entries))

    def submit_stored(self, document: Document) -> None:
        """Publish what a document holds and the broker lacks, in the background."""
        if len(self._pending) < PENDING and document.published < document.version:
            self._spawn(self._publish(document.stream, document.key, document.published, document.version, ()))

    async def publish_all(self, documents: Sequence[Document], at_once: int) -> Sequence[int]:
        """Publish what documents hold and the broker lacks, so many at the same time.

        How many events of each; 0 if not all could be published now.
        """
        side_by_side = asyncio.Semaphore(at_once)

        async def publish(document: Document) -> int:
            async with side_by_side:
                return await self._publish(document.stream, document.key, document.published, document.version, ())

        return await asyncio.gather(*map(publish, documents))

    async def sweep(self, limit: int = 500) -> int:
        """Publish what its writers have not; how many documents were taken."""
        late = await self.store.unpublished(wall_in(-PATIENCE), wall_in(PATIENCE), limit)
        await self.publish_all(late, AT_ONCE)
        return len(late)

    async def resend(self, stream: StreamId) -> int:
        """Publish the whole history of a stream again, whatever the broker has; how many events.

        0: there is no such stream. Consumers detect duplicates by their positions. Raises BrokerUnavailable or
        StoreUnavailable.
        """
        for document in await self.store.states([stream]):
            entries = await self.store.history(stream)
            await self._send(stream, document.key, entries)
            self._acknowledge(stream, entries[-1].version)
            return len(entries)
        return 0

    async def run(self) -> None:
        """Sweep for ever, with pauses."""
        while True:
            try:
                taken = await self.sweep()
            except StoreUnavailable as away:
                log.warning("database away, sweeping later", error=str(away))
                taken = 0
            await asyncio.sleep(0 if taken else PATIENCE / 2)

    async def drain(self) -> None:
        """Wait until everything submitted here is published or given up, and acknowledged in the database."""
        while self._pending or self._recording is not None:
            await asyncio.gather(*self._pending, return_exceptions=True)
            if self._recording is not None:
                await asyncio.gather(self._recording, return_exceptions=True)

    async def _publish(self, stream: StreamId, key: str, published: int, version: int, entries: Sequence[Entry]) -> int:
        """Send all events after ``published``, each after the acknowledgement of the one before it.

        ``entries`` follow ``version``. How many events after ``published`` the broker has now; 0: not all of them.
        """
        async with self._turns.setdefault(stream, asyncio.Lock()):
            # Measured: without this memory two commands in a row on one stream send three records.
            there = max(published, self._there.of(stream))
            try:
                if not entries or there < version:
                    entries = await self.store.history(stream, there)
                run = [entry for entry in entries if entry.version > there]
                await self._send(stream, key, run)
            except (BrokerUnavailable, StoreUnavailable) as away:
                FAILED.inc()
                log.warning("not published now, the sweeper will", stream=stream, error=str(away))
                return 0
            now_there = run[-1].version if run else there
            self._acknowledge(stream, now_there)
        return now_there - published

    async def _send(self, stream: StreamId, key: str, entries: Sequence[Entry]) -> None:
        for entry in entries:
            envelope = Envelope(
                stream=stream,
                version=entry.version,
                type=entry.type,
                source=source_of(self.installation, self.service),
                at=entry.at,
                key=key,
                cause=entry.cause,
                traceparent=entry.traceparent,
            )
            # Every sender gives the record the trace in which the event was decided.
            parent, attributes = context_of(entry.traceparent), self._sent(envelope)
            with span(f"send {self.topic}", SpanKind.PRODUCER, parent=parent, attributes=attributes):
                await self.publisher.send(self.topic, key, entry.data.encode(), headers(envelope))
        PUBLISHED.inc(len(entries))

    def _sent(self, envelope: Envelope) -> Attributes:
        return {
            "messaging.system": "kafka",
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": self.topic,
            "messaging.message.id": envelope.position,
        }

    def _acknowledge(self, stream: StreamId, version: int) -> None:
        self._there.note({stream: version})
        self._acknowledged[stream] = max(version, self._acknowledged.get(stream, 0))
        if self._recording is None:
            self._recording = asyncio.create_task(self._record())

    async def _record(self) -> None:
        try:
            while self._acknowledged:
                await asyncio.sleep(GATHER)
                batch, self._acknowledged = self._acknowledged, {}
                try:
                    await self.store.acknowledge(self.topic, batch)
                except StoreUnavailable as away:
                    log.warning("acknowledgements not recorded, the sweeper will send again", error=str(away))
        finally:
            self._recording = None

    def _spawn(self, run: Coroutine[object, None, int]) -> None:
        task = asyncio.create_task(run)
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
