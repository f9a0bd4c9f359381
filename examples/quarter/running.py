"""Runs a play from the command line: on a target, to a terminal or a file, with sentences for what can go wrong."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console

from deploy.local import CannotStart
from examples.quarter.person import Unexpected
from examples.quarter.stage import NotQuiet
from examples.quarter.targets import CannotPlay, Target, target

LOCAL = Path(__file__).parents[2] / ".local"

Perform = Callable[[Target], Awaitable[int]]


def run(console: Console, folder: Path, perform: Perform, say: Callable[[str], None], *, together: bool = False) -> int:
    """Perform on the target that TARGET names. Returns its result, or 1 with a sentence if it could not be played.

    ``say`` gets lines about the machines: the choice of backing services, downloads. ``together``: one process per
    service.
    """
    try:
        with target(os.environ.get("TARGET") or "local", folder, say, together=together) as chosen:
            return asyncio.run(_performed(perform, chosen))
    except (CannotStart, CannotPlay, NotQuiet, Unexpected) as why:
        console.print(f"[red]It could not be played:[/red] {why}")
        return 1
    except KeyboardInterrupt:
        console.print("Stopped; everything that was started is gone.")
        return 130


def a_console(width: int) -> Console:
    """The console of a play: as wide as the terminal, or ``width`` columns in a file."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else width)


def is_set(name: str) -> bool:
    """Whether an environment variable such as KEEP is on."""
    return os.environ.get(name, "") not in ("", "0")


async def _performed(perform: Perform, chosen: Target) -> int:
    return await perform(chosen)
