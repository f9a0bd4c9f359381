"""What ends with the tests that one process runs together, and not with the run."""

from collections.abc import Callable

import pytest

ENDS = pytest.StashKey[list[Callable[[], None]]]()


def ends_with_its_scope(config: pytest.Config, end: Callable[[], None]) -> None:
    """Call ``end`` after the last test of its scope. Processes that have nothing to do take time from other tests.

    This holds for runs on several processes. A run on one process may come back to a scope, so it does not call it.
    """
    if hasattr(config, "workerinput"):
        config.stash.setdefault(ENDS, []).append(end)


def scope_is_over(config: pytest.Config) -> None:
    """Call what was told to end."""
    for end in config.stash.setdefault(ENDS, []):
        end()
    config.stash[ENDS] = []
