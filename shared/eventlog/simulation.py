"""The simulated clock: domain time that moves only when it is set. Production refuses it.

The process that sets it asks ``/ops/idle`` of every service first, which counts ``outstanding`` work (``IdleProbe``).
"""

from dataclasses import dataclass, field
from datetime import datetime

from eventlog.clock import EPOCH, wall_in, wall_now
from eventlog.stores.documents import StoreUnavailable
from eventlog.stores.mongo.client import MongoClient, translating_errors
from eventlog.timers import Deadlines

LOOK_ANYWAY = 0.25
"""Seconds after which a sweep looks for what others wrote although domain time stands still."""
LEFT_ALONE = 1.0
"""When nobody has moved the clock for so many seconds, and nothing was due, a sweep reads it less often:
every LOOK_ANYWAY seconds.
"""


@translating_errors
class SimulatedClock:
    """Domain time as one document in the database. Every process reads it when it acts; a simulation sets it."""

    def __init__(self, client: MongoClient, database: str = "tandem_clock") -> None:
        self._instants = client.database(database)["clock"]

    async def now(self) -> datetime:
        """The instant that was set last, UTC; StoreUnavailable if none was."""
        found = await self._instants.find_one({"_id": "now"})
        if found is None:
            raise StoreUnavailable("the simulated clock has not been set: the simulation sets it first")
        return found["instant"]

    async def set(self, instant: datetime) -> None:
        """Move domain time."""
        await self._instants.replace_one({"_id": "now"}, {"_id": "now", "instant": instant}, upsert=True)


@dataclass
class SimulatedDeadlines(Deadlines):
    """The sweep on a clock that mostly stands still: meanwhile it reads the clock alone, and seldom the deadlines."""

    _stood_at: datetime = field(default=EPOCH, init=False)
    _until: datetime = field(default=EPOCH, init=False)
    _left_alone: datetime = field(default=EPOCH, init=False)

    def _rest(self, pause: float) -> float:
        # An idle suite takes 0.2 of a core with this, and 0.43 without: workers read the clock 30 times a second.
        return pause if wall_now() < self._left_alone else LOOK_ANYWAY

    async def _look(self, has_written: bool) -> int:
        now = await self.clock.now()
        if now == self._stood_at and wall_now() < self._until and not has_written:
            return 0
        taken = await self._sweep(now)
        if taken or now != self._stood_at:
            self._left_alone = wall_in(LEFT_ALONE)
        if not taken:
            self._stood_at, self._until = now, wall_in(LOOK_ANYWAY)
        return taken
