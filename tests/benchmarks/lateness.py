"""How late deadlines are decided when everybody's fall due in the same minute: on the real clock, by two sweepers."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from eventlog.clock import RealClock, wall_now
from eventlog.sweep import Deadlines
from service_kit.worker import PAUSE
from tests.benchmarks.crowd import Crowd
from tests.benchmarks.databases import databases
from tests.benchmarks.findings import Latency, Turn
from tests.benchmarks.measure import Effort, Servers

SWEEPERS = 2
PUT_A_SECOND = 4_000
"""Promises that are put into the database a second, at first sight."""


async def lateness(servers: Servers, effort: Effort) -> list[Latency]:
    """Spread over the minute, and all at one instant of it: then the last ones wait for all others."""
    spread = timedelta(seconds=effort.minute) / effort.late
    found: list[Latency] = []
    for when, apart in (("over a minute", spread), ("at one instant", timedelta(0))):
        async with databases(servers.mongo_url) as made:
            crowd = await Crowd.of(made, 0, 0)
            late = await _decided(crowd, effort.late, apart)
        found.append(
            Latency(f"lateness of deadlines, {when}", [Turn(late)], f"due, {SWEEPERS} sweepers in this process")
        )
    return found


async def _decided(crowd: Crowd, count: int, apart: timedelta) -> list[float]:
    """How many seconds after its instant each was decided."""
    await _put(crowd, count, apart)
    left = count

    async def sweep(deadlines: Deadlines) -> None:
        nonlocal left
        while left > 0:
            taken = await deadlines.sweep()
            left -= taken
            if not taken:
                await asyncio.sleep(PAUSE)

    await asyncio.gather(*(sweep(crowd.deadlines(RealClock())) for _ in range(SWEEPERS)))
    # Nothing is published here, so the mark tells when the outcome was written.
    written: Any = crowd.documents.find({}, {"state.due": 1, "unpublished_since": 1})
    return [
        (each["unpublished_since"] - datetime.fromisoformat(each["state"]["due"])).total_seconds()
        for each in await written.to_list(None)
    ]


async def _put(crowd: Crowd, count: int, apart: timedelta) -> None:
    """Promises of which the first falls due when all of them are there."""
    ahead = timedelta(seconds=2 + count / PUT_A_SECOND)
    while True:
        first = wall_now() + ahead
        promised = await crowd.promise(_instants(first, apart, count))
        if wall_now() < first:
            return
        await crowd.forget(promised)
        ahead *= 2


def _instants(first: datetime, apart: timedelta, count: int) -> Iterable[datetime]:
    """As precise as the database keeps them."""
    for number in range(count):
        instant = first + number * apart
        yield instant.replace(microsecond=instant.microsecond // 1000 * 1000)
