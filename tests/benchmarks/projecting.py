"""Consume and project, beside what is written by hand: one loop, a lane a partition, and FastStream as it comes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from eventlog.consumers import KafkaConsumer, Projections, run_partition_workers
from eventlog.consumers.consumer import Record
from eventlog.outbox import kafka_broker
from eventlog.stores.mongo import MongoStore
from tests.benchmarks.bare_projecting import Loop, a_lane_a_partition, one_loop
from tests.benchmarks.databases import Databases, databases
from tests.benchmarks.findings import Compared
from tests.benchmarks.known_promise import ROWS
from tests.benchmarks.measure import Effort, Run, Servers, compare
from tests.benchmarks.stock import stock_subscriber
from tests.benchmarks.topics import filled, fresh_group, started_consumer

BATCHES = (1000, 4000)


async def projecting(servers: Servers, effort: Effort) -> list[Compared]:
    """Our loop beside each twin's, on the same records, each time with a group and rows that nobody has used."""
    found: list[Compared] = []
    for batch in BATCHES:
        found.append(await _beside_a_loop(servers, effort, batch, one_loop, "bare loop", 1.00, 1.15))
    found.append(await _beside_a_loop(servers, effort, 1000, a_lane_a_partition, "bare lanes", 0.90))
    found.append(await _beside_stock(servers, effort))
    return found


async def _beside_a_loop(
    servers: Servers, effort: Effort, batch: int, loop: Loop, beside: str, least: float, most_cpu: float | None = None
) -> Compared:
    topic = await filled(servers.kafka_url, effort.events)
    async with databases(servers.mongo_url) as made, Closing() as closing:
        projected = _Projected(servers.kafka_url, made, topic, effort.events, closing)
        what = f"consume and project {effort.events:,} events, batches of {batch:,}"
        return await compare(
            what,
            beside,
            lambda: projected.ours(batch),
            lambda: projected.bare(batch, loop),
            effort.rounds,
            least,
            most_cpu=most_cpu,
        )


async def _beside_stock(servers: Servers, effort: Effort) -> Compared:
    events = effort.one_by_one
    topic = await filled(servers.kafka_url, events)
    async with databases(servers.mongo_url) as made, Closing() as closing:
        projected = _Projected(servers.kafka_url, made, topic, events, closing)
        what = f"consume and project {events:,} events, batches of 1,000"
        return await compare(what, "stock FastStream", lambda: projected.ours(1000), projected.stock, effort.rounds)


@dataclass
class Closing:
    """Leaving a group is no part of following it: it is waited for at the end of a ``with`` block."""

    _tasks: set["asyncio.Task[Any]"] = field(default_factory=set["asyncio.Task[Any]"], init=False)

    def later(self, closing: Any) -> None:
        """Begin to close, and go on."""
        task = asyncio.ensure_future(closing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def __aenter__(self) -> "Closing":
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Projected:
    """A topic, projected once in each run."""

    kafka_url: str
    databases: Databases
    topic: str
    events: int
    closing: Closing

    async def ours(self, batch: int) -> Run:
        store = MongoStore(self.databases.client, self.databases.fresh())
        broker = kafka_broker(self.kafka_url, "bench")
        consumer = KafkaConsumer(broker, [self.topic], fresh_group(), None)
        await broker.start()
        projections = Projections("bench", store, [ROWS])

        async def run() -> int:
            all_done, done = self._counter()

            async def step(records: Sequence[Record]) -> None:
                await projections.take(records)
                done(len(records))

            following = asyncio.create_task(run_partition_workers(consumer, step, limit=batch))
            await all_done.wait()
            await consumer.finish()
            following.cancel()
            self.closing.later(broker.stop())
            return self.events

        return run

    async def bare(self, batch: int, loop: Loop) -> Run:
        consumer = await started_consumer(self.kafka_url, self.topic, fresh_group())
        rows = self.databases.collection(self.databases.fresh(), "rows")

        async def run() -> int:
            all_done, done = self._counter()
            looping = asyncio.ensure_future(loop(consumer, rows, batch, done))
            await all_done.wait()
            looping.cancel()
            self.closing.later(consumer.stop())
            return self.events

        return run

    async def stock(self) -> Run:
        rows = self.databases.collection(self.databases.fresh(), "rows")
        broker, run_of = await stock_subscriber(self.kafka_url, self.topic, fresh_group(), rows, self.events)

        async def run() -> int:
            await run_of()
            self.closing.later(broker.stop())
            return self.events

        return run

    def _counter(self) -> tuple[asyncio.Event, Callable[[int], None]]:
        all_done, left = asyncio.Event(), self.events

        def done(count: int) -> None:
            nonlocal left
            left -= count
            if left <= 0:
                all_done.set()

        return all_done, done
