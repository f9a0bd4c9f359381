"""How things are measured: pairs interleaved, medians with their spread, CPU time beside wall time."""

import gc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from time import perf_counter, process_time

from tests.benchmarks.findings import Compared, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is measured. ``rounds`` count after one that warms up; the two numbers of ``open_ones`` are compared.

    ``requests`` are pairs of a rate (commands a second) and for how many seconds.
    """

    rounds: int = 7
    events: int = 40_000
    commands: int = 2_000
    open_ones: tuple[int, int] = (10_000, 300_000)
    due: int = 5_000
    requests: tuple[tuple[int, int], ...] = ((3, 60), (200, 20))

    def with_rounds(self, rounds: int) -> "Effort":
        """The same with another number of rounds."""
        return replace(self, rounds=rounds)


SMALL = Effort(rounds=1, events=4_000, commands=200, open_ones=(1_000, 4_000), due=500, requests=((3, 5), (50, 4)))
"""Shows that everything runs, within a minute or two; its figures say little."""


Run = Callable[[], Awaitable[int]]
"""Does some work and answers how many pieces it was; made ready by its maker, so that only the work is timed."""


async def sample(run: Run) -> Sample:
    """Time one run."""
    gc.collect()
    wall, cpu = perf_counter(), process_time()
    work = await run()
    return Sample(work, perf_counter() - wall, process_time() - cpu)


async def compare(
    what: str, beside: str, ours: Callable[[], Awaitable[Run]], twin: Callable[[], Awaitable[Run]], rounds: int,
    least: float | None = None,
) -> Compared:  # fmt: skip
    """Run both in turn, the order swapped each round; the first round warms up and does not count."""
    taken: dict[str, list[Sample]] = {"ours": [], "twin": []}
    makers = {"ours": ours, "twin": twin}
    for number in range(rounds + 1):
        for name in ("ours", "twin") if number % 2 else ("twin", "ours"):
            found = await sample(await makers[name]())
            if number:
                taken[name].append(found)
    return Compared(what, beside, taken["ours"], taken["twin"], least)
