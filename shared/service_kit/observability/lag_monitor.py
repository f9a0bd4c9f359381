"""Reads from the broker how long the topics are and how far the consumer groups have read."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka.errors import KafkaError

from coaching_events.kafka.security import KafkaSecurity
from eventlog.consumers import GroupOffsets
from eventlog.outbox import OPEN, BrokerUnavailable

Offsets = Mapping[str, int]
"""Offsets by ``topic-partition``."""
Request = Coroutine[object, object, Offsets]


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """How many records of a partition a group has processed (``done``), and how many there are (``end``)."""

    done: int
    end: int

    @property
    def lag(self) -> int:
        """How many records are left."""
        return self.end - self.done


@dataclass
class LagMonitor:
    """Has its own connections to the broker, which open at the first call and again after an error.

    Every method raises BrokerUnavailable.
    """

    url: str
    topics: Sequence[str]
    groups: Sequence[str]
    security: KafkaSecurity = OPEN
    _offsets: GroupOffsets | None = field(default=None, init=False)
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def look(self) -> tuple[Offsets, Mapping[str, int]]:
        """The ends of the topics, and the number of unread records of each group."""
        ends, *read = await self._answers(lambda offsets: (offsets.ends(), *map(offsets.committed, self.groups)))
        unread = {
            group: sum(max(0, end - done.get(partition, 0)) for partition, end in ends.items())
            for group, done in zip(self.groups, read, strict=True)
        }
        return ends, unread

    async def lags(self, group: str) -> Mapping[str, PartitionLag]:
        """The lag of a group by ``topic-partition``."""
        ends, done = await self._answers(lambda offsets: (offsets.ends(), offsets.committed(group)))
        return {partition: PartitionLag(max(0, done.get(partition, 0)), end) for partition, end in ends.items()}

    async def reached(self, group: str, ends: Offsets) -> bool:
        """Whether a group has read all records before these ends."""
        (done,) = await self._answers(lambda offsets: (offsets.committed(group),))
        return all(done.get(partition, 0) >= end for partition, end in ends.items())

    async def close(self) -> None:
        """Close the connections."""
        offsets, self._offsets = self._offsets, None
        if offsets is not None:
            await offsets.__aexit__(None, None, None)

    async def _answers(self, requests: Callable[[GroupOffsets], Iterable[Request]]) -> Sequence[Offsets]:
        try:
            return await asyncio.gather(*requests(await self._opened()))
        except (KafkaError, OSError, IndexError, KeyError) as away:
            await self.close()
            raise BrokerUnavailable(f"{type(away).__name__} {away}") from away

    async def _opened(self) -> GroupOffsets:
        async with self._opening:
            if self._offsets is None:
                offsets = GroupOffsets(self.url, self.topics, self.security)
                try:
                    await offsets.__aenter__()
                except BaseException:
                    await offsets.__aexit__(None, None, None)
                    raise
                self._offsets = offsets
            return self._offsets
