"""A process dies between each two steps of writing, publishing, projecting, sweeping and reacting."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.faults.failing import FailPoint
from tests.faults.oracle.suite import ROWS_IN_USE
from tests.faults.process_pool import Member
from tests.faults.scene import Scene

WRITING = tuple(
    FailPoint(step, when)
    for step, when in (
        ("read", "after"),
        ("append", "before"),
        ("append", "after"),
        ("send", "before"),
        ("send", "after"),
        ("acknowledge", "before"),
        ("acknowledge", "after"),
    )
)
"""On the way of a command, from its document to the broker's acknowledgement and back into the document."""
PROJECTIONS = f"projections.{ROWS_IN_USE}"
PROJECTING = (
    FailPoint("find-rows", "after"),
    FailPoint("write-rows", "before"),
    FailPoint("write-rows", "after"),
    FailPoint("finish-batch", "before", group=PROJECTIONS),
    FailPoint("commit", "before", group=PROJECTIONS),
    FailPoint("commit", "after", group=PROJECTIONS),
)
REACTING = (
    FailPoint("finish-batch", "before", group="reactions"),
    FailPoint("commit", "before", group="reactions"),
    FailPoint("commit", "after", group="reactions"),
)
SWEEPING = (FailPoint("claim", "after"), FailPoint("take-unpublished", "after"))
WORKING = (*WRITING, *PROJECTING, *REACTING, *SWEEPING)

PLACES: Mapping[tuple[str, str], Sequence[FailPoint]] = {
    ("goals", "serve"): WRITING,
    ("partnerships", "serve"): WRITING,
    ("sessions", "serve"): WRITING,
    ("goals", "work"): (*PROJECTING, *SWEEPING, *WRITING),
    ("notifications", "work"): WORKING,
    ("partnerships", "work"): REACTING,
    ("sessions", "work"): (*PROJECTING, *REACTING),
}
"""Which steps each process takes often enough while people do what they do."""
EVERYWHERE = {str(point) for points in PLACES.values() for point in points}
BUSY = ("goals", "notifications")
"""What has enough to do to come to a step some more times."""
COMES_WITHIN = 15.0
"""Seconds within which a process should come to its fail point; then it is given another one."""
AT_MOST = 4
"""How many times as long as it was meant to be the drill may take until every point was reached."""


async def failpoints(scene: Scene, seconds: float) -> None:
    """One process of each kind dies at one point after another, in the order of dice, until all were reached."""
    played = _Played(scene, time.monotonic() + seconds, time.monotonic() + AT_MOST * seconds)
    async with asyncio.TaskGroup() as group:
        for (service, role), points in PLACES.items():
            group.create_task(played.one_process(scene.pool.of(service, role)[0], points))
    scene.notes.append(f"fail points reached: {len(played.reached)} of {len(EVERYWHERE)}")
    if missing := EVERYWHERE - played.reached:
        scene.shortcomings.append(f"never reached: {', '.join(sorted(missing))}")


@dataclass
class _Played:
    """The drill goes on at least until ``until``, and for what was not reached until ``at_most``."""

    scene: Scene
    until: float
    at_most: float
    reached: set[str] = field(default_factory=set[str])

    async def one_process(self, member: Member, points: Sequence[FailPoint]) -> None:
        """Let it die again and again, first at what nobody has come to so far; at the end it is left in peace."""
        turn = self.scene.rng.sample(points, len(points))
        while self._goes_on(points):
            turn.sort(key=lambda point: str(point) in self.reached)
            point = turn.pop(0)
            turn.append(point)
            call = self.scene.rng.randint(1, 4) if member.service in BUSY else 1
            await self._start(member, {**point.told(), "call": call})
            with suppress(TimeoutError):
                async with asyncio.timeout(COMES_WITHIN):
                    await member.gone.wait()
                    self.reached.add(str(point))
                    self.scene.kills[f"{member.service} {member.role}"] += 1
        await self._start(member, None)

    def _goes_on(self, points: Sequence[FailPoint]) -> bool:
        now = time.monotonic()
        return now < self.until or (now < self.at_most and any(str(point) not in self.reached for point in points))

    async def _start(self, member: Member, fault: dict[str, Any] | None) -> None:
        member.fault = fault
        await self.scene.pool.kill(member)
        await self.scene.pool.start(member)
