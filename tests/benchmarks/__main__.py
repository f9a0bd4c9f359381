"""``python -m tests.benchmarks``: measure everything, print one table, keep all figures in .local/benchmarks.json."""

import gc
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from typing import Annotated, Any

import structlog
import typer
import uvloop
from rich.console import Console
from rich.table import Table

from deploy.local import BackingServices, CannotStart, backing_services
from deploy.local.folder import LOCAL
from eventlog.clock import wall_now
from tests.benchmarks.commands import commands, commands_counted
from tests.benchmarks.deadlines import deadlines
from tests.benchmarks.findings import Finding
from tests.benchmarks.machine import machine
from tests.benchmarks.measure import SMALL, Effort
from tests.benchmarks.projecting import projecting
from tests.benchmarks.round_trips import round_trips
from tests.benchmarks.to_a_row import to_a_row

PARTS = ("project", "command", "round-trips", "to-a-row", "deadlines")
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
            findings = uvloop.run(_measured(chosen, services, effort))
    except CannotStart as failure:
        sys.exit(str(failure))
    console.print(_table(findings, where, effort))
    _keep(findings, where, effort)
    sys.exit(1 if any(finding.reached is False for finding in findings) else 0)


async def _measured(chosen: Sequence[str], services: BackingServices, effort: Effort) -> list[Finding]:
    _as_in_a_service()
    kafka, mongo = services.kafka_url, services.mongo_url
    found: list[Finding] = []
    with console.status("") as status:
        for part in (part for part in PARTS if part in chosen):
            status.update(f"Measuring: {part} …")
            match part:
                case "project":
                    found += [await projecting(kafka, mongo, effort, batch=batch) for batch in (1000, 4000)]
                case "command":
                    found += [await commands(mongo, effort), await commands_counted(mongo)]
                case "round-trips":
                    found += await round_trips(mongo)
                case "to-a-row":
                    found += await to_a_row(kafka, mongo, DATA / "logs", effort)
                case _:
                    found.append(await deadlines(mongo, effort))
    return found


def _as_in_a_service() -> None:
    """The collector tuned as every process of the suite tunes it, for both sides of each pair, and no log lines."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


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
        "at": wall_now().isoformat(), "machine": where, "rounds": effort.rounds,
        "findings": [finding.figures() for finding in findings],
    }  # fmt: skip
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
