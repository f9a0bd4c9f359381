"""When something may leave for somebody, also for somebody who has no working time any more."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from coaching_time import Absence, PersonTime
from notifications.mailbox.rules.ladder import heads_up_moment
from notifications.mailbox.rules.quiet_hours import LONGEST_WAIT, is_back, is_late, next_digest, next_open
from tests.rules.notifications.a_week import local

ANNA = PersonTime(zone="Europe/Berlin")
NEVER = replace(ANNA, holidays=frozenset(date(2020, 1, 1) + timedelta(days=day) for day in range(366 * 12)))
"""Every day of twelve years is a holiday."""


def away(first: date, last: date) -> PersonTime:
    return replace(ANNA, absences=(Absence(id="away", first=first, last=last, known_at=local(-30)),))


FOR_EVER = away(date(2026, 2, 2), date.max)


@pytest.mark.parametrize(
    ("after", "morning"),
    [
        (local(0, 8, 59), local(0, 9)),
        (local(0, 9), local(1, 9)),
        (local(0, 20), local(1, 9)),
        (local(4, 10), local(7, 9)),
        (local(5, 10), local(7, 9)),
    ],
)
def test_a_digest_leaves_at_the_next_start_of_a_working_day(after: datetime, morning: datetime) -> None:
    assert next_digest(ANNA, after) == morning


def test_a_digest_that_would_wait_longer_than_sixty_days_never_leaves() -> None:
    last = local(0, 10) + LONGEST_WAIT
    assert next_digest(away(date(2026, 2, 2), last.date() - timedelta(days=1)), local(0, 10)) is not None
    assert next_digest(away(date(2026, 2, 2), last.date()), local(0, 10)) is None


@pytest.mark.parametrize("person", [FOR_EVER, NEVER])
def test_who_has_no_working_time_any_more_has_no_next_digest_and_no_open_moment(person: PersonTime) -> None:
    assert next_digest(person, local(0, 10)) is None
    assert next_open(person, local(0, 10)) is None


def test_who_comes_back_was_away_on_three_days_on_which_they_would_have_worked() -> None:
    assert is_back(away(date(2026, 2, 2), date(2026, 2, 4)), date(2026, 2, 5))
    assert not is_back(away(date(2026, 2, 3), date(2026, 2, 4)), date(2026, 2, 5))
    weekend = away(date(2026, 1, 30), date(2026, 2, 1))
    assert not is_back(weekend, date(2026, 2, 2)), "Friday alone was a day of work"


def test_who_never_worked_does_not_come_back() -> None:
    assert not is_back(NEVER, date(2026, 2, 5))


def test_a_moment_is_late_once_a_working_day_has_passed_since() -> None:
    friday = local(4, 9, 15)
    assert not is_late(ANNA, friday, local(5, 9, 15))
    assert not is_late(ANNA, friday, local(7, 9, 15))
    assert is_late(ANNA, friday, local(7, 9, 16))


def test_who_has_no_working_day_any_more_is_never_told_late() -> None:
    assert not is_late(FOR_EVER, local(0, 9), datetime(2026, 4, 1, tzinfo=UTC))


def test_who_never_works_gets_no_heads_up() -> None:
    assert heads_up_moment(NEVER, local(3, 17)) is None
