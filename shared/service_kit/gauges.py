"""What stands still that should move, as gauges at /metrics: looked up in the database now and then."""

import asyncio
from datetime import datetime
from typing import get_args

import structlog
from prometheus_client import Gauge

from eventlog.clock import wall_now
from eventlog.store import Reason, Store, StoreUnavailable

log = structlog.stdlib.get_logger(__name__)

LETTERS = Gauge("tandem_dead_letters", "Records that are set aside", ["reason"])
OLDEST = Gauge("tandem_dead_letters_oldest_seconds", "How long the oldest of them has been set aside", ["reason"])
UNPUBLISHED = Gauge("tandem_unpublished_oldest_seconds", "How long the oldest event waits that Kafka does not have")

EVERY = 15.0
"""Seconds between two looks: two commands to the database."""


async def keep_gauges(store: Store) -> None:
    """Look again and again; while the database is away the figures stay as they were."""
    while True:
        try:
            await look(store, wall_now())
        except StoreUnavailable as away:
            log.warning("database away, figures are old", error=type(away.__cause__).__name__)
        await asyncio.sleep(EVERY)


async def look(store: Store, now: datetime) -> None:
    """Set the gauges to what is there at this wall time. All processes of a service show the same."""
    aside = await store.set_aside_by_reason()
    for reason in get_args(Reason):
        kept = aside.get(reason)
        LETTERS.labels(reason).set(kept.letters if kept else 0)
        OLDEST.labels(reason).set(_age(kept.since if kept else None, now))
    UNPUBLISHED.set(_age(await store.oldest_unpublished(), now))


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
