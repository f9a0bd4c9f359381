"""How late check-ins open when everybody's are to open in the same minute: on the real clock, by two sweepers."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from coaching_events.ids import PartnershipId, PersonId, StreamId
from eventlog import derived_stream, wall_now
from eventlog.clock import RealClock
from eventlog.timers import Deadlines
from goals.check_ins.rules.spread import opening
from service_kit.process.worker import PAUSE
from tests.benchmarks.crowd import LATER, Crowd
from tests.benchmarks.databases import databases
from tests.benchmarks.findings import Latency, Turn
from tests.benchmarks.measure import Effort, Servers

SWEEPERS = 2
PUT_A_SECOND = 4_000
"""Check-ins that are put into the database a second, at first sight."""


async def lateness(servers: Servers, effort: Effort) -> list[Latency]:
    """Over the minute; all at one instant, where the last ones wait for all others; and that instant spread."""
    minute, spread = timedelta(seconds=effort.minute), timedelta(seconds=effort.spread)
    lived = timedelta(seconds=effort.spread_lived)
    found: list[Latency] = []
    for when, offsets in (
        ("over a minute", [minute * number / effort.late for number in range(effort.late)]),
        ("at one instant", [timedelta(0)] * effort.late),
        (f"at one instant, spread over {spread}, its first {lived}", _spread(effort.late, spread, lived)),
    ):
        async with databases(servers.mongo_url) as made:
            crowd = await Crowd.of(made, 0, 0)
            late = await _opened(crowd, offsets)
        how = f"of {effort.late:,} check-ins, {SWEEPERS} sweepers in this process"
        found.append(Latency(f"lateness of openings, {when}", [Turn(late)], how))
    return found


def _spread(count: int, within: timedelta, lived: timedelta) -> Sequence[timedelta]:
    """How much later each of so many opens, of those that open within the time that is lived through."""
    opens = wall_now()
    whose = (derived_stream("check-ins", str(number)) for number in range(count))
    offsets = (opening(*_pair(each), opens, opens + LATER, within) - opens for each in whose)
    return [offset for offset in offsets if offset < lived]


def _pair(stream: StreamId) -> tuple[PartnershipId, PersonId]:
    return PartnershipId(StreamId(f"of {stream}")), PersonId(stream)


async def _opened(crowd: Crowd, offsets: Sequence[timedelta]) -> list[float]:
    """How many seconds after its instant each was opened."""
    await _put(crowd, offsets)
    left = len(offsets)

    async def sweep(deadlines: Deadlines) -> None:
        nonlocal left
        while left > 0:
            taken = await deadlines.sweep()
            left -= taken
            if not taken:
                await asyncio.sleep(PAUSE)

    await asyncio.gather(*(sweep(crowd.deadlines(RealClock())) for _ in range(SWEEPERS)))
    # Nothing is published here, so the mark tells when the outcome was written.
    written: Any = crowd.documents.find({}, {"state.current.opens": 1, "outbox_since": 1})
    return [
        (each["outbox_since"] - datetime.fromisoformat(each["state"]["current"]["opens"])).total_seconds()
        for each in await written.to_list(None)
    ]


async def _put(crowd: Crowd, offsets: Sequence[timedelta]) -> None:
    """Check-ins of which the first opens when all of them are there."""
    ahead = timedelta(seconds=2 + len(offsets) / PUT_A_SECOND)
    while True:
        first = wall_now() + ahead
        put = await crowd.open_at(_instants(first, offsets))
        if wall_now() < first:
            return
        await crowd.forget(put)
        ahead *= 2


def _instants(first: datetime, offsets: Iterable[timedelta]) -> Iterable[datetime]:
    """As precise as the database keeps them."""
    for offset in offsets:
        instant = first + offset
        yield instant.replace(microsecond=instant.microsecond // 1000 * 1000)
