"""The broker is killed and comes back, soon or after a long while."""

import asyncio
import time

from tests.faults.scene import Scene

LONG = 60.0


async def broker(scene: Scene, seconds: float) -> None:
    """Away for a few seconds again and again, once for a minute or a third of the drill."""
    until = time.monotonic() + seconds
    await asyncio.sleep(2)
    await scene.broken(scene.services.kafka, "broker", min(LONG, seconds / 3))
    while time.monotonic() < until - 5:
        await asyncio.sleep(scene.rng.uniform(4, 8))
        await scene.broken(scene.services.kafka, "broker", scene.rng.uniform(0, 3))
    await asyncio.sleep(max(0.0, until - time.monotonic()))


async def database(scene: Scene, seconds: float) -> None:
    """The database is killed and comes back, with everything that it had confirmed."""
    until = time.monotonic() + seconds
    while time.monotonic() < until - 5:
        await asyncio.sleep(scene.rng.uniform(3, 7))
        await scene.broken(scene.services.mongo, "database", scene.rng.uniform(0, 5))
    await asyncio.sleep(max(0.0, until - time.monotonic()))


async def both(scene: Scene, seconds: float) -> None:
    """Broker and database are killed, together or one within the other's absence, and come back in any order."""
    until = time.monotonic() + seconds
    while time.monotonic() < until - 8:
        await asyncio.sleep(scene.rng.uniform(3, 7))
        await asyncio.gather(
            scene.broken(scene.services.mongo, "database", scene.rng.uniform(0, 6)),
            scene.broken(scene.services.kafka, "broker", scene.rng.uniform(0, 6)),
        )
    await asyncio.sleep(max(0.0, until - time.monotonic()))
