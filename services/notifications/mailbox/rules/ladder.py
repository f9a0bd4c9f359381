"""The ladder: two steps to the owner, one to the partner, one to both, then silence. Pure.

No step involves a third person. Steps count in working days of the owner. In the first 30 days of a pair every wait is
doubled: a new habit needs time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal

from coaching_events.ids import PersonId
from coaching_readmodels import PartnershipReadModel
from coaching_time import NoWorkingTime, PersonTime, is_away, local_date, nth_working_day_after, previous_workday
from notifications.mailbox.rules.quiet_hours import LONGEST_WAIT, morning

WAITS: Final = {1: 1, 2: 3, 3: 7, 4: 14}
"""Working days from the miss to each step."""
FIRST_FOR_THE_PARTNER: Final = 3
FIRST_DAYS: Final = timedelta(days=30)
APART: Final = timedelta(days=180)
"""A pair that had a partnership within this time before is not new."""

Planned = Literal[1, 2, 3, 4]


def readers(step: Planned, owner: PersonId, partner: PersonId) -> tuple[PersonId, ...]:
    """The people who get a step."""
    match step:
        case 1 | 2:
            return (owner,)
        case 3:
            return (partner,)
        case 4:
            return (owner, partner)


def following(step: int | None) -> Planned | None:
    """The step after a step that has left. None after the last one, and after a heads-up or an opening."""
    match step:
        case 1:
            return 2
        case 2:
            return 3
        case 3:
            return 4
        case _:
            return None


def moment_of(
    owner: PersonTime,
    step: Planned,
    missed_at: datetime,
    *,
    doubled: bool,
    left_at: datetime | None = None,
    reader: PersonTime | None = None,
) -> datetime | None:
    """When a step after a miss leaves (UTC). Never on the day of the step before it (``left_at``).

    The days are the owner's. The step leaves in the next working morning of its reader, who is the owner without
    ``reader``. None if there is no such morning within 60 days.
    """
    person = reader or owner
    try:
        counted = nth_working_day_after(owner, local_date(owner.zone, missed_at), WAITS[step] * (2 if doubled else 1))
        before = counted - timedelta(days=1)
        if left_at is not None:
            before = max(before, local_date(person.zone, left_at))
        moment = morning(person, nth_working_day_after(person, before, 1))
    except NoWorkingTime:
        return None
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
