"""The ladder: a gentle reminder, then the question about obstacles, then silence. Pure.

Steps count in working days of the owner. In the first 30 days of a pair every wait is doubled: a new habit needs time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal

from coaching_readmodels import PartnershipReadModel
from coaching_time import NoWorkingTime, PersonTime, is_away, local_date, nth_working_day_after, previous_workday
from notifications.mailbox.rules.quiet_hours import LONGEST_WAIT, morning

WAITS: Final = {1: 1, 2: 3}
"""Working days from the miss to each step."""
FIRST_DAYS: Final = timedelta(days=30)
APART: Final = timedelta(days=180)
"""A pair that had a partnership within this time before is not new."""

Planned = Literal[1, 2]


def moment_of(
    person: PersonTime, step: Planned, missed_at: datetime, *, doubled: bool, left_at: datetime | None = None
) -> datetime | None:
    """When a step after a miss leaves (UTC). Never on the day of the step before it (``left_at``).

    None if the person has no such day within 60 days.
    """
    try:
        day = nth_working_day_after(person, local_date(person.zone, missed_at), WAITS[step] * (2 if doubled else 1))
        if left_at is not None:
            day = max(day, nth_working_day_after(person, local_date(person.zone, left_at), 1))
    except NoWorkingTime:
        return None
    moment = morning(person, day)
    return moment if moment - (left_at or missed_at) <= LONGEST_WAIT else None


def heads_up_moment(person: PersonTime, due: datetime) -> datetime | None:
    """The morning of the last working day before the due date (UTC). None if there is none within 60 days."""
    day = local_date(person.zone, due)
    try:
        day = previous_workday(person, day)
        while is_away(person, day) and due - LONGEST_WAIT < morning(person, day):
            day = previous_workday(person, day)
    except NoWorkingTime:
        return None
    return None if is_away(person, day) else morning(person, day)


def is_new(pair: PartnershipReadModel, others: Iterable[PartnershipReadModel], at: datetime) -> bool:
    """Whether the two are in their first 30 days. ``others`` are all partnerships of either of them."""
    formed = pair.formed_at
    if formed is None or at - formed > FIRST_DAYS:
        return False
    earlier = [
        each.ended_at
        for each in others
        if set(each.people) == set(pair.people) and each.ended_at is not None and each.ended_at <= formed
    ]
    return all(formed - ended > APART for ended in earlier)
