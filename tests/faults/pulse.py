"""The time of a drill: the suite's own, moved on steadily, or the machine's."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from eventlog import wall_now
from eventlog.simulation import SimulatedClock
from eventlog.stores import StoreUnavailable

BEAT = 0.1
"""Seconds of the machine's time between two moves."""


@dataclass
class Pulse:
    """``speed`` seconds of the suite's time go by in one of the machine's, while the database answers."""

    clock: SimulatedClock
    at: datetime
    speed: float
    _beating: bool = field(default=True, init=False)

    async def set(self, instant: datetime) -> None:
        """Let it be this moment."""
        await self.clock.set(instant)
        self.at = instant

    async def now(self) -> datetime:
        """The moment that was set last."""
        return self.at

    async def beat(self) -> None:
        """Move on until cancelled. While the database is away the time stands."""
        while True:
            await asyncio.sleep(BEAT)
            try:
                await self.set(self.at + timedelta(milliseconds=round(self.speed * BEAT * 1000)))
            except StoreUnavailable:
                continue


class RealPulse:
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

    async def beat(self) -> None:
        """It beats by itself."""
        await asyncio.Event().wait()
