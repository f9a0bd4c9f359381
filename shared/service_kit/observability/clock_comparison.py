"""Compares this machine's clock with the database server's: deadlines and leases depend on both."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

import structlog
from prometheus_client import Gauge

from eventlog import wall_now
from eventlog.stores import ClockUnreliable, StoreUnavailable
from service_kit.server.health import NotReady

log = structlog.stdlib.get_logger(__name__)

AHEAD = Gauge("tandem_clock_ahead_seconds", "How far this machine's clock is ahead of the database server's")

EVERY = 60.0
"""Seconds between two comparisons."""
SOON = 1.0
"""Seconds until a failed comparison is repeated, and between two checks for a jump of this clock."""


def ahead(before: datetime, server: datetime, after: datetime) -> timedelta:
    """By how much this clock is at least ahead (negative: behind). The server's time is from between two of ours."""
    if server < before:
        return before - server
    return min(timedelta(0), after - server)


@dataclass
class ClockComparison:
    """Compares this machine's clock with the database server's; they may differ by ``tolerance``.

    ``steady`` is a monotonic clock in seconds: it shows a jump of the other one before the next comparison.
    """

    server_time: Callable[[], Awaitable[datetime]]
    tolerance: timedelta
    now: Callable[[], datetime] = wall_now
    steady: Callable[[], float] = monotonic
    _ahead: timedelta | None = field(default=None, init=False)
    _compared: tuple[datetime, float] | None = field(default=None, init=False)

    @property
    def agree(self) -> bool:
        """Whether the clocks agreed when last compared and ours has not jumped since; False if never compared."""
        return self._ahead is not None and abs(self._ahead) <= self.tolerance and not self.jumped

    @property
    def jumped(self) -> bool:
        """Whether this clock has jumped since the last comparison; True before the first one."""
        if self._compared is None:
            return True
        then, steady = self._compared
        return abs(self.now() - then - timedelta(seconds=self.steady() - steady)) > self.tolerance

    async def compare(self) -> None:
        """Ask the server; raises StoreUnavailable."""
        await self.server_time()  # the first call may open a connection, which takes longer
        before = self.now()
        server = await self.server_time()
        after = self.now()
        self._ahead, self._compared = ahead(before, server, after), (after, self.steady())
        AHEAD.set(self._ahead.total_seconds())
        if not self.agree:
            log.error("this clock is unreliable", why=self._difference())

    async def keep_comparing(self) -> None:
        """Compare now, every minute, and soon after each jump of this clock. Never returns."""
        due = self.steady()
        while True:
            if self.steady() >= due or self.jumped:
                try:
                    await self.compare()
                    due = self.steady() + EVERY
                except StoreUnavailable:
                    due = self.steady()
            await asyncio.sleep(SOON)

    async def check(self) -> None:
        """Return if the clocks agree; raises NotReady with the difference."""
        if not self.agree:
            raise NotReady(self._difference())

    def _difference(self) -> str:
        if self._ahead is None:
            return "it has not been compared with the database server's clock yet"
        if self.jumped:
            return "it has jumped since its last comparison with the database server's clock"
        side = "ahead of" if self._ahead > timedelta(0) else "behind"
        seconds, tolerated = abs(self._ahead).total_seconds(), self.tolerance.total_seconds()
        return f"it is {seconds:.1f} s {side} the database server's clock; CLOCK_TOLERANCE is {tolerated:g} s"


@dataclass(frozen=True, slots=True)
class ComparedClock:
    """This machine's clock as domain time, while it agrees with the database server's."""

    clocks: ClockComparison

    async def now(self) -> datetime:
        """This machine's time in UTC; raises ClockUnreliable while the clocks disagree, so no wrong time is written.

        Compares them first if they never were compared, or if this clock has jumped; raises StoreUnavailable.
        """
        if self.clocks.jumped:
            await self.clocks.compare()
        try:
            await self.clocks.check()
        except NotReady as why:
            raise ClockUnreliable(str(why)) from why
        return self.clocks.now()
