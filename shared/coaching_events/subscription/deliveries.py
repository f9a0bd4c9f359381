"""Record by record from a consumer to its subscriber; nothing is handed out after its partition has moved."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from functools import partial
from inspect import isawaitable
from itertools import chain
from time import monotonic
from typing import Generic, Protocol, TypeVar

from aiokafka import TopicPartition
from pydantic import ValidationError

from coaching_events.envelope import NotACloudEvent, Recorded, read
from coaching_events.event import Event
from coaching_events.ids import kind_of
from coaching_events.subscription.delivery import Committing, Delivery, OnPoison, Place, Poison, Record, Seen, commit

E_co = TypeVar("E_co", bound=Event, covariant=True)

POLL_MS = 500
"""How long one request waits for news before skipped records are committed and the next one asks again."""
AT_ONCE = 500
"""Records that are taken from the consumer together."""
SIGN_OF_LIFE = 1.0
"""Seconds after which a subscriber that asks for the next record polls, so that the group keeps it."""
NOWHERE = TopicPartition("", -1)
"""A poll of this partition alone takes nothing."""


class Consumer(Committing, Protocol):
    """What is needed of an aiokafka consumer."""

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int | None = None
    ) -> Mapping[TopicPartition, Sequence[Record]]:
        """The next records of each partition."""
        ...


class Deliveries(Generic[E_co]):
    """The events of a subscription, for ever. One task iterates over them, once.

    While an event is in hand, its partition stays: it moves when the event is committed or the next one is asked for.
    """

    def __init__(
        self,
        consumer: Consumer,
        wanted: Mapping[tuple[str, str], type[E_co]],
        *,
        sources: Mapping[str, str],
        seen: Seen | None,
        on_poison: OnPoison,
    ) -> None:
        self._consumer = consumer
        self._wanted = wanted
        self._sources = sources
        self._seen = seen
        self._on_poison = on_poison
        self._records: deque[Record] = deque()
        self._places: dict[tuple[str, int], Place] = {}
        self._hand: Record | None = None
        self._free = asyncio.Event()
        self._free.set()
        self._polled = 0.0
        self._poll: asyncio.Timeout | None = None
        self._stopping = False

    def __aiter__(self) -> "Deliveries[E_co]":
        return self

    async def __anext__(self) -> Delivery[E_co]:
        while record := await self._next():
            if delivery := await self._delivery(record):
                return delivery
        raise StopAsyncIteration

    def stop(self) -> None:
        """End the iteration: after the event in hand nothing more is handed out."""
        self._stopping = True
        self._records.clear()
        if self._poll is not None and not self._poll.expired():
            self._poll.reschedule(0)
            self._poll = None

    async def close(self) -> None:
        """Stop, let go of the event in hand, and commit what was passed over."""
        self.stop()
        self._let_go()
        await commit(self._consumer, [*self._places.values()])

    async def revoke(self) -> None:
        """Let the partitions go elsewhere, once the event in hand is handled."""
        self._records.clear()
        await self._free.wait()
        places, self._places = self._places, {}
        await commit(self._consumer, [*places.values()])
        for place in places.values():
            place.gone = True

    async def _next(self) -> Record | None:
        self._let_go()
        while not self._stopping:
            if self._records and monotonic() - self._polled < SIGN_OF_LIFE:
                self._free.clear()
                self._hand = self._records.popleft()
                return self._hand
            await self._take()
        return None

    def _let_go(self) -> None:
        self._hand = None
        self._free.set()

    async def _take(self) -> None:
        """Poll: for records, or where some are left, only to be kept in the group."""
        if not self._records:
            await commit(self._consumer, [*self._places.values()])
        if self._stopping:
            return
        try:
            async with asyncio.timeout(None) as self._poll:
                if self._records:
                    await self._consumer.getmany(NOWHERE, timeout_ms=0)
                else:
                    taken = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=AT_ONCE)
                    self._records.extend(chain.from_iterable(taken.values()))
        except TimeoutError:
            if not self._stopping:
                raise
        finally:
            self._poll = None
        self._polled = monotonic()

    async def _delivery(self, record: Record) -> Delivery[E_co] | None:
        """The event in a record, or None when it is not wanted, was seen or, after telling, cannot be read."""
        place = self._place(record)
        try:
            found = self._read(record, place)
        except (NotACloudEvent, ValidationError) as wrong:
            telling = self._on_poison(_poison(record, wrong))
            if isawaitable(telling):
                await telling
            found = None
        if found is None or (
            self._seen is not None and found.recorded.version <= await self._seen.at(found.recorded.stream)
        ):
            place.pass_over(record.offset)
            return None
        place.delivered = record.offset + 1
        return found

    def _read(self, record: Record, place: Place) -> Delivery[E_co] | None:
        envelope = read(record.headers)
        kind = kind_of(envelope.stream)
        known = self._wanted.get((kind, envelope.type))
        if known is None:
            return None
        if record.topic != self._sources[kind]:
            raise NotACloudEvent(f"a {kind} comes on {self._sources[kind]} alone")
        if record.value is None:
            raise NotACloudEvent("the record has no value")
        recorded = Recorded(
            stream=envelope.stream,
            version=envelope.version,
            at=envelope.at,
            event=known.model_validate_json(record.value),
            cause=envelope.cause,
        )
        handled = partial(self._handled, record, place, recorded)
        return Delivery(recorded=recorded, traceparent=envelope.traceparent, _record=record, _handled=handled)

    async def _handled(self, record: Record, place: Place, recorded: Recorded[Event]) -> None:
        # The store first: when we die in between, the event comes again and is known.
        if self._seen is not None:
            await self._seen.advance(recorded.stream, recorded.version)
        place.done = max(place.done, record.offset + 1)
        await commit(self._consumer, [place])
        if self._hand is record:
            self._let_go()

    def _place(self, record: Record) -> Place:
        key = (record.topic, record.partition)
        if key not in self._places:
            self._places[key] = Place(TopicPartition(*key))
        return self._places[key]


def _poison(record: Record, wrong: NotACloudEvent | ValidationError) -> Poison:
    if isinstance(wrong, ValidationError):
        # Without the input: it may hold people's words.
        errors = wrong.errors(include_url=False, include_context=False, include_input=False)
        why = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'data'}: {each['msg']}" for each in errors)
    else:
        why = str(wrong)
    return Poison(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        why=why,
        headers=tuple(record.headers),
        value=record.value,
    )
