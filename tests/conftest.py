"""Kafka and MongoDB for the tests that need them: started once a run, when the first test asks."""

from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.local import BackingServices, backing_services

USED = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def services(pytestconfig: pytest.Config) -> Generator[BackingServices]:
    """Real Kafka and a real MongoDB-protocol server; who kills one restarts it before the test ends."""
    reporter: pytest.TerminalReporter | None = pytestconfig.pluginmanager.get_plugin("terminalreporter")

    def say(line: str) -> None:
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(line)

    with TemporaryDirectory(prefix="tandem-tests-") as data, backing_services(Path(data), say=say) as started:
        pytestconfig.stash[USED] = started.description
        yield started


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.write_line(config.stash.get(USED, "Backing services: none of these tests needed them."))
