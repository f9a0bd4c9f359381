"""Answer periods: how long a question waits for its answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from coaching_time.calendar import DAY, NoWorkingTime, nth_working_day_after
from coaching_time.instants import local_date
from coaching_time.person import Absence, PersonTime
from coaching_time.working_hours import end_of_work

MOMENT: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A time without duties in a partnership: from `start` until just before `end`, or open."""

    start: datetime
    end: datetime | None


def answer_by(person: PersonTime, asked_at: datetime, n: int, pauses: Sequence[Pause] = ()) -> datetime | None:
    """The end of work on the n-th working day after the local date of the question. Days of a pause do not count.

    The calendar is that of the person who answers. None without a known end: in an open pause, or in an absence without
    a
    known end.
    """
    # For an answer, days of a pause count like days of an absence.
    resting = replace(person, absences=(*person.absences, *_paused_days(person, pauses))) if pauses else person
    try:
        return end_of_work(person, nth_working_day_after(resting, local_date(person.zone, asked_at), n))
    except NoWorkingTime:
        return None


def _paused_days(person: PersonTime, pauses: Iterable[Pause]) -> Iterable[Absence]:
    for pause in pauses:
        first = local_date(person.zone, pause.start)
        if pause.start >= end_of_work(person, first):
            first += DAY  # the question came after work, so its day already counts
        last = date.max if pause.end is None else local_date(person.zone, pause.end - MOMENT)
        if first <= last:
            yield Absence(id="", first=first, last=last, known_at=pause.start)
