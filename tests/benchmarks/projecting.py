"""Consume and project, beside a bare aiokafka loop with the same types, one find and one unordered bulk."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import InsertOne, ReplaceOne

from coaching_events.envelope import Recorded, headers, read
from coaching_events.ids import StreamId
from eventlog.kafka_in import KafkaInlet, Record
from eventlog.kafka_out import Topic, ensure_topics, kafka_broker
from eventlog.lanes import follow
from eventlog.mongo import MongoClient, MongoStore
from eventlog.positions import fresh_id
from eventlog.projection import Projections
from tests.benchmarks.findings import Compared
from tests.benchmarks.known_promise import EACH, ROWS, evolve, history
from tests.benchmarks.measure import Effort, Run, compare

PARTITIONS = 3


async def fill(kafka_url: str, topic: str, events: int) -> None:
    """Put so many events on a new topic, streams mixed as they are in life."""
    await ensure_topics(kafka_url, [Topic(topic, PARTITIONS)])
    producer: Any = AIOKafkaProducer(bootstrap_servers=kafka_url, linger_ms=5, max_batch_size=256 * 1024)
    await producer.start()
    try:
        for first in range(0, events // EACH, 500):
            together = [history(number) for number in range(first, min(first + 500, events // EACH))]
            for version in range(EACH):
                for events_of_one in together:
                    envelope, event = events_of_one[version]
                    await producer.send(
                        topic, event.model_dump_json(exclude_none=True).encode(), key=envelope.key.encode(),
                        headers=[(name, text.encode()) for name, text in headers(envelope).items()],
                    )  # fmt: skip
        await producer.flush()
    finally:
        await producer.stop()


async def projecting(kafka_url: str, mongo_url: str, effort: Effort, *, batch: int) -> Compared:
    """Our loop beside the twin's, on the same records, each time with a new group and new rows."""
    topic, events = f"bench.{fresh_id()[:8]}", effort.events
    await fill(kafka_url, topic, events)
    client = MongoClient(mongo_url)
    used: list[str] = []

    def new_database() -> str:
        used.append(f"bench_{fresh_id()[:12]}")
        return used[-1]

    async def ours() -> Run:
        store = MongoStore(client, new_database())
        broker = kafka_broker(kafka_url, "bench")
        inlet = KafkaInlet(broker, [topic], f"bench.{fresh_id()}", None)
        await broker.start()
        projections = Projections("bench", store, [ROWS])

        async def run() -> int:
            left, all_done = events, asyncio.Event()

            async def step(records: Sequence[Record]) -> None:
                nonlocal left
                await projections.take(records)
                left -= len(records)
                if left <= 0:
                    all_done.set()

            following = asyncio.create_task(follow(inlet, step, limit=batch))
            await all_done.wait()
            await inlet.finish()
            following.cancel()
            # Leaving the group is no part of following it.
            _later(broker.stop())
            return events - left

        return run

    async def twin() -> Run:
        consumer: Any = AIOKafkaConsumer(
            topic, bootstrap_servers=kafka_url, group_id=f"bench.{fresh_id()}", enable_auto_commit=False,
            auto_offset_reset="earliest",
        )  # fmt: skip
        await consumer.start()
        rows: Any = client.database(new_database())["rows"]

        async def run() -> int:
            done = 0
            while done < events:
                taken = await consumer.getmany(timeout_ms=1000, max_records=batch)
                records = [record for part in taken.values() for record in part]
                if records:
                    await _bare(rows, records)
                    await consumer.commit()
                    done += len(records)
            _later(consumer.stop())
            return done

        return run

    what = f"consume and project {events:,} events, batches of {batch:,}"
    compared = await compare(what, "bare loop", ours, twin, effort.rounds, 0.80)
    await settled()
    for left_over in used:
        await client.drop(left_over)
    await client.close()
    return compared


async def _bare(rows: Any, records: list[Any]) -> None:
    """What a good engineer writes by hand: decode, find, fold, one unordered bulk."""
    decoded: dict[StreamId, list[Recorded[Any]]] = {}
    for record in records:
        envelope = read(record.headers)
        event = ROWS.events[envelope.type].model_validate_json(record.value)
        decoded.setdefault(envelope.stream, []).append(
            Recorded(stream=envelope.stream, version=envelope.version, at=envelope.at, event=event)
        )
    # With room for one more than it asks for, the answer comes whole; by default the server sends 101 and waits.
    cursor = rows.find({"_id": {"$in": list(decoded)}}, batch_size=len(decoded) + 1)
    found = {raw["_id"]: raw for raw in await cursor.to_list(None)}
    writes: list[Any] = []
    for stream, events in decoded.items():
        row = found.get(stream)
        value = None if row is None else ROWS.values.validate_python(row["value"])
        for recorded in events:
            value = evolve(value, recorded)
        dumped = None if value is None else ROWS.values.dump_python(value, mode="json")
        document = {"_id": stream, "at": events[-1].version, "value": dumped}
        writes.append(InsertOne(document) if row is None else ReplaceOne({"_id": stream}, document))
    await rows.bulk_write(writes, ordered=False)


_closing: set[asyncio.Task[Any]] = set()


def _later(closing: Any) -> None:
    task = asyncio.ensure_future(closing)
    _closing.add(task)
    task.add_done_callback(_closing.discard)


async def settled() -> None:
    """Wait for what was left to close."""
    await asyncio.gather(*_closing, return_exceptions=True)
