"""A command through the store and the relay, its acknowledgement recorded, beside bare calls and a bare send."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiokafka import AIOKafkaProducer

from coaching_events.envelope import Envelope, headers
from coaching_events.event import Event
from coaching_events.ids import StreamId
from eventlog.outbox import KafkaPublisher, OutboxRelay, Topic, ensure_topics, kafka_broker
from eventlog.stores.mongo import Driver
from tests.benchmarks.bare_commands import KEPT, MADE, ReadyMade
from tests.benchmarks.commands import AT_ONCE, DRIVERS, Work, indexed, indexed_documents, keep, log_over, make, together
from tests.benchmarks.databases import databases
from tests.benchmarks.findings import Compared
from tests.benchmarks.known_promise import NOW
from tests.benchmarks.measure import Effort, Run, Servers, compare
from tests.benchmarks.topics import PARTITIONS, fresh_topic


async def publishing(servers: Servers, effort: Effort) -> list[Compared]:
    """With each driver."""
    return [await _publishing(servers, effort, driver) for driver in DRIVERS]


async def _publishing(servers: Servers, effort: Effort, driver: Driver) -> Compared:
    """Ours is done when the broker has everything and the database knows that; the twin records nothing of it."""
    topic = fresh_topic()
    await ensure_topics(servers.kafka_url, [Topic(topic, PARTITIONS)])
    broker = kafka_broker(servers.kafka_url, "bench")
    producer: Any = AIOKafkaProducer(bootstrap_servers=servers.kafka_url, acks="all")
    await broker.start()
    await producer.start()
    try:
        async with databases(servers.mongo_url, driver) as made:
            store = await indexed(made, topic)
            relay = OutboxRelay("bench", topic, store, KafkaPublisher(broker))
            log = log_over(store, relay)
            bare = _Bare(ReadyMade.both(), await indexed_documents(made), producer, topic)

            async def ours() -> Run:
                begin, go_on = _all_of(lambda number: make(log, number), partial(keep, log), effort.commands)

                async def run() -> int:
                    done = await begin() + await go_on()
                    await relay.drain()
                    return done

                return run

            async def twin() -> Run:
                begin, go_on = _all_of(lambda _: bare.make(), lambda stream, _: bare.keep(stream), effort.commands)

                async def run() -> int:
                    return await begin() + await go_on()

                return run

            what = f"command through store and relay, acknowledgement recorded, {AT_ONCE} at once, {driver}"
            return await compare(what, "two bare calls and a bare send", ours, twin, effort.rounds, 0.85)
    finally:
        await producer.stop()
        await broker.stop()


def _all_of(
    begin: Callable[[int], Awaitable[StreamId]], go_on: Callable[[StreamId, int], Awaitable[None]], times: int
) -> tuple[Work, Work]:
    """First all streams begin, then all go on: nobody makes a promise and keeps it within the same milliseconds."""
    streams: dict[int, StreamId] = {}

    async def first(number: int) -> None:
        streams[number] = await begin(number)

    async def second(number: int) -> None:
        await go_on(streams[number], number)

    return together(first, times), together(second, times)


@dataclass(frozen=True, slots=True)
class _Bare:
    ready: ReadyMade
    documents: Any
    producer: Any
    topic: str

    async def make(self) -> StreamId:
        stream = await self.ready.make(self.documents)
        await self._send(stream, 1, MADE)
        return stream

    async def keep(self, stream: StreamId) -> None:
        await self.ready.keep(self.documents, stream)
        await self._send(stream, 2, KEPT)

    async def _send(self, stream: StreamId, version: int, event: Event) -> None:
        key = self.ready.key
        envelope = Envelope(stream=stream, version=version, type=event.type, source="/bench", at=NOW, key=key)
        await self.producer.send_and_wait(
            self.topic,
            event.model_dump_json(exclude_none=True).encode(),
            key=key.encode(),
            headers=[(name, text.encode()) for name, text in headers(envelope).items()],
        )
