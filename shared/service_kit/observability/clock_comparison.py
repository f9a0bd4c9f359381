"""Whether this machine's clock agrees with the database server's: deadlines and claims are judged by both."""

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
"""Seconds after which one is tried again that had no answer, and after which a jump of this clock is noticed."""


def ahead(before: datetime, server: datetime, after: datetime) -> timedelta:
    """By how much at least this clock is ahead (negative: behind): the server looked at its own between two looks."""
    if server < before:
        return before - server
    return min(timedelta(0), after - server)


@dataclass
class ClockComparison:
    """This machine's clock beside the database server's, of which it may differ by ``tolerance``.

    ``steady`` counts seconds whatever becomes of the clock: so a jump is noticed before the next comparison.
    """

    server_time: Callable[[], Awaitable[datetime]]
    tolerance: timedelta
    now: Callable[[], datetime] = wall_now
    steady: Callable[[], float] = monotonic
    _ahead: timedelta | None = field(default=None, init=False)
    _compared: tuple[datetime, float] | None = field(default=None, init=False)

    @property
    def agree(self) -> bool:
        """Whether they did when they were compared last, and this one has not jumped since; False before that."""
        return self._ahead is not None and abs(self._ahead) <= self.tolerance and not self.jumped

    @property
    def jumped(self) -> bool:
        """Whether this clock has gone on otherwise than time since they were compared last; True before that."""
        if self._compared is None:
            return True
        then, counted = self._compared
        return abs(self.now() - then - timedelta(seconds=self.steady() - counted)) > self.tolerance

    async def compare(self) -> None:
        """Ask the server; raises StoreUnavailable."""
        await self.server_time()  # the first to ask opens a connection, and that takes longer than an answer
        before = self.now()
        server = await self.server_time()
        after = self.now()
        self._ahead, self._compared = ahead(before, server, after), (after, self.steady())
        AHEAD.set(self._ahead.total_seconds())
        if not self.agree:
            log.error("this clock cannot be relied on", why=self._difference())

    async def keep_comparing(self) -> None:
        """Compare at once, then every minute and soon after each jump of this clock, for ever."""
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
        """Return if they agree; raises NotReady, which says by how much they do not."""
        if not self.agree:
            raise NotReady(self._difference())

    def _difference(self) -> str:
        if self._ahead is None:
            return "it has not been compared with the database server's so far"
        if self.jumped:
            return "it has jumped since it was compared with the database server's"
        side = "ahead of" if self._ahead > timedelta(0) else "behind"
        seconds, tolerated = abs(self._ahead).total_seconds(), self.tolerance.total_seconds()
        return f"it is {seconds:.1f} s {side} the database server's, and CLOCK_TOLERANCE is {tolerated:g} s"


@dataclass(frozen=True, slots=True)
class ComparedClock:
    """Domain time by this machine's clock, while that and the database server's agree."""

    clocks: ClockComparison

    async def now(self) -> datetime:
        """This machine's time in UTC; raises ClockUnreliable while the two disagree, so that no wrong time is written.

        They are compared first if they never were, or if this one has jumped: StoreUnavailable without an answer.
        """
        if self.clocks.jumped:
            await self.clocks.compare()
        try:
            await self.clocks.check()
        except NotReady as why:
            raise ClockUnreliable(str(why)) from why
        return self.clocks.now()
