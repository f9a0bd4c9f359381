"""Somebody without working hours of their own works in the week of their region."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from coaching_time import (
    PersonTime,
    RegionFrom,
    RegionYear,
    counted_seconds,
    due_on,
    end_of_work,
    is_workday,
    next_working_moment,
    nth_working_day_after,
    region_time,
)
from tests.rules.coaching_time.people import day, days, moment, week


def year(number: int, weekend: str | None, *working: str, holidays: tuple[str, ...] = ()) -> RegionYear:
    return RegionYear(
        year=number,
        holidays=days(*holidays),
        weekend=None if weekend is None else tuple(weekend),
        working_days=days(*working),
    )


def living(zone: str, *regions: RegionFrom, **more: Any) -> PersonTime:
    there = region_time(regions)
    return PersonTime(
        zone=zone, holidays=there.holidays, region_weeks=there.region_weeks, working_days=there.working_days, **more
    )


def since(holds_from: str, *years: RegionYear) -> RegionFrom:
    return RegionFrom(holds_from=day(holds_from), years=years)


avi = living("Asia/Jerusalem", since("1970-01-01", year(2026, "45", holidays=("2026-04-02",))))
bori = living(
    "Europe/Budapest", since("1970-01-01", year(2026, "56", "2026-08-08", holidays=("2026-08-20", "2026-08-21")))
)
jun = living(
    "Asia/Shanghai", since("1970-01-01", year(2026, "56", "2026-01-04", holidays=("2026-01-01", "2026-01-02")))
)
noor = living("Asia/Dubai", since("1970-01-01", year(2021, "45"), year(2022, "56")))
# Moved from Israel to Bavaria on 1 June.
dana = living(
    "Europe/Berlin",
    since("2026-03-01", year(2026, "45", "2026-05-30", "2026-06-05")),
    since("2026-06-01", year(2025, None), year(2026, "56", holidays=("2026-06-04",))),
)
part_time = replace(bori, patterns=(week("024", "08:00-12:00", since="2026-03-01"),))

WORKDAYS = [
    (avi, "2026-03-06", False),  # Friday
    (avi, "2026-03-07", False),
    (avi, "2026-03-08", True),  # Sunday
    (avi, "2026-04-02", False),  # a holiday
    (avi, "2025-03-09", True),  # a Sunday before the first year that is known
    (avi, "2030-03-10", True),  # a Sunday after the last
    (bori, "2026-08-01", False),  # Saturday
    (bori, "2026-08-08", True),  # the working one
    (bori, "2026-08-21", False),
    (jun, "2026-01-04", True),  # a working Sunday
    (jun, "2026-01-03", False),
    (noor, "2021-12-31", False),  # the last Friday off
    (noor, "2022-01-02", False),  # the first Sunday off
    (noor, "2022-01-07", True),
    (noor, "2021-12-26", True),
    (dana, "2026-02-27", True),  # a Friday before any region
    (dana, "2026-03-01", True),  # Sunday
    (dana, "2026-05-30", True),  # a working Saturday there
    (dana, "2026-05-31", True),
    (dana, "2026-06-05", True),  # a Friday here
    (dana, "2026-06-07", False),  # a Sunday here
    (dana, "2026-06-04", False),
    (part_time, "2026-02-27", True),  # a Friday before the pattern
    (part_time, "2026-08-08", False),  # no hours on Saturdays, so the working one gives none
    (part_time, "2026-08-10", True),
]


@pytest.mark.parametrize(("person", "on", "expected"), WORKDAYS)
def test_a_workday_of_a_region(person: PersonTime, on: str, expected: bool):
    assert is_workday(person, day(on)) is expected


def test_a_holiday_on_a_working_saturday_has_no_work():
    person = living("Europe/Budapest", since("1970-01-01", year(2026, "56", "2026-08-08", holidays=("2026-08-08",))))
    assert not is_workday(person, day("2026-08-08"))


def test_a_working_day_of_the_last_region_is_none_of_the_next():
    assert is_workday(dana, day("2026-05-30"))
    assert day("2026-06-05") not in dana.working_days


DUE = [
    (avi, "2026-03-06", "2026-03-08T17:00+02:00"),  # Friday: on Sunday
    (avi, "2026-03-08", "2026-03-08T17:00+02:00"),
    (bori, "2026-08-08", "2026-08-08T17:00+02:00"),
    (bori, "2026-08-01", "2026-08-03T17:00+02:00"),
    (noor, "2021-12-31", "2022-01-03T17:00+04:00"),  # three days without work over the new year
    (part_time, "2026-08-08", "2026-08-10T12:00+02:00"),
]


@pytest.mark.parametrize(("person", "on", "due"), DUE)
def test_a_date_without_work_in_the_region_is_due_on_the_next_workday(person: PersonTime, on: str, due: str):
    assert due_on(person, day(on)) == moment(due)


def test_periods_count_the_days_of_the_region():
    assert nth_working_day_after(avi, day("2026-03-05"), 1) == day("2026-03-08")
    assert nth_working_day_after(bori, day("2026-08-07"), 1) == day("2026-08-08")
    assert end_of_work(bori, day("2026-08-08")) == moment("2026-08-08T17:00+02:00")


def test_quiet_hours_and_lateness_follow_the_week_of_the_region():
    assert next_working_moment(avi, moment("2026-03-06T10:00+02:00")) == moment("2026-03-08T09:00+02:00")
    assert next_working_moment(bori, moment("2026-08-08T10:00+02:00")) == moment("2026-08-08T10:00+02:00")
    late = counted_seconds(avi, moment("2026-03-05T17:00+02:00"), moment("2026-03-08T09:00+02:00"))
    assert late == 16 * 3600, "seven hours of Thursday and nine of Sunday"


def test_a_weekend_that_stays_is_one_week():
    there = region_time([since("2025-03-01", year(2024, "45"), year(2025, "45"), year(2026, "45"), year(2027, "56"))])
    assert [each.holds_from for each in there.region_weeks] == [date(2025, 3, 1), date(2027, 1, 1)]


def test_of_years_before_the_region_held_only_the_last_counts():
    there = region_time([since("2022-03-01", year(2021, "45"), year(2022, "56"))])
    person = living("Asia/Dubai", since("2022-03-01", year(2021, "45"), year(2022, "56")))
    assert len(there.region_weeks) == 1
    assert is_workday(person, day("2022-03-04"))
    assert not is_workday(person, day("2022-03-06"))
