"""make quarter: a quarter of thirteen partnerships, played through all four services, told and audited."""

import os
import sys
from time import perf_counter

from examples.quarter.cast import PAIRS
from examples.quarter.performance import perform
from examples.quarter.running import LOCAL, a_console, is_set, run
from examples.quarter.targets import Target

FOLDER = LOCAL / "quarter"


def main() -> int:
    """Play, and print the result: 0 if every service agrees with the topics, otherwise 1."""
    console = a_console(140)
    started = perf_counter()
    weeks = int(os.environ.get("WEEKS", "13"))
    pairs = int(os.environ.get("PAIRS", len(PAIRS)))
    kill = os.environ.get("KILL", "1") != "0"

    async def quarter(chosen: Target) -> int:
        ready = perf_counter() - started
        return await perform(
            chosen, console, FOLDER, ready=ready, weeks=weeks, pairs=pairs, kill=kill, keep=is_set("KEEP")
        )

    return run(console, FOLDER, quarter, console.print)


if __name__ == "__main__":
    sys.exit(main())
