"""When something may leave for somebody: at their working hours, on their working days. Pure.

Quiet hours bind everything that is pushed; the inbox itself knows none.
"""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from coaching_time import (
    NoWorkingTime,
    PersonTime,
    at_local,
    is_away,
    is_working_day,
    local_date,
    next_working_moment,
    nth_working_day_after,
    previous_workday,
    start_of_work,
)

GATHERING: Final = timedelta(minutes=15)
"""Reminders leave this long after the start of work, so that all that the morning brings leaves as one."""
LONGEST_WAIT: Final = timedelta(days=60)
"""What has no open moment within this time is withdrawn."""
A_WHILE: Final = 3
"""Working days away after which all that waits is one digest."""


def is_open(person: PersonTime, instant: datetime) -> bool:
    """Whether the person is at work at the instant."""
    return next_working_moment(person, instant) == instant


def next_open(person: PersonTime, instant: datetime) -> datetime | None:
    """The instant itself if the person is at work then, else their next morning; None if none within 60 days."""
    moment = next_working_moment(person, instant)
    if moment is None or moment == instant:
        return moment
    return morning(person, local_date(person.zone, moment))


def morning(person: PersonTime, day: date) -> datetime:
    """When reminders leave on a working day. Who was away for a while gets all that waits at the start of work."""
    start = start_of_work(person, day)
    gathered = start + GATHERING
    return start if is_back(person, day) or not is_open(person, gathered) else gathered


def next_digest(person: PersonTime, after: datetime) -> datetime | None:
    """The first start of a working day after an instant; None if none within 60 days."""
    day = local_date(person.zone, after)
    try:
        if not is_working_day(person, day) or start_of_work(person, day) <= after:
            day = nth_working_day_after(person, day, 1)
    except NoWorkingTime:
        return None
    start = start_of_work(person, day)
    return start if start - after <= LONGEST_WAIT else None


def is_back(person: PersonTime, day: date) -> bool:
    """Whether the person was away on the three or more days before, on which they would have worked."""
    try:
        for _ in range(A_WHILE):
            day = previous_workday(person, day)
            if not is_away(person, day):
                return False
    except NoWorkingTime:
        return False
    return True


def is_late(person: PersonTime, moment: datetime, now: datetime) -> bool:
    """Whether more than a working day has passed since the moment: then we were down, and nobody is nudged for it."""
    if now - moment <= timedelta(days=1):
        return False
    shown = moment.astimezone(ZoneInfo(person.zone))
    try:
        day = nth_working_day_after(person, shown.date(), 1)
    except NoWorkingTime:
        return False
    return now > at_local(person.zone, day, shown.time())
