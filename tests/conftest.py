"""Kafka and MongoDB for the tests that need them: started once a process of the run, when its first test asks.

`make test` runs on two processes. All tests of ``delivery`` are for one of them, since they share a suite of services;
what starts backing services of its own is for the other, together with all that one test after another can share out.
"""

from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from _pytest.capture import CaptureManager

from deploy.local import BackingServices, backing_services

USED = pytest.StashKey[str]()
ALONE = ("test_the_quarter.py", "test_drills.py")
"""With backing services of their own."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name in ALONE:
            item.add_marker(pytest.mark.xdist_group("alone"))
        elif item.path.parent.name == "delivery":
            item.add_marker(pytest.mark.xdist_group("delivery"))


@pytest.fixture(scope="session")
def services(pytestconfig: pytest.Config) -> Generator[BackingServices]:
    """Real Kafka and a real MongoDB-protocol server; who kills one restarts it before the test ends."""
    capture = cast("CaptureManager", pytestconfig.pluginmanager.get_plugin("capturemanager"))
    terminal = cast("pytest.TerminalReporter | None", pytestconfig.pluginmanager.get_plugin("terminalreporter"))

    def say(line: str) -> None:
        if terminal is None:  # one of two processes: what it used is told in the end
            return
        with capture.global_and_fixture_disabled():
            terminal.ensure_newline()
            terminal.write_line(line)

    with TemporaryDirectory(prefix="tandem-tests-") as data, backing_services(Path(data), say=say) as started:
        pytestconfig.stash[USED] = started.description
        yield started


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None and USED in session.config.stash:
        output["used"] = session.config.stash[USED]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    used = getattr(node, "workeroutput", {}).get("used")
    if used is not None:
        node.config.stash[USED] = used


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.write_line(config.stash.get(USED, "Backing services: no test asked for the shared ones."))
