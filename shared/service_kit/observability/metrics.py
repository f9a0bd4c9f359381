"""Gauges at /metrics for what stands still although it should move, read from the database and the broker.

Every process has them, so that an alarm also fires when no worker runs. No request waits for them.
"""

import asyncio
import platform
from datetime import datetime
from typing import get_args

import structlog
from prometheus_client import Gauge, Info

from eventlog import Clock, wall_now
from eventlog.outbox import BrokerUnavailable
from eventlog.service import Service
from eventlog.stores import Reason, Store, StoreUnavailable
from service_kit.observability.lag_monitor import LagMonitor
from service_kit.observability.packages import installed
from service_kit.versions import suite_version

log = structlog.stdlib.get_logger(__name__)

LETTERS = Gauge("tandem_dead_letters", "Dead letters", ["reason"])
OLDEST = Gauge("tandem_dead_letters_oldest_seconds", "Age of the oldest dead letter", ["reason"])
UNPUBLISHED = Gauge("tandem_unpublished_oldest_seconds", "Age of the oldest event that Kafka does not have")
OVERDUE = Gauge("tandem_deadlines_overdue_oldest_seconds", "How long ago the oldest undecided deadline was")
LAG = Gauge("tandem_consumer_lag_records", "Records that a group has not processed", ["group", "topic", "partition"])
BUILD = Info("tandem_build", "What runs in this process")

EVERY = 15.0
"""Seconds between two updates: three commands to the database, two requests to the broker for each group."""
SOON = 3.0
"""Seconds until the next try if the broker does not answer: after its first start, groups take a moment."""


def set_build_info(service: Service) -> None:
    """Set ``tandem_build_info``: the service, and the versions of this suite, Python and the time data."""
    own = {"service": service.name, "version": suite_version(), "python": platform.python_version()}
    BUILD.info({**own, **installed(service.packages)})


async def keep_gauges(store: Store, clock: Clock) -> None:
    """Update the gauges of the database. They keep their values while it is away. Never returns."""
    while True:
        try:
            await update_gauges(store, wall_now())
            OVERDUE.set(_age(await store.next_wake(), await clock.now()))  # both are domain time
        except StoreUnavailable as away:
            log.warning("database away, figures are old", error=type(away.__cause__).__name__)
        await asyncio.sleep(EVERY)


async def update_gauges(store: Store, now: datetime) -> None:
    """Set the gauges as of this wall time. All processes of a service have the same values."""
    letters = await store.dead_letter_counts()
    for reason in get_args(Reason):
        kept = letters.get(reason)
        LETTERS.labels(reason).set(kept.letters if kept else 0)
        OLDEST.labels(reason).set(_age(kept.since if kept else None, now))
    UNPUBLISHED.set(_age(await store.oldest_unpublished(), now))


async def keep_lag(watch: LagMonitor, broker_started: asyncio.Event) -> None:
    """Update the lag of the groups once the topics exist. It keeps its values while the broker is away."""
    await broker_started.wait()
    while True:
        try:
            for group in watch.groups:
                for partition, place in (await watch.lags(group)).items():
                    topic, _, number = partition.rpartition("-")
                    LAG.labels(group, topic, number).set(max(0, place.lag))
        except BrokerUnavailable as away:
            log.warning("broker away, figures are old", error=type(away.__cause__).__name__)
            await asyncio.sleep(SOON)
        else:
            await asyncio.sleep(EVERY)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
