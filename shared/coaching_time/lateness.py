"""Lateness: the time that counts against the owner."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from coaching_time.answers import Pause
from coaching_time.calendar import DAY, is_working_day
from coaching_time.instants import at_local, local_date
from coaching_time.person import PersonTime

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
