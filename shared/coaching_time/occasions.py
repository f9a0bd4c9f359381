"""The occasions of check-ins: when each is due, and when it opens. And when two people meet by a rhythm."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule, weekday

from coaching_time.calendar import DAY, HORIZON, NoWorkingTime, is_working_day, next_workday, previous_workday
from coaching_time.instants import at_local, local_date
from coaching_time.person import PersonTime
from coaching_time.rhythm import Recurrence, parse_rhythm
from coaching_time.working_hours import start_of_work

FREQUENCIES: Final[dict[str, Literal[1, 2, 3]]] = {"day": DAILY, "week": WEEKLY, "month": MONTHLY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """The rhythm of check-ins: an RRULE of the subset, a local time of day, the local date of its start.

    A rule that skips weeks counts them from the week of `starting`. Raises UnsupportedRhythm for a rule outside the
    subset, ValueError for a time with an offset.
    """

    rule: str
    clock: time
    starting: date

    def __post_init__(self) -> None:
        parse_rhythm(self.rule)
        if self.clock.tzinfo:
            raise ValueError("The time of a check-in is a local time and has no offset.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One check-in: its local due date (a workday), and the instants (UTC) at which it is due and opens."""

    day: date
    due: datetime
    opens: datetime


def occasions_after(rhythm: Rhythm, person: PersonTime, after: datetime) -> Iterator[Occasion]:
    """The occasions due after the instant, in order, until the end of the calendar. Raises NoWorkingTime.

    An occasion on a day that is no workday moves to the next workday; if that reaches the following occasion, they
    become
    one. An absence changes nothing. Each opens at the start of work on the workday before. The caller makes sure that
    it
    does not open before the end of the grace of the previous one.
    """
    # Occasions on free days before this date have moved to it, so the search begins after the workday before.
    since = previous_workday(person, local_date(person.zone, after)) + DAY
    last: date | None = None
    for named in dates_of(rhythm, since):
        day = next_workday(person, named)
        if day == last:
            continue
        last = day
        due = at_local(person.zone, day, rhythm.clock)
        if due > after:
            yield Occasion(day=day, due=due, opens=start_of_work(person, previous_workday(person, day)))


def is_occasion(rhythm: Rhythm, person: PersonTime, day: date) -> bool:
    """Whether the rhythm has an occasion on this local date, possibly moved there from a free day."""
    before = at_local(person.zone, day, time.min) - timedelta(milliseconds=1)
    return next(occasions_after(rhythm, person, before)).day == day


def period_of(rhythm: Rhythm, day: date) -> int:
    """The number of the rhythm's period in which the date lies: the day, the weeks of one interval, or the month."""
    recurrence = parse_rhythm(rhythm.rule)
    match recurrence.every:
        case "day":
            return day.toordinal()
        case "week":
            return (_week(day) - _week(rhythm.starting)) // recurrence.interval
        case "month":
            return 12 * day.year + day.month


def dates_of(rhythm: Rhythm, since: date) -> Iterator[date]:
    """The dates that the rhythm names, from ``since`` on, whether or not anybody works on them."""
    recurrence = parse_rhythm(rhythm.rule)
    since = max(since, rhythm.starting)
    phase = _week(rhythm.starting) % recurrence.interval
    for year in range(since.year, MAXYEAR):
        dates = _dates_in_year(recurrence, phase, year)
        yield from dates[bisect_left(dates, since) :]


@lru_cache(maxsize=1024)
def _dates_in_year(recurrence: Recurrence, phase: int, year: int) -> tuple[date, ...]:
    """The dates of a year. They are the same for all people with the same rule and the same counted weeks."""
    first = date(year, 1, 1)
    begin = first
    if recurrence.every == "week":
        begin = _monday(_week(first) + (phase - _week(first)) % recurrence.interval)
    found = rrule(
        FREQUENCIES[recurrence.every],
        dtstart=datetime.combine(begin, time.min),
        until=datetime.combine(date(year, 12, 31), time.min),
        interval=recurrence.interval,
        byweekday=[weekday(day, nth or None) for day, nth in recurrence.weekdays] or None,
        bymonthday=recurrence.month_days or None,
    )
    return tuple(moment.date() for moment in found if moment.year == year)


def _week(day: date) -> int:
    """Weeks since the first day of the calendar, which is a Monday."""
    return (day.toordinal() - 1) // 7


def _monday(week: int) -> date:
    return date.fromordinal(week * 7 + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One meeting: the date that the rhythm names in its zone, and its start (UTC).

    ``offered``: that date is no working day of both, so the start is at the same time of a later day.
    """

    occasion: date
    start: datetime
    offered: bool


def meeting_after(
    rhythm: Rhythm, zone: str, people: Sequence[PersonTime], last: date | None, after: datetime
) -> Meeting:
    """The first meeting that starts after the instant, for a date after ``last``. Raises NoWorkingTime.

    A date without work, or with a known absence of one of them, is offered on the next day on which both work, at the
    same local time. If that reaches the following date of the rhythm, it becomes that one.
    """
    since = max(local_date(zone, after), date.min if last is None else last + DAY)
    for occasion, following in pairwise(dates_of(rhythm, since)):
        if occasion - since > HORIZON:
            break
        if at_local(zone, occasion, rhythm.clock) > after:
            for day in _common_days(rhythm, zone, people, occasion, following):
                start = at_local(zone, day, rhythm.clock)
                return Meeting(occasion=occasion, start=start, offered=day != occasion)
    raise NoWorkingTime(since)


def _common_days(rhythm: Rhythm, zone: str, people: Sequence[PersonTime], first: date, before: date) -> Iterator[date]:
    """The days from ``first`` on and before ``before`` on which all work at the time of the rhythm."""
    day = first
    while day < before:
        start = at_local(zone, day, rhythm.clock)
        if all(is_working_day(person, local_date(person.zone, start)) for person in people):
            yield day
        day += DAY
