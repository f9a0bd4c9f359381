"""Whether this machine's clock agrees with the database server's: deadlines and claims are judged by both."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from prometheus_client import Gauge

from eventlog.clock import wall_now
from eventlog.store import StoreUnavailable
from service_kit.health import NotReady

log = structlog.stdlib.get_logger(__name__)

AHEAD = Gauge("tandem_clock_ahead_seconds", "How far this machine's clock is ahead of the database server's")

EVERY = 60.0
"""Seconds between two comparisons."""
SOON = 1.0
"""Seconds after which one is tried again that had no answer."""


def ahead(before: datetime, server: datetime, after: datetime) -> timedelta:
    """By how much at least this clock is ahead (negative: behind): the server looked at its own between two looks."""
    if server < before:
        return before - server
    return min(timedelta(0), after - server)


@dataclass
class Clocks:
    """This machine's clock beside the database server's, of which it may differ by ``tolerance``."""

    server_time: Callable[[], Awaitable[datetime]]
    tolerance: timedelta
    now: Callable[[], datetime] = wall_now
    _ahead: timedelta | None = field(default=None, init=False)

    @property
    def agree(self) -> bool:
        """Whether they did when they were compared last; False before that."""
        return self._ahead is not None and abs(self._ahead) <= self.tolerance

    async def compare(self) -> None:
        """Ask the server; raises StoreUnavailable."""
        await self.server_time()  # the first to ask opens a connection, and that takes longer than an answer
        before = self.now()
        server = await self.server_time()
        self._ahead = ahead(before, server, self.now())
        AHEAD.set(self._ahead.total_seconds())
        if not self.agree:
            log.error("this clock cannot be relied on", why=self._difference())

    async def keep_comparing(self) -> None:
        """Compare at once and from then on every minute, for ever."""
        while True:
            try:
                await self.compare()
            except StoreUnavailable:
                await asyncio.sleep(SOON)
            else:
                await asyncio.sleep(EVERY)

    async def check(self) -> None:
        """Return if they agree; raises NotReady, which says by how much they do not."""
        if not self.agree:
            raise NotReady(self._difference())

    def _difference(self) -> str:
        if self._ahead is None:
            return "it has not been compared with the database server's so far"
        side = "ahead of" if self._ahead > timedelta(0) else "behind"
        seconds, tolerated = abs(self._ahead).total_seconds(), self.tolerance.total_seconds()
        return f"it is {seconds:.1f} s {side} the database server's, and CLOCK_TOLERANCE is {tolerated:g} s"
