"""Deadlines decided a second: the cost follows what is due, not what exists; and beside a bare find and bulk."""

from tests.benchmarks.bare_deadlines import BareSweep
from tests.benchmarks.crowd import Crowd
from tests.benchmarks.databases import databases
from tests.benchmarks.findings import Compared
from tests.benchmarks.measure import Effort, Run, Servers, compare


async def deadlines(servers: Servers, effort: Effort) -> list[Compared]:
    """Many open promises beside few, and few beside the twin with as many."""
    few, many = effort.open_ones
    async with databases(servers.mongo_url) as made:
        small = await Crowd.of(made, few, effort.due)
        bare = await BareSweep.over(await Crowd.of(made, few, effort.due))
        large = await Crowd.of(made, many, effort.due)

        async def of_few() -> Run:
            return await swept(small)

        async def of_many() -> Run:
            return await swept(large)

        what = "deadlines decided, {:,} open promises"
        return [
            await compare(what.format(many), f"with {few:,} open", of_many, of_few, effort.rounds, 0.90),
            await compare(what.format(few), "bare find and bulk", of_few, bare.round, effort.rounds, 0.70),
        ]


async def swept(crowd: Crowd) -> Run:
    """Let some more fall due, and decide all of them."""
    await crowd.more_fall_due()
    deadlines = crowd.deadlines()

    async def run() -> int:
        decided = 0
        while taken := await deadlines.sweep():
            decided += taken
        assert decided == crowd.due, f"{decided} of {crowd.due} were decided"
        return decided

    return run
