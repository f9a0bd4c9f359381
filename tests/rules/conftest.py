"""``make diagrams``: writes docs/domain.md at the end of a run."""

import pytest

from tests.rules.lives import LIVES


def pytest_sessionfinish(exitstatus: int) -> None:
    if LIVES.collects and exitstatus == pytest.ExitCode.OK:
        LIVES.write()
