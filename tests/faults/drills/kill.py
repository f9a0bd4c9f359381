"""SIGKILL for any process of any service, every one to three seconds, each started again at once."""

import asyncio
import time

from tests.faults.process_pool import Member
from tests.faults.scene import Scene

EVERY = (1.0, 3.0)


async def kill(scene: Scene, seconds: float) -> None:
    """Kill whoever the dice choose, also one that has only just been started."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await asyncio.sleep(scene.rng.uniform(*EVERY))
        await kill_and_restart(scene, scene.rng.choice(scene.pool.alive))


async def kill_and_restart(scene: Scene, member: Member) -> None:
    """It is gone, and started again, when this returns; it may not be ready."""
    scene.kills[f"{member.service} {member.role}"] += 1
    await scene.pool.kill(member)
    await scene.pool.start(member)
