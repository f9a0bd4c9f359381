"""Looks at the broker from outside: how long the topics are, and how far the groups have read."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka.errors import KafkaError

from coaching_events.kafka_security import KafkaSecurity
from eventlog.consumers import GroupOffsets
from eventlog.outbox import OPEN, BrokerUnavailable

Offsets = Coroutine[Any, Any, Mapping[str, int]]
"""A question for offsets, by ``topic-partition``."""


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """How many records of a partition a group has done, and how many there are."""

    done: int
    end: int

    @property
    def lag(self) -> int:
        """How many wait."""
        return self.end - self.done


@dataclass
class LagMonitor:
    """Looks at the broker from outside; opened when first asked, and anew after an error."""

    url: str
    topics: Sequence[str]
    groups: Sequence[str]
    security: KafkaSecurity = OPEN
    _open: GroupOffsets | None = field(default=None, init=False)
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def look(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """The ends of the topics by ``topic-partition``, and the unread records of each group."""
        ends, *read = await self._asked(lambda watch: (watch.ends(), *map(watch.committed, self.groups)))
        unread = {
            group: sum(max(0, end - done.get(partition, 0)) for partition, end in ends.items())
            for group, done in zip(self.groups, read, strict=True)
        }
        return ends, unread

    async def places(self, group: str) -> Mapping[str, PartitionLag]:
        """Where a group stands in each partition, by ``topic-partition``."""
        ends, done = await self._asked(lambda watch: (watch.ends(), watch.committed(group)))
        return {partition: PartitionLag(max(0, done.get(partition, 0)), end) for partition, end in ends.items()}

    async def reached(self, group: str, ends: Mapping[str, int]) -> bool:
        """Whether a group has read everything up to these ends."""
        (done,) = await self._asked(lambda watch: (watch.committed(group),))
        return all(done.get(partition, 0) >= end for partition, end in ends.items())

    async def close(self) -> None:
        """Give the connections back."""
        watch, self._open = self._open, None
        if watch is not None:
            await watch.__aexit__(None, None, None)

    async def _asked(self, questions: Callable[[GroupOffsets], Iterable[Offsets]]) -> Sequence[Mapping[str, int]]:
        """The answers, asked side by side; raises BrokerUnavailable."""
        try:
            return await asyncio.gather(*questions(await self._opened()))
        except (KafkaError, OSError, IndexError, KeyError) as away:
            await self.close()
            raise BrokerUnavailable(f"{type(away).__name__} {away}") from away

    async def _opened(self) -> GroupOffsets:
        async with self._opening:
            if self._open is None:
                watch = GroupOffsets(self.url, self.topics, self.security)
                try:
                    await watch.__aenter__()
                except BaseException:
                    await watch.__aexit__(None, None, None)
                    raise
                self._open = watch
            return self._open
