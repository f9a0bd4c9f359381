"""Positions that were given twice are found, and the recipes in the operations guide heal what they have done."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from coaching_events.ids import StreamId
from deploy.local import BackingServices
from deploy.local.kafka import local_kafka
from eventlog import fresh_id
from eventlog.commands import EventLog
from eventlog.outbox import KafkaPublisher, OutboxRelay, kafka_broker
from eventlog.stores.mongo import MongoClient, MongoStore
from tests.contracts.toys import ANNA, TOYS, NoReferenceData, ToyMoved, command, move, record
from tests.delivery.company import Json, eventually
from tests.delivery.toy_process import ToyWorker

TOY, STILL, LOST = StreamId("toy_a"), StreamId("toy_still"), StreamId("toy_lost")
Known = Mapping[str, tuple[int, Sequence[int]]]
"""Stream → how far its row is, and where the toy was."""


@asynccontextmanager
async def writing(toys: ToyWorker) -> AsyncGenerator[tuple[EventLog, KafkaPublisher]]:
    """The writing side of toys as a process of its own would have it: it remembers nothing of what was sent before."""
    client, broker = MongoClient(toys.services.mongo_url), kafka_broker(toys.services.kafka_url, "toys")
    await broker.start()
    publisher = KafkaPublisher(broker)
    store = MongoStore(client, f"{toys.prefix}_toys", topic=toys.topic)
    relay = OutboxRelay("toys", toys.topic, store, publisher)
    try:
        yield EventLog("toys", store, relay, NoReferenceData(), {"toy": TOYS}), publisher
        await relay.drain()
    finally:
        await broker.stop()
        await client.close()


async def moved(toys: ToyWorker, stream: StreamId, *to: int) -> None:
    """Somebody moves a toy to these places."""
    async with writing(toys) as (log, _):
        await log.decide(TOYS, stream, command(fresh_id()), move(*to))


async def forged(toys: ToyWorker, stream: StreamId, version: int, to: int) -> None:
    """Somebody who may write the topic tells of a move that nobody decided."""
    lie = record(stream, version, ToyMoved(by=ANNA, to=to))
    async with writing(toys) as (_, publisher):
        told = {name: text.decode() for name, text in lie.headers}
        await publisher.send(toys.topic, stream, lie.value or b"", told)


@asynccontextmanager
async def database(toys: ToyWorker) -> AsyncGenerator[Any]:
    async with AsyncMongoClient[Json](toys.services.mongo_url, tz_aware=True) as client:
        yield client[f"{toys.prefix}_toys"]


async def become(toys: ToyWorker, expected: Known, number: int = 1) -> None:
    """Wait until the rows of a number say exactly this."""

    async def said() -> bool:
        async with database(toys) as of_toys:
            rows = await of_toys[f"read_models_{number}"].find().to_list()
        return {row["_id"]: (row["at"], row["value"]["path"]) for row in rows if not row["gaps"]} == expected

    await eventually(f"read_models_{number} say {expected}", said)


async def letters(toys: ToyWorker, number: int = 1) -> Sequence[Json]:
    """The dead letters of the rows of a number, by position."""
    handler = "toys.projections" if number == 1 else f"toys.projections.{number}"
    async with database(toys) as of_toys:
        return await of_toys["dead_letters"].find({"handler": handler}).sort("version").to_list()


async def test_a_forged_record_and_the_true_event_after_it(toys: ToyWorker):
    await toys.start()
    await toys.becomes("ready")
    await moved(toys, TOY, 1, 2)
    await forged(toys, TOY, 3, 99)
    await become(toys, {TOY: (3, [1, 2, 99])})
    await moved(toys, TOY, 3, 4)
    await become(toys, {TOY: (4, [1, 2, 99, 4])})
    (letter,) = await letters(toys)
    assert (letter["reason"], letter["version"], b'"to":3' in letter["raw"]) == ("other-content", 3, True)
    assert await toys.figure('tandem_records_dead_lettered_total{reason="other-content"}') == 1

    assert f"python -m toys resend {TOY}" in await toys.command("dead-letters", "replay", letter["_id"])
    await toys.command("resend", TOY)
    await become(toys, {TOY: (4, [1, 2, 3, 4])})
    assert await letters(toys) == []


async def test_a_forged_record_that_comes_after_the_true_event(toys: ToyWorker):
    await toys.start()
    await toys.becomes("ready")
    await moved(toys, TOY, 1, 2)
    await forged(toys, TOY, 2, 99)
    (letter,) = await eventually("its letter", lambda: letters(toys))
    await become(toys, {TOY: (2, [1, 2])})
    await toys.command("dead-letters", "discard", letter["_id"], "--by", "rosa", "--why", "forged")
    await forged(toys, TOY, 2, 99)
    await moved(toys, TOY, 3)
    await become(toys, {TOY: (3, [1, 2, 3])})
    assert await letters(toys) == []


async def test_a_database_that_was_restored_to_an_earlier_moment(toys: ToyWorker):
    await toys.start()
    await toys.becomes("ready")
    await moved(toys, TOY, 1, 2, 3)
    await moved(toys, STILL, 1)
    async with database(toys) as of_toys:
        backup = await of_toys["streams"].find().to_list()
    await moved(toys, TOY, 4, 5)
    await moved(toys, LOST, 1)
    await become(toys, {TOY: (5, [1, 2, 3, 4, 5]), STILL: (1, [1]), LOST: (1, [1])})

    await toys.stop()
    async with database(toys) as of_toys:
        await of_toys["streams"].delete_many({})
        await of_toys["streams"].insert_many(backup)
    await toys.start()
    await toys.becomes("ready")
    await moved(toys, TOY, 40, 50, 60)
    await become(toys, {TOY: (6, [1, 2, 3, 4, 5, 60]), STILL: (1, [1]), LOST: (1, [1])})
    assert [(each["reason"], each["version"]) for each in await letters(toys)] == [
        ("other-content", 4),
        ("other-content", 5),
    ]

    await toys.stop()
    toys.topic = f"{toys.topic}.v2"
    await toys.start(PROJECTION_VERSION="2")
    await toys.becomes("ready")
    assert "7 events sent" in await toys.command("republish", PROJECTION_VERSION="2")
    await become(toys, {TOY: (6, [1, 2, 3, 40, 50, 60]), STILL: (1, [1])}, number=2)
    await moved(toys, TOY, 70)
    await become(toys, {TOY: (7, [1, 2, 3, 40, 50, 60, 70]), STILL: (1, [1])}, number=2)
    assert await letters(toys, number=2) == []


@pytest.fixture
async def with_own_kafka(services: BackingServices, tmp_path: Path) -> AsyncGenerator[ToyWorker]:
    """A worker of toys whose broker can be taken back; its data lie in ``kafka``."""
    kafka = local_kafka(tmp_path / "kafka", print)
    worker = ToyWorker(replace(services, kafka=kafka, kafka_url=kafka.url), tmp_path / "toys.log")
    await asyncio.to_thread(kafka.start)
    try:
        yield worker
    finally:
        if worker.process is not None and worker.process.returncode is None:
            worker.process.kill()
            await worker.process.wait()
        await asyncio.to_thread(kafka.stop)


async def test_a_broker_that_was_restored_to_an_earlier_moment(with_own_kafka: ToyWorker, tmp_path: Path):
    toys, kafka = with_own_kafka, with_own_kafka.services.kafka
    await toys.start()
    await toys.becomes("ready")
    await moved(toys, TOY, 1, 2, 3)
    await become(toys, {TOY: (3, [1, 2, 3])})
    await toys.stop()
    await asyncio.to_thread(kafka.stop)
    shutil.copytree(tmp_path / "kafka", tmp_path / "backup")
    await asyncio.to_thread(kafka.start)
    await toys.start()
    await toys.becomes("ready")
    await moved(toys, TOY, 4, 5)
    await become(toys, {TOY: (5, [1, 2, 3, 4, 5])})

    await toys.stop()
    await asyncio.to_thread(kafka.stop)
    shutil.rmtree(tmp_path / "kafka")
    shutil.move(tmp_path / "backup", tmp_path / "kafka")
    await asyncio.to_thread(kafka.start)
    await toys.start(PROJECTION_VERSION="2")
    await moved(toys, TOY, 6)
    (gap,) = await eventually("what new rows lack", lambda: letters(toys, number=2))
    assert (gap["reason"], gap["version"]) == ("gap", 6)

    await toys.stop()
    toys.topic = f"{toys.topic}.v2"
    await toys.start()
    await toys.becomes("ready")
    assert "6 events sent" in await toys.command("republish")
    await moved(toys, TOY, 7)
    await become(toys, {TOY: (7, [1, 2, 3, 4, 5, 6, 7])})
    await toys.stop()
    await toys.start(PROJECTION_VERSION="3")
    await become(toys, {TOY: (7, [1, 2, 3, 4, 5, 6, 7])}, number=3)
    assert [*await letters(toys), *await letters(toys, number=3)] == []
