"""``python -m tests.benchmarks``: measure everything, print one table, keep all figures in .local/benchmarks.json."""

import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from shutil import which
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from deploy.local import CannotStart, backing_services
from deploy.local.folder import LOCAL
from eventlog import wall_now
from tests.benchmarks.beside_slow_clients import beside_slow_clients
from tests.benchmarks.ceilings import ceilings
from tests.benchmarks.commands import commands
from tests.benchmarks.counting import counted
from tests.benchmarks.deadlines import deadlines
from tests.benchmarks.deciding import deciding
from tests.benchmarks.findings import Finding
from tests.benchmarks.lateness import lateness
from tests.benchmarks.listing import listing
from tests.benchmarks.machine import machine
from tests.benchmarks.measure import SMALL, Effort, Servers, as_in_a_service
from tests.benchmarks.memory import memory
from tests.benchmarks.pages import pages
from tests.benchmarks.projecting import projecting
from tests.benchmarks.publishing import publishing
from tests.benchmarks.rebuilding import rebuilding
from tests.benchmarks.round_trips import round_trips
from tests.benchmarks.starting import starting
from tests.benchmarks.subscribing import subscribing
from tests.benchmarks.to_a_row import to_a_row
from tests.benchmarks.workers import workers

Part = Callable[[Servers, Effort], Awaitable[Sequence[Finding]]]

PARTS: Mapping[str, Part] = {
    "project": projecting,
    "start": starting,
    "command": commands,
    "publish": publishing,
    "counted": counted,
    "round-trips": round_trips,
    "lists": listing,
    "pages": pages,
    "decide": deciding,
    "to-a-row": to_a_row,
    "deadlines": deadlines,
    "lateness": lateness,
    "rebuild": rebuilding,
    "workers": workers,
    "subscribe": subscribing,
    "slow-clients": beside_slow_clients,
    "memory": memory,
    "ceilings": ceilings,
}
KEPT = LOCAL / "benchmarks.json"
DATA = LOCAL / "benchmarks"

console = Console(width=None if sys.stdout.isatty() else 165)


def main(
    parts: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(PARTS)}; all, if none is named.")] = None,
    small: Annotated[bool, typer.Option("--small", help="Only show that everything runs.")] = False,
    rounds: Annotated[int | None, typer.Option(help="How often each pair is measured.")] = None,
) -> None:
    """Measure beside bare twins. Ends with 1 if something that is demanded was not reached."""
    chosen = parts or list(PARTS)
    if strange := [part for part in chosen if part not in PARTS]:
        raise typer.BadParameter(f"{', '.join(strange)}: choose from {', '.join(PARTS)}")
    effort = SMALL if small else Effort()
    effort = effort if rounds is None else effort.with_rounds(rounds)
    fast = any(map(which, ("mongod", "secantusd-rs")))  # on this machine, faster than in a container
    try:
        with backing_services(DATA / "backing-services", say=_say, prefer_docker=not fast) as services:
            where = machine(services.description, services.mongo_url)
            servers = Servers(kafka_url=services.kafka_url, mongo_url=services.mongo_url, logs=DATA / "logs")
            findings = uvloop.run(_measured(chosen, servers, effort))
    except CannotStart as failure:
        sys.exit(str(failure))
    console.print(_table(findings, where, effort))
    _keep(findings, where, effort)
    sys.exit(1 if any(finding.reached is False for finding in findings) else 0)


async def _measured(chosen: Sequence[str], servers: Servers, effort: Effort) -> list[Finding]:
    as_in_a_service()
    found: list[Finding] = []
    with console.status("") as status:
        for name, part in PARTS.items():
            if name in chosen:
                status.update(f"Measuring: {name} …")
                found += await part(servers, effort)
    return found


def _table(findings: Sequence[Finding], where: dict[str, Any], effort: Effort) -> Table:
    title = (
        f"{where['cores']} cores of {where['cpu']}, {where['python']}, load {where['load_before']} before; "
        f"medians of {effort.rounds} rounds, the two of a pair in turn"
    )
    table = Table("what", "measured", "beside", "ratio (least–most)", "CPU each, ours / beside", "wanted", title=title)
    for finding in findings:
        *cells, wanted = finding.row()
        mark = {True: " [green]reached[/]", False: " [red]NOT REACHED[/]", None: ""}[finding.reached]
        table.add_row(*cells, wanted + mark)
    return table


def _keep(findings: Sequence[Finding], where: dict[str, Any], effort: Effort) -> None:
    kept = {
        "at": wall_now().isoformat(),
        "machine": where,
        "rounds": effort.rounds,
        "findings": [finding.figures() for finding in findings],
    }
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")
    console.print(f"All figures lie in {_short(KEPT)}.")


def _say(line: str) -> None:
    console.print(line, highlight=False)


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


if __name__ == "__main__":
    typer.run(main)
