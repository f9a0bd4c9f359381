"""What ends with the tests that one process runs together, and not with the run.

Processes that have nothing to do take time from other tests. Two suites on one broker would take each other's groups.
"""

from collections.abc import Callable

import pytest

ENDS = pytest.StashKey[list[Callable[[], None]]]()


def ends_with_its_scope(config: pytest.Config, end: Callable[[], None]) -> None:
    """Call ``end`` after the last test of its scope."""
    config.stash.setdefault(ENDS, []).append(end)


def scope_is_over(config: pytest.Config) -> None:
    """Call what was told to end."""
    for end in config.stash.setdefault(ENDS, []):
        end()
    config.stash[ENDS] = []
