"""``python -m tests.faults``: break the suite in many ways, and report whether anything was lost."""

import logging
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import structlog
import typer
import uvloop

from deploy.local import CannotStart, backing_services
from deploy.local.folder import LOCAL
from tests.faults.drills import DRILLS, Drill
from tests.faults.drills.disk import NoSmallDisk, small_disk
from tests.faults.playing import play
from tests.faults.report import Report
from tests.faults.scene import backing

DATA = LOCAL / "drills"


def main(
    drills: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(DRILLS)}; all, if none is named.")] = None,
    seed: Annotated[int, typer.Option(help="What the dice begin with.")] = 1,
    seconds: Annotated[float | None, typer.Option(help="How long each one breaks things; by default its own.")] = None,
    data: Annotated[Path, typer.Option(help="The folder for data and logs.")] = DATA,
) -> None:
    """Play drills one after another. Ends with 1 if something was found, or if one does not count."""
    chosen = drills or list(DRILLS)
    if strange := [name for name in chosen if name not in DRILLS]:
        raise typer.BadParameter(f"{', '.join(strange)}: choose from {', '.join(DRILLS)}")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    reports: list[Report] = []
    for name in chosen:
        drill, begun = DRILLS[name], time.monotonic()
        typer.echo(f"{name}: {drill.what} …")
        try:
            report = _play(drill, data / name, seed, seconds or drill.seconds)
        except CannotStart as failure:
            sys.exit(str(failure))
        except NoSmallDisk as why:
            typer.echo(f"  not played, no small disk can be had: {why}")
            continue
        reports.append(report)
        took = f"  took {time.monotonic() - begun:.0f} s in all; logs in {data / name / 'logs'}"
        typer.echo("\n".join([*report.lines(), took]))
    sys.exit(0 if len(reports) == len(chosen) and all(report.is_sound for report in reports) else 1)


def _play(drill: Drill, folder: Path, seed: int, seconds: float) -> Report:
    setting, there = drill.setting, backing(folder)
    with (
        small_disk(there) if setting.small_disk else nullcontext(),
        backing_services(there, say=_once_said, prefer_docker=False, test_commands=setting.test_commands) as services,
    ):
        return uvloop.run(play(drill, services, folder, seed, seconds))


_said: set[str] = set()


def _once_said(line: str) -> None:
    if line not in _said:
        typer.echo(line)
    _said.add(line)


if __name__ == "__main__":
    typer.run(main)
