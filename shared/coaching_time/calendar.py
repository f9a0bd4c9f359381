"""Workdays and working days: which dates they are, and how to find and count them.

A workday is a local date with working hours and without a public holiday. A working day is a workday without a
whole-day absence. Searches cover at most three years ahead or back.
"""

from datetime import date, datetime, timedelta
from typing import Final

from coaching_time.instants import local_date
from coaching_time.person import PersonTime, hours_on

DAY: Final = timedelta(days=1)
HORIZON: Final = timedelta(days=3 * 366)


class NoWorkingTime(Exception):
    """No workday, or no working day, within three years of the date: an endless absence, or the end of the calendar."""

    def __init__(self, day: date) -> None:
        super().__init__(f"There is no working time within three years of {day.isoformat()}.")
        self.day = day


def is_workday(person: PersonTime, day: date) -> bool:
    """Whether the person has working hours and no public holiday on that local date."""
    return hours_on(person, day) is not None and day not in person.holidays


def is_away(person: PersonTime, day: date) -> bool:
    """Whether a whole-day absence covers that local date."""
    return any(absence.first <= day <= absence.last for absence in person.absences)


def is_working_day(person: PersonTime, day: date) -> bool:
    """Whether that local date is a workday on which the person is not away."""
    return is_workday(person, day) and not is_away(person, day)


def next_workday(person: PersonTime, day: date) -> date:
    """The first workday on or after the date. Raises NoWorkingTime."""
    found = day
    while not is_workday(person, found):
        found = _further(found, DAY, start=day)
    return found


def previous_workday(person: PersonTime, day: date) -> date:
    """The last workday strictly before the date. Raises NoWorkingTime."""
    found = _further(day, -DAY, start=day)
    while not is_workday(person, found):
        found = _further(found, -DAY, start=day)
    return found


def next_working_day(person: PersonTime, day: date) -> date:
    """The first working day on or after the date. Raises NoWorkingTime."""
    found = next_workday(person, day)
    while last := _last_day_away(person, found):
        found = next_workday(person, _further(last, DAY, start=day))
    return found


def nth_workday_after(person: PersonTime, day: date, n: int) -> date:
    """The n-th workday strictly after the date; with n = 0 the date itself. Raises NoWorkingTime."""
    for _ in range(n):
        day = next_workday(person, _further(day, DAY, start=day))
    return day


def nth_working_day_after(person: PersonTime, day: date, n: int) -> date:
    """The n-th working day strictly after the date; with n = 0 the date itself. Raises NoWorkingTime."""
    for _ in range(n):
        day = next_working_day(person, _further(day, DAY, start=day))
    return day


def working_days_between(person: PersonTime, first: datetime, last: datetime) -> int:
    """The number of working days after the local date of the first instant, up to and with that of the last."""
    day, end = local_date(person.zone, first), local_date(person.zone, last)
    return sum(is_working_day(person, day + DAY * step) for step in range(1, (end - day).days + 1))


def _last_day_away(person: PersonTime, day: date) -> date | None:
    return max((absence.last for absence in person.absences if absence.first <= day <= absence.last), default=None)


def _further(day: date, step: timedelta, *, start: date) -> date:
    try:
        day += step
    except OverflowError as end_of_calendar:
        raise NoWorkingTime(start) from end_of_calendar
    if abs(day - start) > HORIZON:
        raise NoWorkingTime(start)
    return day
