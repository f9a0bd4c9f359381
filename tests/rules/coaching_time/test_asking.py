"""From when somebody may ask again who took questions back."""

from datetime import UTC, datetime, timedelta

from coaching_time import ask_again_at

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_who_took_nothing_back_may_ask():
    assert ask_again_at([], 1, NOON) is None


def test_one_more_may_be_asked_when_the_first_of_the_last_few_is_a_day_old():
    taken_back = [NOON + number * HOUR for number in range(5)]
    assert ask_again_at(taken_back, 5, NOON + 5 * HOUR) == NOON + DAY
    assert ask_again_at(taken_back, 3, NOON + 5 * HOUR) == NOON + 2 * HOUR + DAY
    assert ask_again_at(taken_back, 6, NOON + 5 * HOUR) is None


def test_at_that_moment_it_may_be_asked():
    assert ask_again_at([NOON], 1, NOON + DAY) is None
    assert ask_again_at([NOON], 1, NOON + DAY - timedelta(milliseconds=1)) == NOON + DAY


def test_the_time_may_be_another():
    assert ask_again_at([NOON], 1, NOON, within=HOUR) == NOON + HOUR
    assert ask_again_at([NOON], 1, NOON, within=timedelta(0)) is None
