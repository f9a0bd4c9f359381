"""The time of a drill: the suite's own, moved on steadily, or the machine's."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from eventlog import wall_now
from eventlog.simulation import SimulatedClock
from eventlog.stores import StoreUnavailable

TICK = 0.1
"""Seconds of the machine's time between two moves."""


@dataclass
class DrillClock:
    """``speed`` seconds of the suite's time go by in one of the machine's, while the database answers."""

    clock: SimulatedClock
    at: datetime
    speed: float

    async def set(self, instant: datetime) -> None:
        """Let it be this moment."""
        await self.clock.set(instant)
        self.at = instant

    async def now(self) -> datetime:
        """The moment that was set last."""
        return self.at

    async def run(self) -> None:
        """Move on until cancelled. While the database is away the time stands."""
        while True:
            await asyncio.sleep(TICK)
            try:
                await self.set(self.at + timedelta(milliseconds=round(self.speed * TICK * 1000)))
            except StoreUnavailable:
                continue


class RealDrillClock:
    """The machine's own time, which nobody moves."""

    speed = 1.0

    @property
    def at(self) -> datetime:
        """Now."""
        return wall_now()

    async def set(self, instant: datetime) -> None:
        """Nobody sets it."""

    async def now(self) -> datetime:
        """Now."""
        return wall_now()

    async def run(self) -> None:
        """It goes on by itself."""
        await asyncio.Event().wait()
