"""How often somebody may ask: as often as their rate says for long, and a burst after a pause."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_kit.http import Problem
from service_kit.http.authentication import Caller
from service_kit.http.middleware.rate_limits import MAX_BUCKETS, Bucket, Rate, RateLimits, spend

RATE = Rate(per_second=20, burst=60)


@dataclass
class Watch:
    """A clock that is moved by hand."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


def passing(bucket: Bucket | None, times: int, now: float) -> tuple[Bucket, int]:
    """How many of so many requests at one instant pass."""
    passed = 0
    for _ in range(times):
        bucket, wait = spend(bucket, RATE, now)
        passed += wait == 0
    assert bucket is not None
    return bucket, passed


def test_a_burst_passes_at_once_and_what_is_more_waits_a_twentieth_of_a_second():
    bucket, passed = passing(None, 61, 0.0)
    assert passed == 60
    bucket, wait = spend(bucket, RATE, 0.0)
    assert wait == pytest.approx(0.05)
    assert spend(bucket, RATE, 0.05)[1] == 0
    assert passing(bucket, 100, 2.0)[1] == 40


def test_a_long_pause_fills_the_bucket_and_no_more():
    bucket, _ = passing(None, 60, 0.0)
    assert passing(bucket, 1000, 3600.0)[1] == 60


@given(gaps=st.lists(st.floats(0, 2), max_size=300))
def test_in_no_time_more_pass_than_the_rate_and_one_burst_and_no_one_waits_who_keeps_to_it(gaps: list[float]):
    bucket, now, passed = None, 0.0, 0
    for gap in gaps:
        now += gap
        bucket, wait = spend(bucket, RATE, now)
        passed += wait == 0
        assert passed <= RATE.burst + RATE.per_second * now + 1e-6
        assert wait <= 1 / RATE.per_second
    slow = None
    for number in range(200):
        slow, wait = spend(slow, RATE, number / RATE.per_second)
        assert wait == 0


def limits(watch: Watch) -> RateLimits:
    return RateLimits(people=Rate(1, 2), systems=Rate(1, 4), now=watch)


def passes(limits: RateLimits, name: str, *scopes: str) -> bool:
    try:
        limits.count_request(Caller("https://issuer", name, frozenset(scopes or ("partner",))))
    except Problem:
        return False
    return True


def test_everybody_has_a_bucket_of_their_own_and_systems_a_larger_one():
    watch = Watch()
    door = limits(watch)
    assert [passes(door, "anna") for _ in range(3)] == [True, True, False]
    assert [passes(door, "ben") for _ in range(3)] == [True, True, False]
    assert [passes(door, "anna", "partner", "ops") for _ in range(5)] == [True] * 4 + [False]
    assert [passes(door, "export", "hr.directory") for _ in range(5)] == [True] * 4 + [False]
    watch.at += 1
    assert [passes(door, "anna") for _ in range(2)] == [True, False]


def test_what_is_remembered_is_bounded_and_those_who_ask_now_are_not_forgotten():
    door = limits(Watch())
    assert passes(door, "anna")
    for number in range(MAX_BUCKETS + 5):
        passes(door, f"person-{number}")
        if number % 100 == 0:
            passes(door, "anna")
    assert not passes(door, "anna")
    assert passes(door, "person-0"), "forgotten long ago"
