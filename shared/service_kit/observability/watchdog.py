"""A consumer that stands still while more and more waits for it, though all it needs is there: its process must end.

aiokafka's consumer can get stuck after a broker's restart (aio-libs/aiokafka#1154); a new process goes on where the
old one stood. What is judged is seen from outside, through connections of its own.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from threading import Timer
from time import monotonic

import structlog

from eventlog.consumers import KafkaConsumer
from eventlog.outbox import BrokerUnavailable
from eventlog.stores import StoreUnavailable
from service_kit.observability.lag_monitor import LagMonitor, PartitionLag

log = structlog.stdlib.get_logger(__name__)

LOOKS = 10
"""How often a consumer is looked at within the time for which it may stand still."""
END_WITHIN = 60.0
"""Seconds that the process has to end in good order."""


class Stuck(Exception):
    """A consumer stands still: the text says which, where and for how long."""


@dataclass(frozen=True, slots=True)
class Standstill:
    """Since when (monotonic seconds) a group has stood at one place of a partition, and what waited there then."""

    since: float
    done: int
    lag: int


Standstills = Mapping[str, Standstill]
"""By ``topic-partition``: those in which something waits."""


def judged(before: Standstills, places: Mapping[str, PartitionLag] | None, now: float) -> Standstills:
    """What stands still now. ``places`` is None if the broker or the database did not answer: then all begins anew."""
    standing: dict[str, Standstill] = {}
    for partition, place in (places or {}).items():
        known = before.get(partition)
        if place.lag > 0:
            still = known is not None and known.done == place.done
            standing[partition] = known if known and still else Standstill(now, place.done, place.lag)
    return standing


def stuck(standing: Standstills, places: Mapping[str, PartitionLag], now: float, patience: float) -> str | None:
    """The first partition in which nothing has moved for so long while its lag grew, if there is one."""
    for partition, still in standing.items():
        if now - still.since >= patience and places[partition].lag > still.lag:
            return partition
    return None


async def keep_watch(
    consumer: KafkaConsumer, watch: LagMonitor, ping: Callable[[], Awaitable[None]], patience: float
) -> None:
    """Look again and again; raises Stuck. A member without partitions answers for all: it may have lost its own."""
    standing: Standstills = {}
    while True:
        await asyncio.sleep(patience / LOOKS)
        places = await _places(consumer, watch, ping)
        now = monotonic()
        standing = judged(standing, places, now)
        where = stuck(standing, places or {}, now, patience)
        if places is not None and where is not None:
            still, lag = standing[where], places[where].lag
            raise Stuck(
                f"{consumer.group} has stood at {still.done} of {where} for {now - still.since:.0f} s while its lag "
                f"grew from {still.lag} to {lag}, though broker and database answer: a new process goes on from there"
            )


async def _places(
    consumer: KafkaConsumer, watch: LagMonitor, ping: Callable[[], Awaitable[None]]
) -> Mapping[str, PartitionLag] | None:
    try:
        own = {f"{each.topic}-{each.partition}" for each in consumer.assigned()}
        _, places = await asyncio.gather(ping(), watch.places(consumer.group))
    except (BrokerUnavailable, StoreUnavailable):
        return None
    return {partition: place for partition, place in places.items() if not own or partition in own}


def end_anyway() -> None:
    """Let this process end soon, in good order or not: what is stuck may not let go."""
    timer = Timer(END_WITHIN, os._exit, (1,))
    timer.daemon = True
    timer.start()
