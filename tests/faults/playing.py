"""One drill from the settling in to the report."""

from pathlib import Path

from deploy.local import BackingServices
from tests.faults.drills import Drill
from tests.faults.report import Report
from tests.faults.scene import Scene, scene
from tests.faults.watching import Consuming


async def play(drill: Drill, services: BackingServices, folder: Path, seed: int, seconds: float) -> Report:
    """Play a drill in a suite of its own."""
    async with scene(services, folder, seed, drill.setting) as there:
        return await played(drill, there, seed, seconds)


async def played(drill: Drill, there: Scene, seed: int, seconds: float) -> Report:
    """Play a drill in a suite that is there; what happened to it before is judged along with it."""
    there.kills.clear()
    there.notes.clear()
    there.shortcomings.clear()
    there.crowd.doors.again.clear()
    there.crowd.doors.slowest = 0.0
    consuming: Consuming
    async with there.under_load() as consuming:
        await drill.run(there, seconds)
    restless = await there.rests()
    verdict = await there.verdict()
    return Report(
        drill=drill.name,
        seed=seed,
        seconds=seconds,
        kills=there.kills.copy(),
        notes=tuple(there.notes),
        shortcomings=tuple(there.shortcomings),
        refused=there.crowd.refused,
        again=there.crowd.doors.again.copy(),
        slowest=there.crowd.doors.slowest,
        consuming=consuming.shares,
        verdict=verdict,
        findings=(*restless, *there.crowd.strange, *verdict.findings),
    )
