"""Everything is delivered twice: a whole topic is sent once more, and groups lose their offsets."""

# aiokafka annotates only in part.
# pyright: reportUnknownMemberType=false

import asyncio
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from tests.faults.oracle.collect import everything
from tests.faults.oracle.suite import SERVICES
from tests.faults.scene import Scene

EMPTY_WITHIN = 60.0
"""Seconds within which the broker forgets the members of a group that has stopped."""


async def duplicates(scene: Scene, seconds: float) -> None:
    """First the topics, as they are by then, are sent again; then every group begins anew at the first record."""
    until = time.monotonic() + seconds
    await asyncio.sleep(seconds / 4)
    scene.notes.append(f"sent again: {await send_again(scene)} records")
    await asyncio.sleep(seconds / 4)
    await lose_offsets(scene)
    await asyncio.sleep(max(0.0, until - time.monotonic()))


async def send_again(scene: Scene) -> int:
    """Every record of every topic once more, each partition in its order; how many."""
    url = scene.services.kafka_url
    records = [record async for record in everything(url)]
    again = [each for each in records if (each.topic, each.partition, each.offset) not in scene.planted]
    async with AIOKafkaProducer(bootstrap_servers=url, acks="all", linger_ms=5) as producer:
        for each in again:
            await producer.send(
                each.topic, each.value, key=each.key, partition=each.partition, headers=list(each.headers)
            )
        await producer.flush()
    return len(again)


async def lose_offsets(scene: Scene) -> None:
    """Stop all workers, take every group's offsets back to the beginning, and start the workers again."""
    workers = [member for member in scene.pool.members if member.role == "work"]
    scene.away.add("workers")  # nobody can consume while there is no worker
    await asyncio.gather(*(scene.pool.stop(member) for member in workers))
    await asyncio.gather(
        *(_begin_anew(scene, group, service.listens) for service in SERVICES for group in service.groups)
    )
    await asyncio.gather(*(scene.pool.start(member) for member in workers))
    await scene.pool.ready(workers)
    scene.away.discard("workers")
    scene.notes.append("offsets lost: all groups began anew at the first record")


async def _begin_anew(scene: Scene, group: str, topics: tuple[str, ...]) -> None:
    """Commit 0 everywhere, as soon as the group is empty: static members are remembered for some seconds."""
    until = time.monotonic() + EMPTY_WITHIN
    async with AIOKafkaConsumer(
        bootstrap_servers=scene.services.kafka_url, group_id=group, enable_auto_commit=False
    ) as consumer:
        partitions = [TopicPartition(topic, p) for topic in topics for p in range(scene.partitions)]
        consumer.assign(partitions)
        while True:
            try:
                await consumer.commit(dict.fromkeys(partitions, 0))
            except KafkaError:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.5)
            else:
                return
