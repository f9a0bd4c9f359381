"""The next version is rolled out and back: rows of the next number, and states of another shape."""

import asyncio
from collections.abc import Sequence
from typing import Any

from examples.quarter.suite import SERVICES
from tests.faults.oracle.suite import ROWS_IN_USE
from tests.faults.process_pool import Member
from tests.faults.scene import Scene

NEXT = {"reshaped": True}
OLD_ROWS, NEW_ROWS = ROWS_IN_USE, ROWS_IN_USE + 1


async def rollout(scene: Scene, seconds: float) -> None:
    """Half of all processes, then all, then half, then none: each step is a rolling restart under load.

    Processes of both versions write the same documents meanwhile, each in its own shape. In the end all are of the old
    version, but rows of the next number go on to be filled and read beside the old ones; and what the next version has
    left in its shape is restated.
    """
    first = [member for member in scene.pool.members if member.slot == 1]
    second = [member for member in scene.pool.members if member.slot == 2]
    scene.watcher.follow(NEW_ROWS)
    await _become(scene, first, NEXT, NEW_ROWS)
    await asyncio.sleep(seconds / 4)
    scene.away.add("old workers")
    await _become(scene, second, NEXT, NEW_ROWS)
    await asyncio.sleep(seconds / 4)
    reshaped = await _reshaped(scene)
    await _become(scene, second, None, OLD_ROWS)
    scene.away.discard("old workers")
    await asyncio.sleep(seconds / 4)
    await _become(scene, first, None, NEW_ROWS)
    await asyncio.sleep(seconds / 4)
    scene.notes.append(f"documents in the next shape, once it was everywhere: {reshaped}; {await _restated(scene)}")
    if reshaped < 100:
        scene.shortcomings.append(f"only {reshaped} documents were ever stored in the next shape")


async def _become(scene: Scene, members: Sequence[Member], fault: dict[str, Any] | None, rows: int) -> None:
    """One after another; workers first, as who answers waits for rows of its number."""
    for member in sorted(members, key=lambda each: each.role == "serve"):
        member.fault, member.environment = fault, {"PROJECTION_VERSION": str(rows)}
        await scene.pool.stop(member)
        await scene.pool.start(member)
        await scene.pool.ready([member])


async def _reshaped(scene: Scene) -> int:
    kept = [scene.database[f"{scene.prefix}_{service}"]["streams"] for service in SERVICES]
    return sum(await asyncio.gather(*(streams.count_documents({"state.reshaped": True}) for streams in kept)))


async def _restated(scene: Scene) -> str:
    """What the command says, for all services."""
    return " ".join([await _restate(scene, service) for service in SERVICES])


async def _restate(scene: Scene, service: str) -> str:
    status, told, wrong = await scene.pool.command(service, "resnapshot")
    if status:
        scene.crowd.strange.append(f"{service} resnapshot ended with {status}: {wrong[-500:]}")
    return " ".join(line for line in told.splitlines() if not line.endswith("…"))
