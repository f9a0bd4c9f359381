"""The law of equal status finds a rule that prefers one of the two."""

from collections.abc import Sequence
from typing import Any

import pytest

from coaching_events.events.commitment import CommitmentReleased
from coaching_events.ids import PersonId
from goals.commitment.state import Commitment
from goals.owner import who
from tests.rules.goals.the_two_who_promise import promised
from tests.rules.mirror import mirrored
from tests.rules.the_pair import ANNA, BEN, MONDAY, away, day, known_pair, known_person


def release_at_once(promise: Commitment, *, by: PersonId) -> Sequence[CommitmentReleased]:
    return [CommitmentReleased(**who(promise, by), cause="agreed")]


def release_at_once_if_it_is_anna(promise: Commitment, *, by: PersonId) -> Sequence[CommitmentReleased]:
    return release_at_once(promise, by=by) if by == ANNA else []


def test_a_rule_that_treats_both_alike_passes():
    promised().when(release_at_once, by=ANNA).follows()


@pytest.mark.parametrize("by", [ANNA, BEN])
def test_a_rule_that_prefers_one_of_them_fails(by: PersonId):
    with pytest.raises(AssertionError, match="equal status"):
        promised().when(release_at_once_if_it_is_anna, by=by)


@pytest.mark.parametrize(
    "thing",
    [
        {ANNA: known_person("Europe/Berlin", away(day("2026-03-02"), day("2026-03-03"), known_at=MONDAY))},
        known_pair(),
        promised().state,
        promised().events,
    ],
)
def test_a_mirror_in_a_mirror_shows_the_same(thing: Any):
    once = mirrored(thing, ANNA, BEN)
    assert once != thing
    assert mirrored(once, ANNA, BEN) == thing
