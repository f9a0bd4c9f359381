"""What ends with the tests that one process runs together, and not with the run."""

from collections.abc import Callable

import pytest

ENDS = pytest.StashKey[list[Callable[[], None]]]()


def ends_with_its_scope(config: pytest.Config, end: Callable[[], None]) -> None:
    """Call this once the last test of its scope has run: processes that idle take time from other tests.

    A run on one process takes the files in order, so that it never knows that a scope is over. It calls nothing.
    """
    if hasattr(config, "workerinput"):
        config.stash.setdefault(ENDS, []).append(end)


def scope_is_over(config: pytest.Config) -> None:
    """Call what was told to end."""
    for end in config.stash.setdefault(ENDS, []):
        end()
    config.stash[ENDS] = []
