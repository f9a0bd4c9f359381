"""Shows what processes logged when a test fails. A ``conftest`` that starts processes imports the hooks."""

from collections.abc import Generator
from pathlib import Path

import pytest

LINES = 25
"""Shown of each process's log when a test fails: the last ones, and before them those that warn."""
QUIET = "route=/ops/idle status=200"
"""Asked all the time by who moves the clock, and never of interest."""

LOGS = pytest.StashKey[list[Path]]()
BEFORE = pytest.StashKey[dict[Path, int]]()


def logs_in(config: pytest.Config, folder: Path) -> Path:
    """A folder whose logs belong to failures from now on."""
    config.stash.setdefault(LOGS, []).append(folder)
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[BEFORE] = {log: log.stat().st_size for log in _logs(item)}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for log in _logs(item):
            told = _told_since(log, item.stash[BEFORE].get(log, 0))
            if told:
                report.sections.append((f"Log of {log.stem} during this test", told))
    return report


def _logs(item: pytest.Item) -> list[Path]:
    return sorted(log for folder in item.config.stash.get(LOGS, list[Path]()) for log in folder.glob("*.log"))


def _told_since(log: Path, size: int) -> str:
    with log.open("rb") as file:
        file.seek(size)
        lines = [line for line in file.read().decode(errors="replace").splitlines() if QUIET not in line]
    earlier = [line for line in lines[:-LINES] if "[info" not in line]
    return "\n".join([*earlier[-LINES:], *lines[-LINES:]])
