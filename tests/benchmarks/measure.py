"""How things are measured: pairs interleaved, medians with their spread, CPU time beside wall time."""

import gc
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time

ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: seconds of wall time and of this process's CPU time for so many pieces of work."""

    work: int
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        """Pieces of work a second."""
        return self.work / self.wall

    @property
    def cpu_each(self) -> float:
        """Microseconds of CPU for a piece of work."""
        return self.cpu / self.work * 1e6


@dataclass(frozen=True, slots=True)
class Compared:
    """Ours beside its twin, over all rounds."""

    what: str
    ours: Sequence[Sample]
    twin: Sequence[Sample]
    least: float | None

    @property
    def ratio(self) -> float:
        """The median of the ratios within each round."""
        return median(self._ratios())

    def row(self) -> tuple[str, ...]:
        """A line of the table."""
        ratios = self._ratios()
        verdict = "" if self.least is None else ("reached" if self.ratio >= self.least else "NOT REACHED")
        return (
            self.what,
            f"{median(s.rate for s in self.ours):,.0f}/s",
            f"{median(s.rate for s in self.twin):,.0f}/s",
            f"{self.ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
            f"{median(s.cpu_each for s in self.ours):.1f} / {median(s.cpu_each for s in self.twin):.1f} µs",
            "" if self.least is None else f"≥ {self.least:.2f} {verdict}",
        )

    def _ratios(self) -> list[float]:
        return [ours.rate / twin.rate for ours, twin in zip(self.ours, self.twin, strict=True)]


Run = Callable[[], Awaitable[int]]
"""Does some work and answers how many pieces it was; made ready by its maker, so that only the work is timed."""


async def sample(run: Run) -> Sample:
    """Time one run."""
    gc.collect()
    wall, cpu = perf_counter(), process_time()
    work = await run()
    return Sample(work, perf_counter() - wall, process_time() - cpu)


async def compare(
    what: str, ours: Callable[[], Awaitable[Run]], twin: Callable[[], Awaitable[Run]], least: float | None = None
) -> Compared:
    """Run both in turn, the order swapped each round; the first round warms up and does not count."""
    taken: dict[str, list[Sample]] = {"ours": [], "twin": []}
    makers = {"ours": ours, "twin": twin}
    for number in range(ROUNDS + 1):
        for name in ("ours", "twin") if number % 2 else ("twin", "ours"):
            found = await sample(await makers[name]())
            if number:
                taken[name].append(found)
    return Compared(what, taken["ours"], taken["twin"], least)
