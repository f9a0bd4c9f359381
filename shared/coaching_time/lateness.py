"""The agreed grace after a due moment, and the time that counts as late."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from coaching_time.answers import Pause
from coaching_time.calendar import DAY, NoWorkingTime, is_working_day, nth_workday_after, nth_working_day_after
from coaching_time.instants import at_local, local_date
from coaching_time.person import PersonTime
from coaching_time.working_hours import end_of_work

Span = tuple[datetime, datetime]


def excluded_time(owner: PersonTime, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> list[Span]:
    """The time from start to end that does not count: the owner's local days without work, absences and pauses.

    The spans are in order, do not touch, and lie within [start, end].
    """
    paused = ((pause.start, end if pause.end is None else pause.end) for pause in pauses)
    clipped = ((max(first, start), min(last, end)) for first, last in (*_free_days(owner, start, end), *paused))
    return _union(sorted(span for span in clipped if span[0] < span[1]))


def counted_seconds(owner: PersonTime, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> float:
    """Seconds from start to end without the excluded time. 0 if the end is not after the start."""
    if end <= start:
        return 0.0
    excluded = sum((last - first for first, last in excluded_time(owner, start, end, pauses)), timedelta())
    return (end - start - excluded).total_seconds()


def _free_days(owner: PersonTime, start: datetime, end: datetime) -> Iterator[Span]:
    """Runs of local days that are no working days, as instants."""
    day, beyond = local_date(owner.zone, start), local_date(owner.zone, end) + DAY
    while day < beyond:
        first = day
        while day < beyond and not is_working_day(owner, day):
            day += DAY
        if first < day:
            yield at_local(owner.zone, first, time.min), at_local(owner.zone, day, time.min)
        day += DAY


def _union(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for first, last in spans:
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


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
