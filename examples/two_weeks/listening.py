"""A subscriber that follows all four topics during the play, as any other service of the company could."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from coaching_events import Delivery, subscribe
from coaching_events.event import Event
from coaching_events.registry import EVENTS
from coaching_events.topics import TOPICS, topic_of
from eventlog import fresh_id
from examples.quarter.audit import Audit
from examples.quarter.stage import NotQuiet

PATIENCE = 30.0
"""Seconds within which the subscriber must have all records of a topic."""


@dataclass
class Listener:
    """The records so far: ``audit`` folds them again, ``news`` are those that the narrator has not taken yet."""

    audit: Audit = field(default_factory=Audit)
    news: list[Delivery[Event]] = field(default_factory=list[Delivery[Event]])
    _heard: Counter[str] = field(default_factory=Counter[str])
    _more: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def follow(self, kafka_url: str, topic: str, group: str) -> None:
        """Read one topic from its beginning, until cancelled."""
        kinds = [kind for kind in EVENTS if topic_of(kind) == topic]
        async with subscribe(types=kinds, group=group, bootstrap=kafka_url, stop_on=()) as deliveries:
            async for delivery in deliveries:
                known = self.audit.streams.get(delivery.recorded.stream)
                if known is None or delivery.recorded.version > known.version:
                    self.news.append(delivery)
                self.audit.hear(delivery.recorded.stream, delivery.recorded.version, delivery.event)
                async with self._more:
                    self._heard[topic] += 1
                    self._more.notify_all()

    async def heard_all(self, ends: Mapping[str, int]) -> None:
        """Wait for every record up to these ends (by ``topic-partition``). Raises NotQuiet."""
        totals: Counter[str] = Counter()
        for partition, end in ends.items():
            totals[partition.rpartition("-")[0]] += end
        try:
            async with asyncio.timeout(PATIENCE), self._more:
                await self._more.wait_for(lambda: all(self._heard[topic] >= total for topic, total in totals.items()))
        except TimeoutError:
            raise NotQuiet(f"a subscriber has not heard everything within {PATIENCE:.0f} s") from None


@asynccontextmanager
async def listening(kafka_url: str) -> AsyncGenerator[Listener]:
    """A listener for the length of an ``async with`` block."""
    listener = Listener()
    group = f"storyteller-{fresh_id()[:8]}"
    following = [
        asyncio.create_task(listener.follow(kafka_url, topic, f"{group}-{topic}")) for topic in TOPICS.values()
    ]
    try:
        yield listener
    finally:
        for each in following:
            each.cancel()
        await asyncio.gather(*following, return_exceptions=True)
