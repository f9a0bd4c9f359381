from dataclasses import replace
from datetime import UTC, date, time

import pytest

from coaching_time import (
    Hours,
    NoWorkingTime,
    Pattern,
    PersonTime,
    due_on,
    end_of_work,
    is_away,
    is_workday,
    is_working_day,
    next_workday,
    next_working_day,
    next_working_moment,
    nth_workday_after,
    nth_working_day_after,
    previous_workday,
    start_of_work,
    working_days_between,
)
from tests.rules.coaching_time.people import anna, away, ben, chloe, dalia, day, eli, moment, week

WORKDAYS = [
    (anna, "2026-04-02", True),
    (anna, "2026-04-03", False),  # Good Friday
    (anna, "2026-04-04", False),  # Saturday
    (anna, "2026-05-01", False),  # a holiday
    (ben, "2026-05-01", True),  # that is none in New York
    (ben, "2026-05-02", False),
    (chloe, "2026-04-29", True),  # Wednesday, by the first pattern
    (chloe, "2026-04-30", False),  # Thursday
    (chloe, "2026-05-01", False),  # Friday: from this day on the second holds
    (chloe, "2026-05-05", True),  # Tuesday
    (dalia, "2026-05-01", False),  # Friday
    (dalia, "2026-05-03", True),  # Sunday
]


@pytest.mark.parametrize(("person", "on", "expected"), WORKDAYS)
def test_a_workday_has_hours_and_no_holiday(person: PersonTime, on: str, expected: bool):
    assert is_workday(person, day(on)) is expected


def test_a_person_away_has_workdays_but_no_working_days():
    assert is_workday(eli, day("2026-07-06"))
    assert is_away(eli, day("2026-07-06"))
    assert not is_working_day(eli, day("2026-07-06"))


@pytest.mark.parametrize(("on", "expected"), [("2026-07-05", False), ("2026-07-06", True), ("2026-07-17", True)])
def test_absence_dates_are_inclusive(on: str, expected: bool):
    assert is_away(eli, day(on)) is expected


def test_before_the_first_pattern_the_usual_week_holds():
    late = PersonTime(zone="UTC", patterns=(week("6", "10:00-12:00", since="2026-06-01"),))
    assert is_workday(late, day("2026-05-29"))
    assert not is_workday(late, day("2026-06-05"))
    assert is_workday(late, day("2026-06-07"))


NEXT = [
    # person, date, next workday, next working day
    (anna, "2026-04-02", "2026-04-02", "2026-04-02"),
    (anna, "2026-04-03", "2026-04-07", "2026-04-07"),  # Easter
    (anna, "2025-12-25", "2025-12-29", "2025-12-29"),  # Christmas and a weekend
    (anna, "2026-01-01", "2026-01-02", "2026-01-02"),
    (eli, "2026-07-04", "2026-07-06", "2026-07-20"),  # two absences in a row
    (eli, "2026-07-10", "2026-07-10", "2026-07-20"),
    (dalia, "2026-05-01", "2026-05-03", "2026-05-03"),
]


@pytest.mark.parametrize(("person", "on", "workday", "working_day"), NEXT)
def test_the_next_day_of_work(person: PersonTime, on: str, workday: str, working_day: str):
    assert next_workday(person, day(on)) == day(workday)
    assert next_working_day(person, day(on)) == day(working_day)


def test_the_workday_before():
    assert previous_workday(anna, day("2026-04-07")) == day("2026-04-02")
    assert previous_workday(anna, day("2026-04-02")) == day("2026-04-01")


NTH = [
    # person, date, n, n-th workday after, n-th working day after
    (anna, "2026-04-01", 0, "2026-04-01", "2026-04-01"),
    (anna, "2026-04-01", 1, "2026-04-02", "2026-04-02"),
    (anna, "2026-04-01", 2, "2026-04-07", "2026-04-07"),
    (anna, "2025-12-23", 5, "2026-01-02", "2026-01-02"),  # 24th, 29th, 30th, 31st, 2nd
    (anna, "2026-04-04", 1, "2026-04-07", "2026-04-07"),  # asked on a Saturday
    (eli, "2026-07-02", 2, "2026-07-06", "2026-07-20"),
    (chloe, "2026-04-28", 2, "2026-05-04", "2026-05-04"),  # the 29th, then Monday of the new pattern
]


@pytest.mark.parametrize(("person", "on", "n", "workday", "working_day"), NTH)
def test_the_nth_day_of_work_after_a_date(person: PersonTime, on: str, n: int, workday: str, working_day: str):
    assert nth_workday_after(person, day(on), n) == day(workday)
    assert nth_working_day_after(person, day(on), n) == day(working_day)


BETWEEN = [
    (anna, "2026-04-01T10:00+02:00", "2026-04-01T16:00+02:00", 0),
    (anna, "2026-04-01T10:00+02:00", "2026-04-02T09:00+02:00", 1),
    (anna, "2026-04-02T10:00+02:00", "2026-04-07T09:00+02:00", 1),  # Easter between
    (anna, "2026-04-07T10:00+02:00", "2026-04-02T09:00+02:00", 0),  # backwards
    (eli, "2026-07-03T10:00-10:00", "2026-07-20T09:00-10:00", 1),
    (ben, "2026-03-06T23:59-05:00", "2026-03-13T00:00-04:00", 5),  # over the change of clocks
]


@pytest.mark.parametrize(("person", "first", "last", "count"), BETWEEN)
def test_working_days_between_two_instants(person: PersonTime, first: str, last: str, count: int):
    assert working_days_between(person, moment(first), moment(last)) == count


WORK = [
    (anna, "2026-03-27", "2026-03-27T09:00+01:00", "2026-03-27T17:00+01:00"),
    (anna, "2026-03-30", "2026-03-30T09:00+02:00", "2026-03-30T17:00+02:00"),  # after the change of clocks
    (chloe, "2026-04-29", "2026-04-29T08:00+10:30", "2026-04-29T16:30+10:30"),
    (chloe, "2026-05-05", "2026-05-05T10:00+10:30", "2026-05-05T14:00+10:30"),
    (chloe, "2026-05-07", "2026-05-07T09:00+10:30", "2026-05-07T17:00+10:30"),  # no hours of its own
    (anna, "2026-05-01", "2026-05-01T09:00+02:00", "2026-05-01T17:00+02:00"),  # a holiday
]


@pytest.mark.parametrize(("person", "on", "start", "end"), WORK)
def test_work_starts_and_ends(person: PersonTime, on: str, start: str, end: str):
    assert (start_of_work(person, day(on)), end_of_work(person, day(on))) == (moment(start), moment(end))


DUE = [
    (anna, "2026-04-02", "2026-04-02T17:00+02:00"),
    (anna, "2026-04-03", "2026-04-07T17:00+02:00"),  # Good Friday: after Easter
    (anna, "2026-10-24", "2026-10-26T17:00+01:00"),  # over the change of clocks
    (chloe, "2026-01-26", "2026-01-28T16:30+11:00"),  # a holiday in southern summer
    (eli, "2026-07-08", "2026-07-08T17:00-10:00"),  # an absence moves nothing
    (anna, "2026-01-01", "2026-01-02T17:00+01:00"),
]


@pytest.mark.parametrize(("person", "on", "due"), DUE)
def test_a_date_is_due_when_work_ends(person: PersonTime, on: str, due: str):
    assert due_on(person, day(on)) == moment(due)


MOMENTS = [
    (anna, "2026-04-02T12:00+02:00", "2026-04-02T12:00+02:00"),  # at work
    (anna, "2026-04-02T09:00+02:00", "2026-04-02T09:00+02:00"),
    (anna, "2026-04-02T08:59+02:00", "2026-04-02T09:00+02:00"),  # early
    (anna, "2026-04-02T17:00+02:00", "2026-04-07T09:00+02:00"),  # work is over, then Easter
    (anna, "2026-03-28T12:00+01:00", "2026-03-30T09:00+02:00"),
    (eli, "2026-07-08T12:00-10:00", "2026-07-20T09:00-10:00"),  # away
    (eli, "2026-08-31T18:00-10:00", None),  # away without an end
]


@pytest.mark.parametrize(("person", "instant", "opening"), MOMENTS)
def test_quiet_hours_end_at_the_next_working_moment(person: PersonTime, instant: str, opening: str | None):
    assert next_working_moment(person, moment(instant)) == (moment(opening) if opening else None)


@pytest.mark.parametrize(("last_day_away", "found"), [("2026-03-01", True), ("2026-03-02", False)])
def test_quiet_hours_are_waited_out_for_sixty_days(last_day_away: str, found: bool):
    person = PersonTime(zone="UTC", absences=(away("2026-01-01", last_day_away),))
    assert (next_working_moment(person, moment("2026-01-01T09:00Z")) is not None) is found


def test_an_endless_absence_leaves_no_working_day():
    with pytest.raises(NoWorkingTime):
        next_working_day(eli, day("2026-09-01"))


def test_the_calendar_ends():
    with pytest.raises(NoWorkingTime):
        nth_workday_after(ben, date.max, 1)
    with pytest.raises(NoWorkingTime):
        previous_workday(ben, date.min)


def test_years_of_holidays_leave_no_workday():
    closed = replace(ben, holidays=frozenset(date.fromordinal(n) for n in range(735000, 745000)))
    with pytest.raises(NoWorkingTime):
        next_workday(closed, date.fromordinal(736000))


def test_a_week_has_hours_on_days_that_exist():
    nine = Hours(start=time(9), end=time(17))
    for hours in ({}, {"7": nine}, {"": nine}, {"01": nine}):
        with pytest.raises(ValueError, match="week"):
            Pattern(holds_from=date(2026, 1, 1), hours=hours)


def test_hours_end_after_they_start():
    with pytest.raises(ValueError, match="end after"):
        Hours(start=time(22), end=time(6))


def test_hours_are_those_of_a_persons_own_clock():
    with pytest.raises(ValueError, match="no offset"):
        Hours(start=time(9, tzinfo=UTC), end=time(17, tzinfo=UTC))
