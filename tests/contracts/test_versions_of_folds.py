"""Whoever changes what a fold stores raises its version, so that what is stored already is folded again."""

import pytest

from tests.contracts.folds import Fold, committed, current, faults, folds

FOLDS = [pytest.param(*each, id=each[0]) for each in folds()]


@pytest.mark.parametrize(("name", "version", "fold", "file"), FOLDS)
def test_a_fold_that_makes_something_else_has_another_version(name: str, version: int, fold: Fold, file: str) -> None:
    found = [*faults(name, version, fold, file)]
    assert not found, "\n".join(found)


def test_the_committed_digests_are_current() -> None:
    assert committed() == current(), "tests/contracts/folds.json: run .venv/bin/python -m tests.contracts.folds"
