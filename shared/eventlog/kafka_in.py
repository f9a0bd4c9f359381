"""The consuming side of Kafka: FastStream's subscriber without a handler, followed by a loop of our own."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence, Set
from types import TracebackType
from typing import Any, Protocol, Self, cast

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faststream.kafka import KafkaBroker
from faststream.middlewares import AckPolicy

from eventlog.positions import derived_id
from eventlog.relay import BrokerUnavailable


class Record(Protocol):
    """A record as it came."""

    @property
    def topic(self) -> str:
        """Where it was read."""
        ...

    @property
    def partition(self) -> int:
        """Which part of the topic."""
        ...

    @property
    def offset(self) -> int:
        """Its place there."""
        ...

    @property
    def value(self) -> bytes | None:
        """The event's data."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """The envelope."""
        ...


class _Consumer(Protocol):
    """What is used of aiokafka's consumer, whose own types are incomplete."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def getmany(
        self, *, timeout_ms: int, max_records: int | None = None
    ) -> Mapping[TopicPartition, Sequence[Record]]: ...
    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None: ...
    async def committed(self, partition: TopicPartition) -> int | None: ...
    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]: ...
    def partitions_for_topic(self, topic: str) -> set[int] | None: ...
    def assignment(self) -> Set[TopicPartition]: ...
    def pause(self, *partitions: TopicPartition) -> None: ...
    def resume(self, *partitions: TopicPartition) -> None: ...


class _WaitForTheBatch(ConsumerRebalanceListener):
    """Lets a batch in flight finish before its partitions go to somebody else.

    aiokafka awaits what these return, though its types say that they return nothing.
    """

    def __init__(self, busy: asyncio.Lock) -> None:
        self._busy = busy

    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, revoked: Iterable[TopicPartition]
    ) -> None:
        async with self._busy:
            return

    async def on_partitions_assigned(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, assigned: Iterable[TopicPartition]
    ) -> None:
        return


class KafkaInlet:
    """One member of a consumer group. ``instance`` makes the membership static: a restart moves nothing."""

    def __init__(self, broker: KafkaBroker, topics: Sequence[str], group: str, instance: str | None) -> None:
        self.group = group
        self.topics = tuple(topics)
        self.busy = asyncio.Lock()
        self._subscriber = broker.subscriber(
            *topics,
            group_id=group,
            group_instance_id=_member(group, instance, topics) if instance else None,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            rebalance_timeout_ms=30_000,
            listener=_WaitForTheBatch(self.busy),
            title=group,
        )

    @property
    def _consumer(self) -> _Consumer:
        consumer = self._subscriber.consumer
        if consumer is None:
            raise BrokerUnavailable("the consumer has not started")
        return cast(_Consumer, consumer)

    async def take(self, limit: int, wait: float) -> list[Record]:
        """What has come, at most ``limit`` records, in order for each partition; waits so many seconds for some."""
        try:
            batches = await self._consumer.getmany(timeout_ms=round(wait * 1000), max_records=limit)
        except KafkaError as away:
            raise BrokerUnavailable(f"{type(away).__name__} {away}") from away
        return [record for batch in batches.values() for record in batch]

    async def commit(self, records: Sequence[Record]) -> None:
        """Say that all of these are done. If the partitions have gone elsewhere they are simply read again there."""
        offsets = {TopicPartition(record.topic, record.partition): record.offset + 1 for record in records}
        try:
            await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            return
        except KafkaError as away:
            raise BrokerUnavailable(f"{type(away).__name__} {away}") from away

    async def stay(self) -> None:
        """Poll without taking anything, so that the group keeps a member that waits."""
        consumer = self._consumer
        assigned = consumer.assignment()
        consumer.pause(*assigned)
        try:
            await consumer.getmany(timeout_ms=0)
        finally:
            consumer.resume(*(assigned & consumer.assignment()))

    async def lag(self) -> int:
        """Records on the topics that the whole group has not committed."""
        consumer = self._consumer
        partitions = [TopicPartition(t, p) for t in self.topics for p in consumer.partitions_for_topic(t) or ()]
        ends = await consumer.end_offsets(partitions)
        committed = [await consumer.committed(partition) or 0 for partition in partitions]
        return sum(ends[partition] - at for partition, at in zip(partitions, committed, strict=True))


def _member(group: str, instance: str, topics: Sequence[str]) -> str:
    """The lasting name of a member.

    One that comes back is given the partitions it had, without a look at what it subscribes to now. So whoever follows
    other topics than before has another name; the one that is gone leaves when its session ends.
    """
    return f"{group}.{instance}.{derived_id(*sorted(topics))[:8]}"


class GroupWatch:
    """Looks at topics and groups from outside, for telling when all has been read."""

    def __init__(self, url: str, topics: Sequence[str]) -> None:
        self._topics = topics
        self._admin = AIOKafkaAdminClient(bootstrap_servers=url.split(","))
        self._consumer = cast(_Consumer, AIOKafkaConsumer(bootstrap_servers=url, enable_auto_commit=False))

    async def __aenter__(self) -> Self:
        await self._admin.start()
        await self._consumer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()
        await self._admin.close()

    async def ends(self) -> Mapping[str, int]:
        """The end of each partition, by ``topic-partition``."""
        partitions: list[TopicPartition] = []
        for topic in self._topics:
            partitions += [TopicPartition(topic, p) for p in await self._partitions(topic)]
        ends = await self._consumer.end_offsets(partitions)
        return {f"{partition.topic}-{partition.partition}": end for partition, end in ends.items()}

    async def committed(self, group: str) -> Mapping[str, int]:
        """How far a group has read, by ``topic-partition``."""
        offsets: Mapping[TopicPartition, Any] = await self._admin.list_consumer_group_offsets(group)
        return {f"{partition.topic}-{partition.partition}": offset.offset for partition, offset in offsets.items()}

    async def _partitions(self, topic: str) -> Iterable[int]:
        known = self._consumer.partitions_for_topic(topic)
        if known:
            return known
        found = await self._admin.describe_topics([topic])
        return [partition["partition"] for partition in found[0]["partitions"]]
