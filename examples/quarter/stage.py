"""The stage of a simulation: its clock, and the silence in which the clock may move on."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import httpx

from eventlog.mongo import SimulatedClock

PATIENCE = 60.0
"""Seconds of wall time within which everything must have come to rest."""
TOGETHER = timedelta(minutes=10)
"""Deadlines so close together are let come at once: each is decided for its own instant all the same. It is less than
the quarter of an hour in which what people are told is gathered, so that all of it is there before it leaves."""
LOOKS_EVERY = 0.025
"""Seconds between two looks at services that are busy: looking costs them time too."""


class NotQuiet(Exception):
    """Something went wrong, or never came to rest: what the services said about it."""


@dataclass
class Stage:
    """Moves domain time from one moment in which something happens to the next, and waits for silence in between."""

    clock: SimulatedClock
    services: Mapping[str, httpx.AsyncClient]
    token: str
    now: datetime
    steps: int = field(default=0, init=False)
    waited: float = field(default=0.0, init=False)
    _next: datetime | None = field(default=None, init=False)

    async def set(self, instant: datetime) -> None:
        """Let it be this moment."""
        self.now = instant
        await self.clock.set(instant)

    async def play_until(self, moment: datetime) -> None:
        """Let every deadline up to a moment come, each in its time, and then let it be that moment."""
        while self._next is not None and self._next < moment:
            await self.set(min(moment, self._next + TOGETHER))
            await self.settle()
        if self.now < moment:
            await self.set(moment)
            if self._next is not None and self._next <= moment:
                await self.settle()

    async def settle(self) -> None:
        """Wait until all is quiet in two rounds with the same ends of all topics; raises NotQuiet."""
        started, self.steps = perf_counter(), self.steps + 1
        before: list[Mapping[str, int]] | None = None
        await asyncio.sleep(LOOKS_EVERY)
        looks: dict[str, dict[str, Any]] = {}
        while True:
            # Who was busy is asked again; once nobody is, everybody, twice.
            asked = [service for service in self.services if not looks.get(service, {}).get("quiet")]
            whole = asked or list(self.services)
            looks |= zip(whole, await asyncio.gather(*(self._look(service) for service in whole)), strict=True)
            quiet = all(look["quiet"] for look in looks.values())
            ends = [looks[service]["ends"] for service in self.services]
            if quiet and not asked and ends == before:
                break
            before = ends if quiet else None
            if perf_counter() - started > PATIENCE:
                said = "; ".join(_busy(service, look) for service, look in looks.items())
                raise NotQuiet(f"still busy after {PATIENCE:.0f} s: {said}")
            if not quiet:
                await asyncio.sleep(LOOKS_EVERY)
        wakes = [datetime.fromisoformat(look["next_wake_at"]) for look in looks.values() if look.get("next_wake_at")]
        self._next = min(wakes, default=None)
        self.waited += perf_counter() - started

    async def ends(self) -> Mapping[str, int]:
        """How many records each partition of each topic holds."""
        looks = await asyncio.gather(*(self._look(service) for service in self.services))
        return {partition: end for look in looks for partition, end in look["ends"].items()}

    async def _look(self, service: str) -> dict[str, Any]:
        try:
            answer = await self.services[service].get("/ops/quiet", headers={"Authorization": f"Bearer {self.token}"})
        except httpx.HTTPError as away:
            raise NotQuiet(f"{service} does not answer: {away!r}") from away
        if answer.status_code == 503:
            return {"quiet": False, "ends": {}, "busy": answer.text}
        look: dict[str, Any] = answer.raise_for_status().json()
        broken = {reason: n for reason, n in look["dead_letters"].items() if reason in ("failed", "undecodable")}
        if broken:
            raise NotQuiet(f"{service} has dead letters: {broken}; see `python -m {service} dead-letters list`")
        return look


def _busy(service: str, look: Mapping[str, Any]) -> str:
    busy = {k: v for k, v in look.items() if v and k not in ("ends", "quiet", "next_wake_at")}
    return f"{service} {busy}"
