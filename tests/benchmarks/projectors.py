"""Processes that project a topic together, and what they took: CPU time and memory of their own."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter

from tests.benchmarks import seen
from tests.benchmarks.findings import Sample
from tests.benchmarks.projector import Task

PATIENCE = 60.0
"""Seconds within which processes start, join their group, and end."""


@dataclass
class Projector:
    """One process. ``news`` is set whenever it has said something."""

    process: Process
    news: asyncio.Event
    assigned: int = 0
    did: int = 0
    took: float | None = None
    peak: float = 0.0
    """The most megabytes it has held, as last looked at."""

    def tell(self, order: str) -> None:
        """``go`` or ``end``."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order}\n".encode())

    def look(self) -> float:
        """The most megabytes that it has held so far."""
        if seen.can_see():
            self.peak = seen.peak_memory(self.process.pid)
        return self.peak

    async def hear(self) -> None:
        """Listen until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            word, _, number = line.decode().partition(" ")
            match word:
                case "assigned":
                    self.assigned = int(number)
                case "did":
                    self.did += int(number)
                case "took":
                    self.look()
                    self.took = float(number)
                case _:
                    raise RuntimeError(f"a projector said {line!r}")
            self.news.set()
        self.news.set()


@dataclass
class Projectors:
    """All of a group; ``peaks`` are the most megabytes of one of them, after a quarter of the events and at the end."""

    each: list[Projector]
    news: asyncio.Event
    peaks: tuple[float, float] = field(default=(0.0, 0.0), init=False)

    async def project(self, events: int) -> Sample:
        """Let them begin, and return when together they have done so many events."""
        began, quarter = perf_counter(), 0.0
        for one in self.each:
            one.tell("go")
        await self._until(lambda: self._did() >= events / 4, None)
        quarter = max(one.look() for one in self.each)
        await self._until(lambda: self._did() >= events, None)
        for one in self.each:
            one.tell("end")
        await self._until(lambda: all(one.took is not None for one in self.each), PATIENCE)
        self.peaks = quarter, max(one.peak for one in self.each)
        return Sample(events, perf_counter() - began, sum(one.took or 0.0 for one in self.each))

    async def joined(self, partitions: int) -> None:
        """Return when the group has given each of them its part."""
        share = partitions // len(self.each)
        await self._until(
            lambda: (
                sum(one.assigned for one in self.each) == partitions and all(one.assigned >= share for one in self.each)
            ),
            PATIENCE,
        )

    def _did(self) -> int:
        return sum(one.did for one in self.each)

    async def _until(self, condition: Callable[[], bool], patience: float | None) -> None:
        async with asyncio.timeout(patience):
            while not condition():
                self.news.clear()
                if any(one.process.returncode is not None for one in self.each):
                    raise RuntimeError("a projector ended too early")
                await self.news.wait()


@asynccontextmanager
async def projectors(task: Task, count: int, partitions: int) -> AsyncGenerator[Projectors]:
    """So many processes with slots of their own, which have joined their group; all gone after the ``with`` block."""
    news = asyncio.Event()
    async with AsyncExitStack() as open_ones:
        each: list[Projector] = []
        for slot in range(count):
            own = task.model_copy(update={"slot": str(slot)})
            each.append(await open_ones.enter_async_context(_started(own, news)))
        together = Projectors(each, news)
        await together.joined(partitions)
        yield together


@asynccontextmanager
async def _started(task: Task, news: asyncio.Event) -> AsyncGenerator[Projector]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks.projector", task.model_dump_json(), stdin=PIPE, stdout=PIPE
    )
    projector = Projector(process, news)
    hearing = asyncio.create_task(projector.hear())
    try:
        yield projector
    finally:
        assert process.stdin is not None
        process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await process.wait()
        if process.returncode is None:
            process.kill()
        await hearing
