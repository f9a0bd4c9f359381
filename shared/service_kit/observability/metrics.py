"""What stands still that should move, as gauges at /metrics: looked up in the database and at the broker now and then.

Every process shows them, so that an alarm can fire also when no worker runs. No request waits for them.
"""

import asyncio
import platform
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol, get_args

import structlog
from prometheus_client import Gauge, Info

from eventlog import Clock, wall_now
from eventlog.outbox import BrokerUnavailable
from eventlog.service import Service
from eventlog.stores import DeadLetterStore, Outbox, Reason, StoreUnavailable, Timers
from service_kit.observability.lag_monitor import LagMonitor
from service_kit.observability.packages import installed

log = structlog.stdlib.get_logger(__name__)

LETTERS = Gauge("tandem_dead_letters", "Records that are set aside", ["reason"])
OLDEST = Gauge("tandem_dead_letters_oldest_seconds", "How long the oldest of them has been set aside", ["reason"])
UNPUBLISHED = Gauge("tandem_unpublished_oldest_seconds", "How long the oldest event waits that Kafka does not have")
OVERDUE = Gauge("tandem_deadlines_overdue_oldest_seconds", "How long ago the oldest undecided deadline was")
LAG = Gauge("tandem_consumer_lag_records", "Records that a group has not done yet", ["group", "topic", "partition"])
BUILD = Info("tandem_build", "What runs in this process")

EVERY = 15.0
"""Seconds between two looks: three commands to the database, two requests to the broker for each group."""
SOON = 3.0
"""Seconds until the broker is asked again that did not answer: at its first start groups take a moment."""


def say_what_runs(service: Service) -> None:
    """Show the service, its version, Python's and those of its data of time as ``tandem_build_info``."""
    try:
        number = version("tandem")
    except PackageNotFoundError:  # run from its folder, without having been installed
        number = "unknown"
    here = {"service": service.name, "version": number, "python": platform.python_version()}
    BUILD.info({**here, **installed(service.packages)})


class GaugedStore(DeadLetterStore, Outbox, Timers, Protocol):
    """What is measured of a store."""


async def keep_gauges(store: GaugedStore, clock: Clock) -> None:
    """Look again and again; while the database is away the figures stay as they were."""
    while True:
        try:
            await look(store, wall_now())
            await look_at_deadlines(store, await clock.now())
        except StoreUnavailable as away:
            log.warning("database away, figures are old", error=type(away.__cause__).__name__)
        await asyncio.sleep(EVERY)


async def look(store: GaugedStore, now: datetime) -> None:
    """Set the gauges to what is there at this wall time. All processes of a service show the same."""
    aside = await store.dead_letter_counts()
    for reason in get_args(Reason):
        kept = aside.get(reason)
        LETTERS.labels(reason).set(kept.letters if kept else 0)
        OLDEST.labels(reason).set(_age(kept.since if kept else None, now))
    UNPUBLISHED.set(_age(await store.oldest_unpublished(), now))


async def look_at_deadlines(store: Timers, now: datetime) -> None:
    """Set the gauge by the earliest deadline of all; both instants are domain time."""
    OVERDUE.set(_age(await store.next_wake(), now))


async def keep_lag(watch: LagMonitor, broker_started: asyncio.Event) -> None:
    """Look at the groups again and again, once the topics are there; while the broker is away figures stay."""
    await broker_started.wait()
    while True:
        try:
            await look_at_groups(watch)
        except BrokerUnavailable as away:
            log.warning("broker away, figures are old", error=type(away.__cause__).__name__)
            await asyncio.sleep(SOON)
        else:
            await asyncio.sleep(EVERY)


async def look_at_groups(watch: LagMonitor) -> None:
    """Set the gauge of each group and partition; raises BrokerUnavailable."""
    for group in watch.groups:
        for partition, place in (await watch.places(group)).items():
            topic, _, number = partition.rpartition("-")
            LAG.labels(group, topic, number).set(max(0, place.lag))


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
