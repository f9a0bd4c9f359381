"""Listen to coaching events from Kafka: typed, in order for each stream, at least once."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError
from pydantic import ValidationError

from coaching_events.envelope import NotACloudEvent, Recorded, read
from coaching_events.event import Event
from coaching_events.ids import StreamId, kind_of
from coaching_events.registry import class_of

E = TypeVar("E", bound=Event)

POLL_MS = 500
"""How long one request waits for news before skipped records are committed and the next one asks again."""


class Seen(Protocol):
    """How far a subscriber has got in each stream: a table of two columns in its own database is enough."""

    async def at(self, stream: StreamId) -> int:
        """The version up to which this stream was handled; 0 when it never was."""
        ...

    async def advance(self, stream: StreamId, version: int) -> None:
        """Remember that this stream was handled up to ``version``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison:
    """A record that cannot be read. ``why`` says what is wrong, without any of its content; ``value`` is as it came."""

    topic: str
    partition: int
    offset: int
    why: str
    headers: Sequence[tuple[str, bytes]] = field(repr=False)
    value: bytes | None = field(repr=False)


class TopicMissing(LookupError):
    """The topic does not exist. It is not made by asking: it would get the wrong number of partitions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Generic[E]):
    """An event in the hand of a subscriber; ``recorded`` has its stream, version, instant and position too."""

    recorded: Recorded[E]
    finish: Callable[[], Awaitable[None]] = field(repr=False)

    @property
    def event(self) -> E:
        """What happened."""
        return self.recorded.event

    async def commit(self) -> None:
        """Say that this event, and all before it in its partition, are handled.

        Without it the event comes again after a restart. Where the partition has meanwhile moved to another member of
        the group nothing is committed, and the event comes again there.
        """
        await self.finish()


class Consumer(Protocol):
    """What is needed of an aiokafka consumer."""

    async def getmany(self, *, timeout_ms: int) -> Mapping[TopicPartition, Sequence[ConsumerRecord[bytes, bytes]]]:
        """The next records of each partition."""
        ...

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Remember the offsets of the next records to read."""
        ...


async def subscribe(
    topic: str,
    *,
    types: Sequence[type[E]],
    group: str,
    bootstrap: str,
    seen: Seen | None = None,
    on_poison: Callable[[Poison], None] | None = None,
    connection: Mapping[str, Any] | None = None,
) -> AsyncGenerator[Delivery[E], None]:
    """The events of ``types`` on a topic, for ever, shared among all members of ``group``.

    An event may come first, may come twice, and may be superseded. Those of one stream come in order. With ``seen``,
    what was committed before is dropped. Other types and types of a newer contract are passed over. A record that is
    no event is given to ``on_poison``, by default a line in the log, and passed over. A group starts at the beginning
    of the topic. ``connection`` is handed to AIOKafkaConsumer: ``security_protocol``, ``ssl_context`` and so on.

    Raises TopicMissing at once when the topic does not exist, and aiokafka's KafkaError when no broker answers.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **(connection or {}),
    )
    await consumer.start()
    try:
        if topic not in await consumer.topics():
            raise TopicMissing(f"there is no topic {topic!r} at {bootstrap}")
        consumer.subscribe([topic])  # pyright: ignore[reportUnknownMemberType] (aiokafka has no annotation there)
        async for delivery in deliveries(consumer, types=types, seen=seen, on_poison=on_poison or _log):
            yield delivery
    finally:
        await consumer.stop()


async def deliveries(
    consumer: Consumer, *, types: Sequence[type[E]], seen: Seen | None, on_poison: Callable[[Poison], None]
) -> AsyncGenerator[Delivery[E], None]:
    """What ``subscribe`` gives, from a consumer that is started already and is stopped by its owner."""
    wanted = frozenset(types)
    places: dict[TopicPartition, _Place] = {}
    while True:
        batch = await consumer.getmany(timeout_ms=POLL_MS)
        for partition, records in batch.items():
            place = places.setdefault(partition, _Place())
            for record in records:
                recorded = _recorded(record, wanted, on_poison)
                if recorded is None or await _known(recorded, seen):
                    place.pass_over(record.offset)
                    continue
                place.delivered = record.offset + 1
                yield Delivery(recorded=recorded, finish=_finish(consumer, partition, place, recorded, seen))
        await _commit_passed_over(consumer, places)


@dataclass(slots=True)
class _Place:
    """Where the reading of a partition stands, as offsets of the next record.

    ``delivered``: after what the subscriber has in hand; ``done``: all before it was handled or passed over.
    """

    delivered: int = 0
    done: int = 0
    committed: int = 0

    def pass_over(self, offset: int) -> None:
        # While an event before it is in hand, committing this one would commit that one too.
        if self.done >= self.delivered:
            self.done = max(self.done, offset + 1)


def _finish(
    consumer: Consumer, partition: TopicPartition, place: _Place, recorded: Recorded[E], seen: Seen | None
) -> Callable[[], Awaitable[None]]:
    after = place.delivered

    async def finish() -> None:
        # The store first: when we die in between, the event comes again and is known.
        if seen is not None:
            await seen.advance(recorded.stream, recorded.version)
        place.done = max(place.done, after)
        await _commit(consumer, {partition: place})

    return finish


async def _commit_passed_over(consumer: Consumer, places: Mapping[TopicPartition, _Place]) -> None:
    behind = {partition: place for partition, place in places.items() if place.done > place.committed}
    if behind:
        await _commit(consumer, behind)


async def _commit(consumer: Consumer, places: Mapping[TopicPartition, _Place]) -> None:
    # A partition that has moved is read on by another member, from what was committed before: nothing is lost.
    with suppress(CommitFailedError, IllegalStateError):
        await consumer.commit({partition: place.done for partition, place in places.items()})
    for place in places.values():
        place.committed = place.done


async def _known(recorded: Recorded[E], seen: Seen | None) -> bool:
    return seen is not None and recorded.version <= await seen.at(recorded.stream)


def _recorded(
    record: ConsumerRecord[bytes, bytes], wanted: frozenset[type[E]], on_poison: Callable[[Poison], None]
) -> Recorded[E] | None:
    """The event in a record, or None when it is not wanted or, after telling, cannot be read."""
    try:
        envelope = read(record.headers)
        known = class_of(kind_of(envelope.stream), envelope.type)
        chosen = next((each for each in wanted if each is known), None)
        if chosen is None:
            return None
        event = chosen.model_validate_json(record.value or b"")
    except (NotACloudEvent, ValidationError) as wrong:
        on_poison(_poison(record, wrong))
        return None
    return Recorded(stream=envelope.stream, version=envelope.version, at=envelope.at, event=event, cause=envelope.cause)


def _poison(record: ConsumerRecord[bytes, bytes], wrong: NotACloudEvent | ValidationError) -> Poison:
    if isinstance(wrong, ValidationError):
        # Without the input: it may hold people's words.
        errors = wrong.errors(include_url=False, include_context=False, include_input=False)
        why = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'data'}: {each['msg']}" for each in errors)
    else:
        why = str(wrong)
    return Poison(
        topic=record.topic, partition=record.partition, offset=record.offset,
        why=why, headers=tuple(record.headers), value=record.value,
    )  # fmt: skip


def _log(poison: Poison) -> None:
    logging.getLogger(__name__).warning(
        "passed over a record that is no event: %s [%d] offset %d: %s",
        poison.topic, poison.partition, poison.offset, poison.why,
    )  # fmt: skip
