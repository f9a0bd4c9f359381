"""Ends a process whose consumer stands still while its lag grows, although the broker and the database answer.

aiokafka's consumer can get stuck after a restart of the broker (aio-libs/aiokafka#1154); a new process continues where
the old one stopped. The watchdog looks through its own connections.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from threading import Timer
from time import monotonic

from eventlog.consumers import KafkaConsumer
from eventlog.outbox import BrokerUnavailable
from eventlog.stores import StoreUnavailable
from service_kit.observability.lag_monitor import LagMonitor, PartitionLag

CHECKS = 10
"""How often a consumer is checked within the time for which it may stand still."""
END_WITHIN = 60.0
"""Seconds in which the process can stop in good order."""


class Stuck(Exception):
    """A consumer stands still. The text says which one, where and for how long."""


@dataclass(frozen=True, slots=True)
class Standstill:
    """Since when (monotonic seconds) a group has been at one offset of a partition, and its lag at that time."""

    since: float
    done: int
    lag: int


Standstills = Mapping[str, Standstill]
"""The partitions with lag, by ``topic-partition``."""
Lags = Mapping[str, PartitionLag]


def standstills(before: Standstills, lags: Lags | None, now: float) -> Standstills:
    """Which partitions stand still now. ``lags`` is None if the broker or the database did not answer."""
    standing: dict[str, Standstill] = {}
    for partition, place in (lags or {}).items():
        known = before.get(partition)
        if place.lag > 0:
            is_same = known is not None and known.done == place.done
            standing[partition] = known if known and is_same else Standstill(now, place.done, place.lag)
    return standing


def stuck(standing: Standstills, lags: Lags, now: float, seconds: float) -> str | None:
    """The first partition that has not moved for so many seconds while its lag grew; None if there is none."""
    for partition, still in standing.items():
        if now - still.since >= seconds and lags[partition].lag > still.lag:
            return partition
    return None


async def keep_watch(
    consumer: KafkaConsumer, watch: LagMonitor, ping: Callable[[], Awaitable[None]], seconds: float
) -> None:
    """Check a consumer until it has not moved for so many seconds; then raise Stuck."""
    standing: Standstills = {}
    while True:
        await asyncio.sleep(seconds / CHECKS)
        lags = await _lags(consumer, watch, ping)
        now = monotonic()
        standing = standstills(standing, lags, now)
        where = stuck(standing, lags or {}, now, seconds)
        if lags is not None and where is not None:
            still, lag = standing[where], lags[where].lag
            raise Stuck(
                f"{consumer.group} has been at offset {still.done} of {where} for {now - still.since:.0f} s while its "
                f"lag grew from {still.lag} to {lag}, though broker and database answer: a new process continues there"
            )


async def _lags(consumer: KafkaConsumer, watch: LagMonitor, ping: Callable[[], Awaitable[None]]) -> Lags | None:
    """The lags of the consumer's own partitions. Without any, those of all: it may have lost its own."""
    try:
        own = {f"{each.topic}-{each.partition}" for each in consumer.assigned()}
        _, lags = await asyncio.gather(ping(), watch.lags(consumer.group))
    except (BrokerUnavailable, StoreUnavailable):
        return None
    return {partition: place for partition, place in lags.items() if not own or partition in own}


def end_anyway() -> None:
    """End this process after END_WITHIN seconds even if it does not stop in good order: a stuck part may hold it."""
    timer = Timer(END_WITHIN, os._exit, (1,))
    timer.daemon = True
    timer.start()
