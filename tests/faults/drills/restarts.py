"""Restarts as an operations team does them: one process after another, and more and fewer workers."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from examples.quarter.suite import SERVICES
from tests.faults.process_pool import Member
from tests.faults.scene import Scene

MOST = 4
ALLOWED = frozenset({"ConnectError", "catching-up", "database-away", "stopping"})
"""What requests may meet during a rolling restart: a door that is closed, and a 503 that says when."""


async def rolling(scene: Scene, seconds: float) -> None:
    """End each process in good order, start it again, and go on with the next once it is ready."""
    until, rounds = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        for member in list(scene.pool.members):
            if time.monotonic() >= until:
                break
            await scene.pool.stop(member)
            if member.status != 0:
                scene.crowd.strange.append(f"{member.name} ended with {member.status} on SIGTERM")
            await scene.pool.start(member)
            await scene.pool.ready([member])
            rounds += 1
    scene.notes.append(f"restarted: {rounds} times a process, one after another")
    met = {what: times for what, times in scene.crowd.doors.again.items() if what not in ALLOWED}
    if met:
        scene.crowd.strange.append(f"requests failed while processes were restarted in good order: {met}")


async def scale(scene: Scene, seconds: float) -> None:
    """From one worker of each service to four, and back to one."""
    third = seconds / 3
    await asyncio.sleep(third / 2)
    more = [scene.pool.add(service, "work", slot) for service in SERVICES for slot in range(2, MOST + 1)]
    for member in more:
        await scene.pool.start(member)
    await scene.pool.ready(more)
    scene.notes.append(f"workers of each service: 1, then {MOST}, then 1")
    await asyncio.sleep(third)
    for member in more:
        await scene.pool.stop(member)
    await asyncio.sleep(third)


async def slow(scene: Scene, seconds: float) -> None:
    """One worker of each service takes a third of a second to read rows, and the others go on."""
    await _with_a_fault(scene, {"slow": 0.3})
    await asyncio.sleep(seconds)
    await _with_a_fault(scene, None)


async def interleaved(scene: Scene, seconds: float) -> None:
    """Every worker hears topic after topic five seconds late, and of the others a few records at a time, or many."""
    workers = [member for member in scene.pool.members if member.role == "work"]
    await _all_with_a_fault(scene, workers, {"apart": 5.0})
    await asyncio.sleep(seconds)
    await _all_with_a_fault(scene, workers, None)


async def unsure(scene: Scene, seconds: float) -> None:
    """One in twenty calls of database or broker fails everywhere, as often after it was done as before."""
    await _all_with_a_fault(scene, scene.pool.members, {"unsure": 0.05})
    await asyncio.sleep(seconds)
    await _all_with_a_fault(scene, scene.pool.members, None)


async def clock(scene: Scene, seconds: float) -> None:
    """One worker of each service is five seconds ahead, then five seconds behind; the others are right."""
    for off in (5.0, -5.0):
        await _with_a_fault(scene, {"clock_off": off})
        await asyncio.sleep(seconds / 2)
    await _with_a_fault(scene, None)


async def _with_a_fault(scene: Scene, fault: dict[str, Any] | None) -> None:
    """The first worker of each service, ended in good order and started again like this."""
    for service in SERVICES:
        member = scene.pool.of(service, "work")[0]
        member.fault = fault
        await scene.pool.stop(member)
        await scene.pool.start(member)


async def _all_with_a_fault(scene: Scene, members: Sequence[Member], fault: dict[str, Any] | None) -> None:
    """Each of these processes, killed and started again like this."""
    for member in members:
        member.fault = fault
        await scene.pool.kill(member)
        await scene.pool.start(member)
    await scene.pool.ready(members)
