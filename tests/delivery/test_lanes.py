"""A group is followed in lanes: partitions do not wait for each other, and what is done is what is committed."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest

from deploy.local import BackingServices
from eventlog import fresh_id
from eventlog.consumers import GroupOffsets, KafkaConsumer, run_partition_workers
from eventlog.consumers.consumer import Record
from eventlog.consumers.partition_workers import Step
from eventlog.outbox import KafkaPublisher, Topic, ensure_topics, kafka_broker
from eventlog.stores import StoreUnavailable
from tests.delivery.company import eventually

PARTITIONS = 2
RECORDS = 60


@pytest.fixture
async def topic(services: BackingServices) -> str:
    """With as many records as ``RECORDS`` says, some on each of its two partitions."""
    name = f"lanes.{fresh_id()}"
    await ensure_topics(services.kafka_url, [Topic(name, PARTITIONS)])
    broker = kafka_broker(services.kafka_url, "lanes")
    await broker.start()
    publisher = KafkaPublisher(broker)
    for number in range(RECORDS):
        await publisher.send(name, f"key-{number % 7}", str(number).encode(), {"ce_id": str(number)})
    await broker.stop()
    return name


@asynccontextmanager
async def followed(services: BackingServices, topic: str, group: str, step: Step) -> AsyncGenerator[KafkaConsumer]:
    broker = kafka_broker(services.kafka_url, group)
    consumer = KafkaConsumer(broker, [topic], group, None)
    await broker.start()
    following = asyncio.create_task(run_partition_workers(consumer, step, limit=5))
    try:
        yield consumer
    finally:
        following.cancel()
        await broker.stop()


async def test_one_partition_goes_on_while_another_waits_for_the_database(
    services: BackingServices, topic: str
) -> None:
    taken: dict[int, list[int]] = {0: [], 1: []}
    stuck: list[int] = []
    mended = asyncio.Event()

    async def step(records: Sequence[Record]) -> None:
        (partition,) = {record.partition for record in records}
        if not stuck:
            stuck.append(partition)
        if partition == stuck[0] and not mended.is_set():
            raise StoreUnavailable("not now")
        taken[partition] += [record.offset for record in records]

    async with GroupOffsets(services.kafka_url, [topic]) as watch:
        ends = await watch.ends()
        group = fresh_id()

        async def the_other_is_done() -> bool:
            return len(taken[1 - stuck[0]]) == ends[f"{topic}-{1 - stuck[0]}"] if stuck else False

        async def all_is_committed() -> bool:
            return dict(await watch.committed(group)) == dict(ends)

        async with followed(services, topic, group, step):
            await eventually("the other partition is done", the_other_is_done)
            assert taken[stuck[0]] == []
            mended.set()
            await eventually("all is done and committed", all_is_committed)
        assert {partition: list(range(ends[f"{topic}-{partition}"])) for partition in taken} == taken


async def test_a_second_member_takes_over_while_the_database_is_away(services: BackingServices, topic: str) -> None:
    """Handing over waits for what is in flight, which must not wait for the database then."""
    taken: set[tuple[int, int]] = set()
    mended, tried = asyncio.Event(), set[int]()
    group = fresh_id()

    async def step(records: Sequence[Record]) -> None:
        tried.update(record.partition for record in records)
        if not mended.is_set():
            raise StoreUnavailable("not now")
        taken.update((record.partition, record.offset) for record in records)

    async def both_wait() -> bool:
        return tried == {0, 1}

    async with GroupOffsets(services.kafka_url, [topic]) as watch:
        ends = await watch.ends()

        async def all_is_done() -> bool:
            everything = {(int(at.rpartition("-")[2]), n) for at, end in ends.items() for n in range(end)}
            return taken == everything and dict(await watch.committed(group)) == dict(ends)

        async with followed(services, topic, group, step) as first:
            await eventually("both partitions wait for the database", both_wait)
            async with followed(services, topic, group, step) as second:

                async def they_share() -> bool:
                    return len(first.assigned()) == len(second.assigned()) == 1

                await eventually("the second has been given one of the two", they_share)
                mended.set()
                await eventually("all records are done", all_is_done)


async def test_a_second_member_takes_over_without_a_record_lost(services: BackingServices, topic: str) -> None:
    by_member: list[set[tuple[int, int]]] = [set(), set()]
    group = fresh_id()

    def member(number: int) -> Step:
        async def step(records: Sequence[Record]) -> None:
            await asyncio.sleep(0.02)  # a batch takes its time, so that the change of hands meets some in flight
            by_member[number] |= {(record.partition, record.offset) for record in records}

        return step

    async def the_first_has_begun() -> bool:
        return bool(by_member[0])

    async with GroupOffsets(services.kafka_url, [topic]) as watch:
        ends = await watch.ends()

        async def all_is_done() -> bool:
            everything = {(int(at.rpartition("-")[2]), n) for at, end in ends.items() for n in range(end)}
            return by_member[0] | by_member[1] == everything and dict(await watch.committed(group)) == dict(ends)

        async with followed(services, topic, group, member(0)):
            await eventually("the first has begun", the_first_has_begun)
            async with followed(services, topic, group, member(1)):
                await eventually("all records are done by one or the other", all_is_done)
