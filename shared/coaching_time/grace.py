"""The agreed days of grace after a due moment."""

from datetime import datetime, timedelta

from coaching_time.calendar import NoWorkingTime, nth_workday_after, nth_working_day_after
from coaching_time.instants import local_date
from coaching_time.person import PersonTime
from coaching_time.working_hours import end_of_work


def promise_grace_end(owner: PersonTime, due: datetime, days: int) -> datetime:
    """The end of work on the n-th working day after the local date of due. Without days of grace, due itself.

    If an absence without a known end leaves no working day, workdays count: a promise always has a deadline. Raises
    NoWorkingTime only at the end of the calendar.
    """
    if days == 0:
        return due
    day = local_date(owner.zone, due)
    try:
        last = nth_working_day_after(owner, day, days)
    except NoWorkingTime:
        last = nth_workday_after(owner, day, days)
    return end_of_work(owner, last)


def check_in_grace_end(person: PersonTime, due: datetime, days: int, next_due: datetime) -> datetime:
    """The end of work on the n-th workday after the local date of due, at the latest midway to the next due moment.

    Without days of grace it is due itself. Raises NoWorkingTime.
    """
    if days == 0:
        return due
    midway = due + _whole_milliseconds((next_due - due) / 2)
    return min(midway, end_of_work(person, nth_workday_after(person, local_date(person.zone, due), days)))


def _whole_milliseconds(length: timedelta) -> timedelta:
    return length // timedelta(milliseconds=1) * timedelta(milliseconds=1)
