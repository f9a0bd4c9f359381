"""When a message may leave for a person: in their working hours, on their working days. Pure.

Quiet hours apply to every push, and not to the inbox.
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
"""Time from the start of work until reminders leave, so that all of the morning leave together."""
LONGEST_WAIT: Final = timedelta(days=60)
"""The longest wait for an open moment. After it an entry is withdrawn."""
A_WHILE: Final = 3
"""Working days of an absence after which all waiting entries are one digest."""


def is_open(person: PersonTime, instant: datetime) -> bool:
    """Whether the instant (UTC) is in the person's working hours."""
    return next_working_moment(person, instant) == instant


def next_open(person: PersonTime, instant: datetime) -> datetime | None:
    """The instant itself in working hours, else the next morning (UTC). None if there is none within 60 days."""
    moment = next_working_moment(person, instant)
    if moment is None or moment == instant:
        return moment
    return morning(person, local_date(person.zone, moment))


def morning(person: PersonTime, day: date) -> datetime:
    """When reminders leave on a working day (UTC). After a longer absence it is the start of work."""
    start = start_of_work(person, day)
    gathered = start + GATHERING
    return start if is_back(person, day) or not is_open(person, gathered) else gathered


def next_digest(person: PersonTime, after: datetime) -> datetime | None:
    """The next start of a working day (UTC). None if there is none within 60 days."""
    day = local_date(person.zone, after)
    try:
        if not is_working_day(person, day) or start_of_work(person, day) <= after:
            day = nth_working_day_after(person, day, 1)
    except NoWorkingTime:
        return None
    start = start_of_work(person, day)
    return start if start - after <= LONGEST_WAIT else None


def is_back(person: PersonTime, day: date) -> bool:
    """Whether the person was absent on the three or more workdays before."""
    try:
        for _ in range(A_WHILE):
            day = previous_workday(person, day)
            if not is_away(person, day):
                return False
    except NoWorkingTime:
        return False
    return True


def is_late(person: PersonTime, moment: datetime, now: datetime) -> bool:
    """Whether the moment is more than a working day ago: the service was down, and the person gets no nudge for it."""
    if now - moment <= timedelta(days=1):
        return False
    shown = moment.astimezone(ZoneInfo(person.zone))
    try:
        day = nth_working_day_after(person, shown.date(), 1)
    except NoWorkingTime:
        return False
    return now > at_local(person.zone, day, shown.time())
