"""When the steps of the ladder leave."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from coaching_time import Absence, PersonTime
from notifications.mailbox.rules.ladder import Planned, following, heads_up_moment, is_new, moment_of, readers
from tests.rules.notifications.a_week import ANNA as OWNER
from tests.rules.notifications.a_week import BEN as PARTNER
from tests.rules.notifications.a_week import WITH_BEN, WITH_CARLA, local, pair

ANNA = PersonTime(zone="Europe/Berlin")
MISSED = local(-3, 17)
"""Friday 30 January, at the end of work."""


def away(first: date, last: date) -> PersonTime:
    return replace(ANNA, absences=(Absence(id="away", first=first, last=last, known_at=local(-30)),))


def test_the_first_step_is_the_next_working_morning_and_the_second_after_three_working_days() -> None:
    assert moment_of(ANNA, 1, MISSED, doubled=False) == local(0, 9, 15)
    assert moment_of(ANNA, 2, MISSED, doubled=False, left_at=local(0, 9, 15)) == local(2, 9, 15)


def test_the_partner_is_asked_after_seven_working_days_and_both_after_fourteen() -> None:
    assert moment_of(ANNA, 3, MISSED, doubled=False, left_at=local(2, 9, 15)) == local(8, 9, 15)
    assert moment_of(ANNA, 4, MISSED, doubled=False, left_at=local(8, 9, 15)) == local(17, 9, 15)


def test_the_owner_gets_the_first_steps_the_partner_the_third_and_both_the_last() -> None:
    steps: tuple[Planned, ...] = (1, 2, 3, 4)
    assert [readers(step, OWNER, PARTNER) for step in steps] == [(OWNER,), (OWNER,), (PARTNER,), (OWNER, PARTNER)]


def test_after_the_last_step_there_is_silence() -> None:
    assert [following(step) for step in (None, 0, 1, 2, 3, 4)] == [None, None, 2, 3, 4, None]


def test_a_step_counts_days_of_the_owner_and_leaves_in_the_morning_of_its_reader() -> None:
    in_new_york = PersonTime(zone="America/New_York")
    assert moment_of(ANNA, 3, MISSED, doubled=False, reader=in_new_york) == local(8, 15, 15)
    owner_away = away(date(2026, 2, 2), date(2026, 2, 3))
    assert moment_of(owner_away, 3, MISSED, doubled=False, reader=ANNA) == local(10, 9, 15)
    reader_away = away(date(2026, 2, 10), date(2026, 2, 11))
    assert moment_of(ANNA, 3, MISSED, doubled=False, reader=reader_away) == local(10, 9, 15)
    assert moment_of(ANNA, 3, MISSED, doubled=False, left_at=local(8, 9), reader=ANNA) == local(9, 9, 15)
    assert moment_of(ANNA, 3, MISSED, doubled=False, reader=away(date(2026, 2, 2), date.max)) is None


def test_in_a_pairs_first_days_the_waits_double() -> None:
    assert moment_of(ANNA, 1, MISSED, doubled=True) == local(1, 9, 15)
    assert moment_of(ANNA, 2, MISSED, doubled=True, left_at=local(1, 9, 15)) == local(7, 9, 15)


def test_two_steps_never_leave_on_one_day() -> None:
    assert moment_of(ANNA, 2, MISSED, doubled=False, left_at=local(3, 9)) == local(4, 9, 15)


def test_days_away_do_not_count() -> None:
    assert moment_of(away(date(2026, 2, 2), date(2026, 2, 3)), 1, MISSED, doubled=False) == local(2, 9, 15)


def test_who_comes_back_after_a_while_is_told_at_the_start_of_work() -> None:
    assert moment_of(away(date(2026, 2, 2), date(2026, 2, 6)), 1, MISSED, doubled=False) == local(7, 9)


def test_who_is_away_for_long_is_not_reminded() -> None:
    assert moment_of(away(date(2026, 2, 2), date(2026, 8, 1)), 1, MISSED, doubled=False) is None
    assert moment_of(away(date(2026, 2, 2), date.max), 1, MISSED, doubled=False) is None


@pytest.mark.parametrize(("due", "morning"), [(local(2, 17), 1), (local(0, 17), -3), (local(6, 12), 4)])
def test_a_heads_up_is_on_the_working_day_before(due: object, morning: int) -> None:
    assert heads_up_moment(ANNA, due) == local(morning, 9, 15)  # pyright: ignore[reportArgumentType]


def test_a_heads_up_comes_before_days_away() -> None:
    assert heads_up_moment(away(date(2026, 2, 3), date(2026, 2, 4)), local(3, 17)) == local(0, 9, 15)
    assert heads_up_moment(away(date.min, date(2026, 2, 4)), local(3, 17)) is None


def test_a_pair_is_new_for_thirty_days_unless_the_two_were_one_shortly_before() -> None:
    ours = pair(WITH_BEN, formed_at=local(0))
    assert is_new(ours, [ours], local(30))
    assert not is_new(ours, [ours], local(30) + timedelta(seconds=1))
    before = replace(pair(WITH_BEN), status="ended", ended_at=local(-100))
    assert not is_new(ours, [ours, before], local(10))
    assert is_new(ours, [ours, replace(before, ended_at=local(-181))], local(10))
    assert is_new(ours, [ours, replace(pair(WITH_CARLA), status="ended", ended_at=local(-100))], local(10))
