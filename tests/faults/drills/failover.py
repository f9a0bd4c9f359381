"""The database server itself fails: it steps down, and answers as its own fail points tell it to.

MongoDB's fail points are described with its source (``failCommand`` in src/mongo/db/commands/failcommand); they exist
only where a server was started with test commands enabled.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from pymongo.errors import PyMongoError

from tests.faults.scene import Scene

COMMANDS = ("find", "insert", "update", "aggregate", "getMore", "findAndModify", "delete")
"""What the services ask with."""
FAILS: Mapping[str, Mapping[str, Any]] = {
    "connections cut before anything is done": {"closeConnection": True},
    "writes applied and not confirmed": {
        "failCommands": ["insert", "update"],
        "writeConcernError": {"code": 64, "errmsg": "no majority has it so far"},
    },
    "slow answers": {"blockConnection": True, "blockTimeMS": 1500},
    "operations interrupted, out of time": {"errorCode": 262},
    "operations interrupted, shutting down": {"errorCode": 91},
    "not a primary any more": {"errorCode": 10107, "errorLabels": ["RetryableWriteError"]},
}
DOWN = (1, 4)
"""Seconds for which it is no primary once it has stepped down."""
FOUND_AGAIN = 10.0
"""Seconds within which a driver looks again at a server that it took for gone, if nothing tells it to look earlier."""


async def failover(scene: Scene, seconds: float) -> None:
    """One fail point after another, each for some calls, and a step down in between."""
    until, met = time.monotonic() + seconds, Counter[str]()
    turn: list[str] = []
    while time.monotonic() < until:
        turn = turn or scene.rng.sample([*FAILS, "step down"], len(FAILS) + 1)
        kind = turn.pop()
        await (_step_down(scene) if kind == "step down" else _fail(scene, FAILS[kind]))
        met[kind] += 1
        await asyncio.sleep(scene.rng.uniform(2, 4))
    await scene.database.admin.command({"configureFailPoint": "failCommand", "mode": "off"})
    scene.notes.append(f"of its own accord: {', '.join(f'{kind} {times}' for kind, times in met.most_common())}")
    if missing := [kind for kind in (*FAILS, "step down") if not met[kind]]:
        scene.shortcomings.append(f"never came to: {', '.join(missing)}")


async def _fail(scene: Scene, how: Mapping[str, Any]) -> None:
    """Some calls of whoever comes, at once after each other, so that what a driver repeats by itself fails as well."""
    times = scene.rng.randint(3, 12)
    data = {"failCommands": list(COMMANDS), **how}
    await scene.database.admin.command({"configureFailPoint": "failCommand", "mode": {"times": times}, "data": data})
    if "errorCode" in how:
        await _until_found_again(scene, 0)


async def _step_down(scene: Scene) -> None:
    down = scene.rng.randint(*DOWN)
    await scene.database.admin.command("replSetStepDown", down, force=True)
    await _until_found_again(scene, down)


async def _until_found_again(scene: Scene, away: float) -> None:
    """For a while some or all drivers see no primary: nobody can consume in that time."""
    scene.away.add("primary")
    await asyncio.sleep(away)
    until = time.monotonic() + FOUND_AGAIN
    while time.monotonic() < until:
        try:
            await scene.database.admin.command("ping")
            break
        except PyMongoError:
            await asyncio.sleep(0.2)
    scene.away.discard("primary")
