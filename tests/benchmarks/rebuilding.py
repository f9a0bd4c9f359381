"""Rows of a further number built from the start of a long topic, beside the bare loop, and what memory that takes."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.benchmarks import seen
from tests.benchmarks.databases import databases
from tests.benchmarks.findings import Compared, Counted, Finding, Sample
from tests.benchmarks.measure import Effort, Run, Servers, compare
from tests.benchmarks.projector import Task
from tests.benchmarks.projectors import projectors
from tests.benchmarks.topics import PARTITIONS, filled, fresh_group

BATCH = 1000
FLAT = 1.1
"""How many times the peak at a quarter of the events the peak at the end may be."""


async def rebuilding(servers: Servers, effort: Effort) -> list[Finding]:
    """Each side in a process of its own, so that its memory is that of rebuilding. Nothing needs to warm up."""
    topic = await filled(servers.kafka_url, effort.rebuilt)
    async with databases(servers.mongo_url) as made:
        task = Task(
            kafka_url=servers.kafka_url,
            mongo_url=servers.mongo_url,
            topic=topic,
            group="",
            database=made.fresh(),
            rows=0,
            bare=False,
            batch=BATCH,
        )
        rebuilt = _Rebuilt(task, made.client.database(task.database), effort.rebuilt)
        bare_task = task.model_copy(update={"database": made.fresh(), "bare": True})
        bare = _Rebuilt(bare_task, made.client.database(bare_task.database), effort.rebuilt)
        what = f"rows of a further number over {effort.rebuilt:,} events"
        compared: Compared = await compare(
            what, "bare loop", rebuilt.once, bare.once, effort.rounds, 0.90, warm_up=False
        )
    if not seen.can_see():
        return [compared]
    return [compared, rebuilt.memory("the same: peak memory", FLAT), bare.memory("the same, bare loop: peak memory")]


@dataclass
class _Rebuilt:
    """One side: each time the next number, while the rows of the one before are still there."""

    task: Task
    database: Any
    events: int
    peaks: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]], init=False)

    async def once(self) -> Run:
        number = self.task.rows + 1
        await self.database[f"read_models_{number - 2}"].drop()
        self.task = self.task.model_copy(update={"rows": number, "group": fresh_group()})

        async def run() -> Sample:
            async with projectors(self.task, 1, PARTITIONS) as one:
                done = await one.project(self.events)
                self.peaks.append(one.peaks)
                return done

        return run

    def memory(self, what: str, most: float | None = None) -> Counted:
        """The peak at the end as a multiple of the peak at a quarter of the events."""
        quarter, end = (median(peaks) for peaks in zip(*self.peaks, strict=True))
        how = f"times that of a quarter ({quarter:.0f} MB, at the end {end:.0f} MB)"
        return Counted(what, round(end / quarter, 2), how, most, {"quarter": quarter, "end": end})
