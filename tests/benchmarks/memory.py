"""What memory a process of the suite holds that has nothing to do."""

import asyncio

from service_kit.authentication.local_issuer import LocalIssuer
from tests.benchmarks import seen
from tests.benchmarks.databases import databases
from tests.benchmarks.findings import Counted
from tests.benchmarks.measure import Effort, Servers
from tests.benchmarks.processes import settings_of, started

MOST = {"work": 80.0, "serve": 95.0}
"""Megabytes."""
LOOK_AGAIN = 1.0
STEADY = 0.1
"""Megabytes by which it may differ from one look to the next, so many times in a row, to be what it stays at."""
TIMES = 3
LOOKS = 60


async def memory(servers: Servers, _: Effort) -> list[Counted]:
    """Of goals, which imports most, once it is ready and no longer changes."""
    if not seen.can_see():
        return []
    found: list[Counted] = []
    async with databases(servers.mongo_url) as made:
        prefix = made.fresh()
        made.made.append(f"{prefix}_goals")
        settings = settings_of(servers, prefix, LocalIssuer())
        with started([("goals", role) for role in MOST], settings, servers.logs) as processes:
            for (role, most), process in zip(MOST.items(), processes, strict=True):
                assert process.id is not None
                held = await _steady(process.id)
                peak = f"MB (at most {seen.peak_memory(process.id):.0f})"
                found.append(Counted(f"memory of goals {role}, idle", round(held, 1), peak, most))
    return found


async def _steady(process: int) -> float:
    held, same = seen.memory(process), 0
    for _ in range(LOOKS):
        await asyncio.sleep(LOOK_AGAIN)
        now = seen.memory(process)
        same = same + 1 if abs(now - held) <= STEADY else 0
        held = now
        if same == TIMES:
            break
    return held
