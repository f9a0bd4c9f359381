"""What one part alone can do, with nothing of ours around it: the database, decoding, the broker."""

from collections.abc import Sequence
from typing import Any

from pymongo import InsertOne, ReplaceOne

from coaching_events.envelope import read
from eventlog.consumers.consumer import Record
from tests.benchmarks.commands import Work
from tests.benchmarks.databases import databases
from tests.benchmarks.findings import Ceiling, Sample
from tests.benchmarks.known_promise import EACH, NOW, ROWS
from tests.benchmarks.measure import Effort, Maker, Servers, sample
from tests.benchmarks.topics import filled, fresh_group, records_of, started_consumer

BATCH = 1000


async def ceilings(servers: Servers, effort: Effort) -> list[Ceiling]:
    """Rows as projections write them, and events as they come."""
    events = effort.events
    topic = await filled(servers.kafka_url, events)
    records = await records_of(servers.kafka_url, topic, events)
    async with databases(servers.mongo_url) as made:
        rows: Any = made.collection(made.fresh(), "rows")

        async def inserted() -> Work:
            await rows.drop()
            return _written(rows, [InsertOne(_row(number, 1)) for number in range(events // EACH)])

        async def replaced() -> Work:
            return _written(
                rows, [ReplaceOne({"_id": f"commitment_{n}", "at": 1}, _row(n, 1)) for n in range(events // EACH)]
            )

        async def decoded() -> Work:
            return _decoded(records)

        async def fetched() -> Work:
            return _fetched(await started_consumer(servers.kafka_url, topic, fresh_group()), events)

        parts: dict[str, Maker] = {
            f"bare bulks of {BATCH:,} inserts": inserted,
            f"bare bulks of {BATCH:,} guarded replacements": replaced,
            "events decoded, envelope and data": decoded,
            "events fetched from the broker": fetched,
        }
        return [Ceiling(what, await _rounds(maker, effort.rounds)) for what, maker in parts.items()]


async def _rounds(maker: Maker, rounds: int) -> Sequence[Sample]:
    """After one that warms up."""
    return [await sample(await maker()) for _ in range(rounds + 1)][1:]


def _row(number: int, version: int) -> dict[str, Any]:
    """As large as the row of a promise."""
    people = dict.fromkeys(("owner", "partner"), f"person_{number:032x}")
    value = {"partnership": f"partnership_{number:032x}", **people, "due": NOW.isoformat(), "asked": False}
    return {"_id": f"commitment_{number}", "at": version, "value": value, "waiting": 0}


def _written(rows: Any, writes: Sequence[Any]) -> Work:
    async def run() -> int:
        for first in range(0, len(writes), BATCH):
            await rows.bulk_write(writes[first : first + BATCH], ordered=False)
        return len(writes)

    return run


def _decoded(records: Sequence[Record]) -> Work:
    async def run() -> int:
        for record in records:
            ROWS.events[read(record.headers).type].model_validate_json(record.value or b"")
        return len(records)

    return run


def _fetched(consumer: Any, events: int) -> Work:
    async def run() -> int:
        done = 0
        while done < events:
            taken = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
            done += sum(map(len, taken.values()))
        await consumer.stop()
        return done

    return run
