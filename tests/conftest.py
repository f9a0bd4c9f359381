"""Kafka and MongoDB for the tests that need them: started once a run, when the first test asks."""

from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest
from _pytest.capture import CaptureManager

from deploy.local import BackingServices, backing_services

USED = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def services(pytestconfig: pytest.Config) -> Generator[BackingServices]:
    """Real Kafka and a real MongoDB-protocol server; who kills one restarts it before the test ends."""
    capture = cast("CaptureManager", pytestconfig.pluginmanager.get_plugin("capturemanager"))
    terminal = cast("pytest.TerminalReporter", pytestconfig.pluginmanager.get_plugin("terminalreporter"))

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            terminal.ensure_newline()
            terminal.write_line(line)

    with TemporaryDirectory(prefix="tandem-tests-") as data, backing_services(Path(data), say=say) as started:
        pytestconfig.stash[USED] = started.description
        yield started


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.write_line(config.stash.get(USED, "Backing services: no test asked for the shared ones."))
