"""Kafka and MongoDB for the tests that need them: started once a process of the run, when its first test asks.

``make test`` runs on two processes. One of them has all tests of ``delivery`` that share the ``company``, one has
all of ``console``; whoever is free takes the rest, the longest first.
"""

from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import pytest
from _pytest.capture import CaptureManager
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.endings import scope_is_over

if TYPE_CHECKING:
    from deploy.local import BackingServices

settings.register_profile("tandem", deadline=None)  # how long a machine takes says nothing about the code
settings.load_profile("tandem")

USED = pytest.StashKey[str]()
LAST = pytest.StashKey[dict[str, str]]()
"""The last test of each scope."""
DELIVERY = "tests/delivery/"
CONSOLE = "tests/console/"
WITHOUT_COMPANY = tuple(
    f"{DELIVERY}test_{name}.py"
    for name in (
        "addresses",
        "alarms",
        "backing_services",
        "clocks",
        "email",
        "lanes",
        "links_in_mails",
        "restores",
        "secure_kafka",
        "subscribing",
        "the_quarter",
        "watchdog",
    )
)
LONGEST = (DELIVERY, CONSOLE, f"{DELIVERY}test_the_quarter.py", "tests/faults/test_drills.py")


class OneCompany(LoadScopeScheduling):
    """Hands out file after file, but whatever needs the company together."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


def scope(nodeid: str) -> str:
    """What one process runs together."""
    file = nodeid.split("::", 1)[0]
    if file.startswith(CONSOLE):
        return CONSOLE
    return DELIVERY if file.startswith(DELIVERY) and file not in WITHOUT_COMPANY else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return OneCompany(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On several processes the longest comes first, so that none waits for another's in the end."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: LONGEST.index(of) if (of := scope(item.nodeid)) in LONGEST else len(LONGEST))
    config.stash[LAST] = {scope(item.nodeid): item.nodeid for item in items}


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    if item.config.stash[LAST][scope(item.nodeid)] == item.nodeid:
        scope_is_over(item.config)


@pytest.fixture(scope="session")
def services(pytestconfig: pytest.Config) -> "Generator[BackingServices]":
    """Real Kafka and a real MongoDB-protocol server; who kills one restarts it before the test ends."""
    from deploy.local import backing_services  # tests of rules need none of what it imports

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
