"""What a subscriber gets: an event in hand, or a record that cannot be read; and what it may give: its memory."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.ids import Position, StreamId

E_co = TypeVar("E_co", bound=Event, covariant=True)

Headers = Sequence[tuple[str, bytes | None]]
"""Headers of a record, in their order; a name may stand there twice, and a value may be missing."""


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
        """The event's data as JSON."""
        ...

    @property
    def headers(self) -> Headers:
        """The envelope, and what others added."""
        ...


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
    headers: Headers = field(repr=False)
    value: bytes | None = field(repr=False)


OnPoison = Callable[[Poison], Awaitable[None] | None]
"""Is told of a record that cannot be read. An error that it raises ends the iteration, and the record comes again."""


class Committing(Protocol):
    """What remembers how far a group has read."""

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Remember the offsets of the next records to read."""
        ...


@dataclass(slots=True)
class Place:
    """Where the reading of a partition stands, as offsets of the next record, while it is this member's.

    ``delivered``: after what the subscriber has in hand; ``done``: all before it was handled or passed over. ``gone``:
    the partition has moved, perhaps it came back since; what others committed there must not be taken back.
    """

    partition: TopicPartition
    delivered: int = 0
    done: int = 0
    committed: int = 0
    gone: bool = False

    def pass_over(self, offset: int) -> None:
        """Say that the record at this offset is of no interest."""
        # While an event before it is in hand, committing this one would commit that one too.
        if self.done >= self.delivered:
            self.done = max(self.done, offset + 1)


async def commit(consumer: Committing, places: Sequence[Place]) -> None:
    """Commit what is done in these places. Where the partition has moved nothing is committed, which loses nothing."""
    behind = {place.partition: place.done for place in places if place.done > place.committed and not place.gone}
    if not behind:
        return
    with suppress(CommitFailedError, IllegalStateError):
        await consumer.commit(behind)
    for place in places:
        place.committed = max(place.committed, behind.get(place.partition, 0))


@dataclass(slots=True, kw_only=True)
class Delivery(Generic[E_co]):
    """An event in the hand of a subscriber.

    ``recorded`` is the event with its stream, version, instant and cause. ``traceparent`` is the W3C trace context of
    its cause, if there is one.
    """

    recorded: Recorded[E_co]
    traceparent: str | None
    _record: Record = field(repr=False)
    _handled: Callable[[], Awaitable[None]] = field(repr=False)

    @property
    def event(self) -> E_co:
        """What happened."""
        return self.recorded.event

    @property
    def stream(self) -> StreamId:
        """What it happened to: the id of the promise, the session, the person …"""
        return self.recorded.stream

    @property
    def version(self) -> int:
        """Its number in the stream, from 1."""
        return self.recorded.version

    @property
    def position(self) -> Position:
        """The event's name for ever: ``<stream>@<version>``."""
        return self.recorded.position

    @property
    def at(self) -> datetime:
        """The instant it speaks of, UTC, whole milliseconds."""
        return self.recorded.at

    @property
    def topic(self) -> str:
        """The topic it was read from."""
        return self._record.topic

    @property
    def partition(self) -> int:
        """The partition of the topic."""
        return self._record.partition

    @property
    def offset(self) -> int:
        """The place in the partition."""
        return self._record.offset

    @property
    def headers(self) -> Headers:
        """All headers of the record, those of others too."""
        return self._record.headers

    async def commit(self) -> None:
        """Say that this event, and all before it in its partition, are handled.

        Without it the event comes again after a restart. Where the partition has meanwhile moved to another member of
        the group nothing is committed, and the event comes again there.
        """
        await self._handled()
