"""The stage of a simulation: its clock, and the idle state in which the clock can move on."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import httpx

from eventlog.simulation import SimulatedClock

PATIENCE = 60.0
"""Seconds of wall time within which something must change. This tells a slow machine from a hung one."""
TOGETHER = timedelta(minutes=10)
"""Deadlines within this time come together. Each is still decided for its own instant. It is less than
the quarter of an hour in which messages are gathered, so that all of them are there before they leave.
"""
TELLS_WITHIN = 2.0
"""Seconds after which a busy service answers. An idle one answers at once."""
PAUSE = 0.1
"""Seconds before the next request to a service that did not answer."""

Look = Mapping[str, Any]
"""The answer of a service that is idle, or busy for too long."""


class NotQuiet(Exception):
    """An error, or a service that never became idle, with the answers of the services."""


@dataclass
class Stage:
    """Moves domain time from one deadline to the next, and waits until all services are idle in between."""

    clock: SimulatedClock
    services: Mapping[str, httpx.AsyncClient]
    token: str
    now: datetime
    steps: int = field(default=0, init=False)
    waited: float = field(default=0.0, init=False)
    _next: datetime | None = field(default=None, init=False)

    async def set(self, instant: datetime) -> None:
        """Set the domain time."""
        self.now = instant
        await self.clock.set(instant)

    async def play_until(self, moment: datetime) -> None:
        """Let every deadline until a moment come, each at its time, and then set the time to that moment."""
        while self._next is not None and self._next < moment:
            await self.set(min(moment, self._next + TOGETHER))
            await self.settle()
        if self.now < moment:
            await self.set(moment)
            if self._next is not None and self._next <= moment:
                await self.settle()

    async def settle(self) -> None:
        """Wait until all services are idle at one instant. Raises NotQuiet without a change for too long.

        The answer of a service stays valid while no topic that it reads has grown: only new records can wake it. So
        after all
        answers, one more look at the services that read every topic shows whether all were idle at its beginning.
        """
        started, self.steps = perf_counter(), self.steps + 1
        moved, before = started, None
        looks: dict[str, Look] = {}
        everybody = list(self.services)
        asked, nothing_left = everybody, False
        while True:
            looks |= zip(asked, await asyncio.gather(*map(self._look, asked)), strict=True)
            ends = _newest(looks.values())
            left = [service for service, look in looks.items() if not look["idle"] or _is_behind(look, ends)]
            if nothing_left and not left:
                break
            if looks != before:
                moved, before = perf_counter(), dict(looks)
            elif perf_counter() - moved > PATIENCE:
                said = "; ".join(_busy(service, looks[service]) for service in left)
                raise NotQuiet(f"still busy, and nothing has moved for {PATIENCE:.0f} s: {said}")
            nothing_left = not left
            see_all = [service for service, look in looks.items() if look["ends"].keys() == ends.keys()]
            asked = left or see_all or everybody
        wakes = [datetime.fromisoformat(look["next_wake_at"]) for look in looks.values() if look.get("next_wake_at")]
        self._next = min(wakes, default=None)
        self.waited += perf_counter() - started

    async def ends(self) -> Mapping[str, int]:
        """The number of records in each partition of each topic."""
        return _newest(await asyncio.gather(*map(self._look, self.services)))

    async def _look(self, service: str) -> Look:
        try:
            answer = await self.services[service].get(
                "/ops/idle", params={"within": TELLS_WITHIN}, headers={"Authorization": f"Bearer {self.token}"}
            )
        except httpx.HTTPError as away:
            raise NotQuiet(f"{service} does not answer: {away!r}") from away
        if answer.status_code == 503:
            await asyncio.sleep(PAUSE)
            return {"idle": False, "ends": {}, "busy": answer.text}
        look: Look = answer.raise_for_status().json()
        broken = {reason: n for reason, n in look["dead_letters"].items() if reason not in ("gap", "waiting")}
        if broken:
            raise NotQuiet(f"{service} has dead letters: {broken}; see `python -m {service} dead-letters list`")
        return look


def _newest(looks: Iterable[Look]) -> Mapping[str, int]:
    """The latest known ends of all topics, by partition."""
    ends: dict[str, int] = {}
    for look in looks:
        for partition, end in look["ends"].items():
            ends[partition] = max(end, ends.get(partition, 0))
    return ends


def _is_behind(look: Look, ends: Mapping[str, int]) -> bool:
    return any(end < ends[partition] for partition, end in look["ends"].items())


def _busy(service: str, look: Look) -> str:
    busy = {k: v for k, v in look.items() if v and k not in ("ends", "idle", "next_wake_at")}
    return f"{service} {busy}"
