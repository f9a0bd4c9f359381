"""What a promise for a wished date would be, before it is made. Pure.

A realistic date is a working day of the owner on which fewer than FEW of their open promises are due. A working day has
working hours, no public holiday, and no absence of the owner.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from coaching_events.events.commitment import DueMoved
from coaching_events.ids import PartnershipId, PersonId
from coaching_readmodels import PairReferenceData
from coaching_readmodels.promises import Due, due_moment, due_moved
from coaching_readmodels.refusals import in_force
from coaching_time import Absence, PersonTime, at_local, is_working_day, local_date, promise_grace_end
from goals.commitment.rules.requests import check_not_paused

FEW: Final = 3
"""A day on which so many open promises are due has no room for another one."""
AHEAD: Final = timedelta(days=60)
"""How far after the wished date a realistic one is looked for."""
AFTERWARDS: Final = timedelta(days=7)
"""How long after the due moment absences and holidays are shown."""
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """A due moment as it would be set (UTC), the end of its grace, and the local date that was wished."""

    due: datetime
    moved: DueMoved | None
    grace_end: datetime
    day: date
    week: tuple[datetime, datetime]
    """The owner's local week with the due moment: its first instant, and that of the next week (UTC)."""


def wished(
    partnership: PartnershipId,
    owner: PersonId,
    *,
    by: PersonId,
    at: datetime,
    due: Due,
    reference_data: PairReferenceData,
) -> Wished:
    """What a promise of ``owner`` for this date would get. Raises Refused for what `make` or `request` refuses then."""
    pair, person = in_force(partnership, by, reference_data), reference_data.time(owner)
    if by != owner:
        check_not_paused(pair, at)
    moment = due_moment(owner, due, at, reference_data)
    falls_on = local_date(person.zone, moment)
    monday = falls_on - falls_on.weekday() * DAY
    return Wished(
        due=moment,
        moved=due_moved(owner, due, reference_data),
        grace_end=promise_grace_end(person, moment, pair.terms.promise_grace),
        day=due.day or falls_on,
        week=(at_local(person.zone, monday, time.min), at_local(person.zone, monday + 7 * DAY, time.min)),
    )


def realistic(owner: PersonTime, day: date, promised: Iterable[datetime]) -> date | None:
    """The first realistic date on or after ``day``. ``promised`` are the due moments of the owner's open promises.

    None if there is none within sixty days.
    """
    due = Counter(local_date(owner.zone, each) for each in promised)
    days = (day + step * DAY for step in range(AHEAD.days + 1))
    return next((each for each in days if is_working_day(owner, each) and due[each] < FEW), None)


def holidays_until(owner: PersonTime, at: datetime, due: datetime) -> tuple[date, ...]:
    """The public holidays of the owner from now until shortly after the due moment."""
    first, last = _span(owner, at, due)
    return tuple(sorted(each for each in owner.holidays if first <= each <= last))


def absences_until(owner: PersonTime, at: datetime, due: datetime) -> tuple[Absence, ...]:
    """The absences of the owner in the same time, in the order of their first days."""
    first, last = _span(owner, at, due)
    found = (each for each in owner.absences if each.first <= last and first <= each.last)
    return tuple(sorted(found, key=lambda each: (each.first, each.last, each.id)))


def _span(owner: PersonTime, at: datetime, due: datetime) -> tuple[date, date]:
    return local_date(owner.zone, at), local_date(owner.zone, due) + AFTERWARDS
