"""One process that projects a topic, by our loop or its twin: what projectors.py starts.

It says ``assigned 3`` when the group has given it partitions, begins when it is told ``go``, says ``did 1000`` after
each batch, and at ``end`` commits, says ``took 1.25`` (seconds of its CPU since ``go``), and ends. So it does when its
input ends: it never outlives its starter.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from time import process_time
from typing import Any

import uvloop
from pydantic import BaseModel

from eventlog.consumers import KafkaConsumer, Projections, run_partition_workers
from eventlog.consumers.consumer import Record
from eventlog.outbox import kafka_broker
from eventlog.stores.mongo import MongoClient, MongoStore
from tests.benchmarks.bare_projecting import one_loop
from tests.benchmarks.known_promise import ROWS
from tests.benchmarks.measure import as_in_a_service
from tests.benchmarks.topics import started_consumer

LOOK = 0.02
"""Seconds between two looks at what the group has assigned."""


class Task(BaseModel):
    """What it is to do. ``rows`` is the number of the rows, ``slot`` its lasting name in the group."""

    kafka_url: str
    mongo_url: str
    topic: str
    group: str
    database: str
    rows: int
    bare: bool
    batch: int
    slot: str = "0"


async def main(task: Task) -> None:
    """Project until told to end."""
    client = MongoClient(task.mongo_url)
    orders = await _orders()
    await (_bare if task.bare else _ours)(task, client, orders)


async def _ours(task: Task, client: MongoClient, orders: asyncio.StreamReader) -> None:
    projections = Projections("bench", MongoStore(client, task.database, projection_version=task.rows), [ROWS])
    broker = kafka_broker(task.kafka_url, f"bench.{task.slot}")
    consumer = KafkaConsumer(broker, [task.topic], task.group, task.slot)
    await broker.start()
    await _told_to_go(orders, consumer.assigned)

    async def step(records: Sequence[Record]) -> None:
        await projections.take(records)
        _say(f"did {len(records)}")

    await _measured(orders, run_partition_workers(consumer, step, limit=task.batch), consumer.finish)
    await broker.stop()


async def _bare(task: Task, client: MongoClient, orders: asyncio.StreamReader) -> None:
    consumer = await started_consumer(task.kafka_url, task.topic, task.group)
    rows = client.database(task.database)[f"read_models_{task.rows}"]
    await _told_to_go(orders, consumer.assignment)

    async def nothing() -> None:
        """It commits after each batch."""

    await _measured(orders, one_loop(consumer, rows, task.batch, lambda count: _say(f"did {count}")), nothing)
    await consumer.stop()


async def _measured(orders: asyncio.StreamReader, work: Awaitable[None], finish: Callable[[], Awaitable[None]]) -> None:
    began = process_time()
    working = asyncio.ensure_future(work)
    ended = asyncio.create_task(orders.readline())
    await asyncio.wait({working, ended}, return_when=asyncio.FIRST_COMPLETED)
    await finish()
    if not working.cancel():
        await working  # it failed: say so
    _say(f"took {process_time() - began}")


async def _told_to_go(orders: asyncio.StreamReader, assigned: Callable[[], Any]) -> None:
    told, said = asyncio.create_task(orders.readline()), 0
    while not told.done():
        if len(assigned()) != said:
            said = len(assigned())
            _say(f"assigned {said}")
        await asyncio.wait({told}, timeout=LOOK)
    if told.result() != b"go\n":
        raise SystemExit(1)


async def _orders() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    as_in_a_service()
    uvloop.run(main(Task.model_validate_json(sys.argv[1])))
