"""make demo: a quarter of twelve partnerships, played through all four services, told, and audited."""

import asyncio
import os
import sys
from pathlib import Path
from time import perf_counter

from rich.console import Console

from deploy.local import CannotStart
from examples.quarter.performance import perform
from examples.quarter.person import Unexpected
from examples.quarter.stage import NotQuiet
from examples.quarter.targets import CannotPlay, target

SAVE = Path(__file__).parents[2] / ".local"


def main() -> int:
    """Play, and say how it went: 0 if every service answers what the topics tell, 1 if not."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    started = perf_counter()
    keep = os.environ.get("KEEP", "") not in ("", "0")
    weeks = int(os.environ.get("WEEKS", "13"))
    kill = os.environ.get("KILL", "1") != "0"
    try:
        with target(os.environ.get("TARGET") or "local", SAVE / "demo", console.print) as chosen:
            ready = perf_counter() - started
            return asyncio.run(perform(chosen, console, ready=ready, weeks=weeks, kill=kill, keep=keep))
    except (CannotStart, CannotPlay, NotQuiet, Unexpected) as why:
        console.print(f"[red]The demo could not be played:[/red] {why}")
        return 1
    except KeyboardInterrupt:
        console.print("Stopped; everything that was started is gone.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
