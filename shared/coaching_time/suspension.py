"""Suspensions: absences and their ends, outages, and until when something is suspended."""

from datetime import date, datetime, time, timedelta

from coaching_time.asking import FIGURES
from coaching_time.calendar import DAY, NoWorkingTime, nth_working_day_after
from coaching_time.instants import at_local, local_date
from coaching_time.person import NO_END, Absence, PersonTime
from coaching_time.working_hours import end_of_work


def absence_covering(person: PersonTime, instant: datetime) -> Absence | None:
    """The whole-day absence that covers the local date of the instant. Of several, the one that ends last."""
    day = local_date(person.zone, instant)
    covering = (absence for absence in person.absences if absence.first <= day <= absence.last)
    return max(covering, key=lambda absence: (absence.last, absence.known_at, absence.id), default=None)


def absence_end(person: PersonTime, absence: Absence) -> datetime | None:
    """The end of the last local day of the absence. Absences that overlap or directly follow it extend it.

    None without a known end.
    """
    last = absence.last
    for other in sorted(person.absences, key=lambda other: other.first):
        if other.first <= _day_after(last) and other.last > last:
            last = other.last
    if last >= NO_END:
        return None
    return at_local(person.zone, _day_after(last), time.min)


def suspension_until(owner: PersonTime, cause_end: datetime | None, known_at: datetime) -> datetime | None:
    """The new due moment (UTC): the end of the owner's first working day after the cause's end and after it was known.

    A working day is after an instant if its whole local date is. None without a known end of the cause, or without a
    working day within three years.
    """
    if cause_end is None:
        return None
    day = local_date(owner.zone, max(cause_end, known_at) - timedelta(milliseconds=1))
    try:
        return end_of_work(owner, nth_working_day_after(owner, day, 1))
    except NoWorkingTime:
        return None


def is_outage(due: datetime, set_at: datetime, now: datetime, tolerance: timedelta | None = None) -> bool:
    """Whether a deadline is handled too late to count against a person.

    That is later than the tolerance after its instant and after the event that set it; without one, than this
    installation's.
    """
    return now - max(due, set_at) > (FIGURES.outage if tolerance is None else tolerance)


def _day_after(day: date) -> date:
    return min(day, NO_END) + DAY
