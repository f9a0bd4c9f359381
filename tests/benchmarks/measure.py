"""How things are measured: pairs interleaved, medians with their spread, CPU time beside wall time."""

import gc
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter, process_time

import structlog

from tests.benchmarks.findings import Compared, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is measured. ``rounds`` count after one that warms up; the two numbers of ``open_ones`` are compared.

    ``requests`` are pairs of a rate (commands a second) and for how many seconds in each turn. ``late`` is how many
    check-ins open in a minute, which lasts ``minute`` seconds; they are spread over ``spread`` seconds, of which
    ``spread_lived`` are lived through.
    """

    rounds: int = 7
    events: int = 40_000
    one_by_one: int = 4_000
    commands: int = 2_000
    starts: int = 4_000
    open_ones: tuple[int, int] = (10_000, 1_000_000)
    due: int = 5_000
    late: int = 100_000
    minute: int = 60
    spread: int = 900
    spread_lived: int = 120
    rebuilt: int = 1_000_000
    listed: int = 100_000
    shared: int = 200_000
    requests: tuple[tuple[int, int], ...] = ((3, 15), (40, 8), (200, 8))

    def with_rounds(self, rounds: int) -> "Effort":
        """The same with another number of rounds."""
        return replace(self, rounds=rounds)


SMALL = Effort(
    rounds=1,
    events=4_000,
    one_by_one=400,
    commands=200,
    starts=400,
    open_ones=(1_000, 4_000),
    due=500,
    late=2_000,
    minute=2,
    spread=10,
    spread_lived=2,
    rebuilt=20_000,
    listed=4_000,
    shared=8_000,
    requests=((3, 2), (50, 1)),
)
"""Shows that everything runs, within a minute or two; its figures say little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """What is measured against, and the folder for logs of processes that are started for it."""

    kafka_url: str
    mongo_url: str
    logs: Path


Run = Callable[[], Awaitable[int | Sample]]
"""Does some work and answers how many pieces it was; made ready by its maker, so that only the work is timed.

Work that other processes do is timed by whoever lets them, and answered as a sample.
"""

Maker = Callable[[], Awaitable[Run]]


def as_in_a_service() -> None:
    """The collector tuned as every process of the suite tunes it, for both sides of each pair, and no log lines."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


async def sample(run: Run) -> Sample:
    """Time one run."""
    gc.collect()
    wall, cpu = perf_counter(), process_time()
    done = await run()
    return done if isinstance(done, Sample) else Sample(done, perf_counter() - wall, process_time() - cpu)


async def compare(
    what: str,
    beside: str,
    ours: Maker,
    twin: Maker,
    rounds: int,
    least: float | None = None,
    *,
    most_cpu: float | None = None,
    warm_up: bool = True,
) -> Compared:
    """Run both in turn, the order swapped each round; the first round warms up and does not count."""
    taken: dict[str, list[Sample]] = {"ours": [], "twin": []}
    makers = {"ours": ours, "twin": twin}
    for number in range(0 if warm_up else 1, rounds + 1):
        for name in ("ours", "twin") if number % 2 else ("twin", "ours"):
            found = await sample(await makers[name]())
            if number:
                taken[name].append(found)
    return Compared(what, beside, taken["ours"], taken["twin"], least, most_cpu)
