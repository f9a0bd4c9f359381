"""The twins of projecting: what a good engineer writes by hand over bare aiokafka and the bare driver, same types."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pymongo import InsertOne, ReplaceOne

from coaching_events.envelope import Recorded, read
from coaching_events.ids import StreamId
from tests.benchmarks.known_promise import ROWS, evolve

Done = Callable[[int], None]
"""Hears of so many more events that are in their rows and committed."""

Loop = Callable[[Any, Any, int, Done], Awaitable[None]]
"""Projects from a consumer into a collection, at most so many events at once, until cancelled."""


async def one_loop(consumer: Any, rows: Any, batch: int, done: Done) -> None:
    """All partitions together, one batch after another."""
    while True:
        taken = await consumer.getmany(timeout_ms=1000, max_records=batch)
        records = [record for part in taken.values() for record in part]
        if records:
            await fold(rows, records)
            await consumer.commit()
            done(len(records))


async def a_lane_a_partition(consumer: Any, rows: Any, batch: int, done: Done) -> None:
    """Each partition in a task of its own."""

    async def lane(partition: Any) -> None:
        while True:
            taken = await consumer.getmany(partition, timeout_ms=1000, max_records=batch)
            if records := taken.get(partition):
                await fold(rows, records)
                await consumer.commit({partition: records[-1].offset + 1})
                done(len(records))

    async with asyncio.TaskGroup() as lanes:
        for partition in consumer.assignment():
            lanes.create_task(lane(partition))


async def fold(rows: Any, records: Sequence[Any]) -> None:
    """Decode, find, fold, one unordered bulk with inserts for what is new."""
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
