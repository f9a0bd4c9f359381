"""The consuming side of Kafka: FastStream's subscriber without a handler, read by our own loop."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, Self, cast

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata
from faststream.kafka import KafkaBroker
from faststream.middlewares import AckPolicy

from coaching_events.kafka.security import KafkaSecurity
from eventlog.consumers.drain_gate import DrainGate
from eventlog.ids import derived_id
from eventlog.outbox.publisher import OPEN, REQUEST_WITHIN_MS
from eventlog.outbox.relay import BrokerUnavailable

log = structlog.stdlib.get_logger(__name__)

FETCHED_AHEAD = 1024 * 1024
"""Bytes of one partition that are fetched ahead; more than the largest event has."""
POLL_WITHIN = 1.0
"""Seconds that an empty poll may take: it waits during a rebalance."""
Partition = TopicPartition


class Record(Protocol):
    """A record as Kafka delivers it."""

    @property
    def topic(self) -> str:
        """Its topic."""
        ...

    @property
    def partition(self) -> int:
        """Its partition."""
        ...

    @property
    def offset(self) -> int:
        """Its place in the partition."""
        ...

    @property
    def value(self) -> bytes | None:
        """The event's data."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """The envelope."""
        ...


class _Consumer(Protocol):
    """What is used of aiokafka's consumer. Its own types are incomplete."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int | None = None
    ) -> Mapping[TopicPartition, Sequence[Record]]: ...
    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None: ...
    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]: ...
    def partitions_for_topic(self, topic: str) -> set[int] | None: ...
    def assignment(self) -> Set[TopicPartition]: ...
    def pause(self, *partitions: TopicPartition) -> None: ...
    def resume(self, *partitions: TopicPartition) -> None: ...


class _Rebalance(ConsumerRebalanceListener):
    """Lets running batches finish before their partitions are reassigned.

    aiokafka awaits what these methods return, though its types say that they return nothing.
    """

    def __init__(self, consumer: "KafkaConsumer") -> None:
        self._kafka_consumer = consumer

    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, revoked: Iterable[TopicPartition]
    ) -> None:
        await self._kafka_consumer.finish()

    async def on_partitions_assigned(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, assigned: Iterable[TopicPartition]
    ) -> None:
        self._kafka_consumer.resume()


class KafkaConsumer:
    """One member of a consumer group. With ``instance`` membership is static: a restart reassigns nothing."""

    def __init__(self, broker: KafkaBroker, topics: Sequence[str], group: str, instance: str | None) -> None:
        self.group = group
        self.topics = tuple(topics)
        self.batches = DrainGate()
        self._changed = asyncio.Event()
        self._changed.set()
        self._done: dict[TopicPartition, int] = {}
        self._committing: asyncio.Task[None] | None = None
        self._subscriber = broker.subscriber(
            *topics,
            group_id=group,
            group_instance_id=_member(group, instance, topics) if instance else None,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            rebalance_timeout_ms=30_000,
            max_partition_fetch_bytes=FETCHED_AHEAD,
            listener=_Rebalance(self),
            title=group,
        )

    async def join(self) -> None:
        """Join the group through a broker that has started already. Raises BrokerUnavailable: then try again.

        A consumer that was made before the broker started joins when the broker starts.
        """
        try:
            await self._subscriber.start()
        except (KafkaError, OSError) as away:
            await self._subscriber.stop()
            raise BrokerUnavailable(f"{type(away).__name__} {away}") from away

    @property
    def _consumer(self) -> _Consumer:
        consumer = self._subscriber.consumer
        if consumer is None:
            raise BrokerUnavailable("the consumer has not started")
        return cast(_Consumer, consumer)

    def assigned(self) -> Set[TopicPartition]:
        """The partitions that are assigned to this member now."""
        return self._consumer.assignment()

    async def assignment_changed(self) -> None:
        """Return when the assignment may have changed since the last call; the first call returns at once."""
        await self._changed.wait()
        self._changed.clear()

    async def poll(self, partition: TopicPartition, limit: int, wait: float) -> Sequence[Record]:
        """At most ``limit`` records of a partition, in order; waits so many seconds for some."""
        try:
            batches = await self._consumer.getmany(partition, timeout_ms=round(wait * 1000), max_records=limit)
        except KafkaError as away:
            raise BrokerUnavailable(f"{type(away).__name__} {away}") from away
        return batches.get(partition, ())

    def mark_processed(self, partition: TopicPartition, offset: int) -> None:
        """Everything up to this offset is processed. It is committed in the background, with other partitions'.

        If the partition is reassigned or the process ends before that, it is read again, which changes nothing.
        """
        # Measured: a worker that awaits its commit takes as much CPU (41.6 µs an event, 41.4 so). In the background, as
        # a worker must not wait for a broker that is away.
        self._done[partition] = offset + 1
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit())

    async def finish(self) -> None:
        """Let running batches finish and be committed, and no other begin until ``resume``."""
        await self.batches.drain()
        if self._committing is not None:
            await asyncio.shield(self._committing)

    def resume(self) -> None:
        """Let batches begin again, perhaps of other partitions."""
        self.batches.open()
        self._changed.set()

    async def _commit(self) -> None:
        try:
            while self._done:
                done, self._done = self._done, {}
                try:
                    assigned = self.assigned()
                    if still_here := {at: offset for at, offset in done.items() if at in assigned}:
                        await self._consumer.commit(still_here)
                except (CommitFailedError, IllegalStateError):
                    continue
                except (KafkaError, BrokerUnavailable) as away:
                    log.warning("broker away, committing later", group=self.group, error=type(away).__name__)
                    self._done = done | self._done
                    await asyncio.sleep(1.0)
        finally:
            self._committing = None

    async def keep_membership(self) -> bool:
        """Poll without taking records, so that a waiting member stays in the group; whether it may go on waiting.

        It may not once the partitions are to be reassigned: the rebalance waits for it, and a poll for the rebalance.
        """
        if not self.batches.is_draining:
            consumer = self._consumer
            assigned = consumer.assignment()
            consumer.pause(*assigned)
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_WITHIN):
                        await consumer.getmany(timeout_ms=0)
            finally:
                consumer.resume(*(assigned & consumer.assignment()))
        return not self.batches.is_draining


def _member(group: str, instance: str, topics: Sequence[str]) -> str:
    """The static name of a member.

    Kafka gives a member that comes back its old partitions, whatever it subscribes to now. So a member of other topics
    has another name; the old one leaves the group when its session ends.
    """
    return f"{group}.{instance}.{derived_id(*sorted(topics))[:8]}"


class GroupOffsets:
    """How long topics are, and how far groups have read. After an error open a new one."""

    def __init__(self, url: str, topics: Sequence[str], security: KafkaSecurity = OPEN) -> None:
        self._topics = topics
        reached: dict[str, Any] = {
            "bootstrap_servers": url.split(","),
            "request_timeout_ms": REQUEST_WITHIN_MS,
            **security.connection,
        }
        self._admin = AIOKafkaAdminClient(**reached)
        consumer = AIOKafkaConsumer(enable_auto_commit=False, **reached)
        self._consumer = cast(_Consumer, consumer)
        self._coordinators: dict[str, int] = {}

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
        if group not in self._coordinators:
            self._coordinators[group] = await self._admin.find_coordinator(group)
        offsets: Mapping[TopicPartition, OffsetAndMetadata] = await self._admin.list_consumer_group_offsets(
            group, self._coordinators[group]
        )
        return {f"{partition.topic}-{partition.partition}": offset.offset for partition, offset in offsets.items()}

    async def _partitions(self, topic: str) -> Iterable[int]:
        known = self._consumer.partitions_for_topic(topic)
        if known:
            return known
        found = await self._admin.describe_topics([topic])
        return [partition["partition"] for partition in found[0]["partitions"]]
