"""The instants at which work starts and ends, and what follows from them."""

from datetime import date, datetime, timedelta
from typing import Final

from coaching_time.calendar import DAY, NoWorkingTime, next_workday, next_working_day
from coaching_time.instants import at_local, local_date
from coaching_time.person import NINE_TO_FIVE, PersonTime, hours_on

LONGEST_DEFERRAL: Final = timedelta(days=60)


def start_of_work(person: PersonTime, day: date) -> datetime:
    """The start of work on the local date (on a day without hours: 9:00), in UTC."""
    return at_local(person.zone, day, (hours_on(person, day) or NINE_TO_FIVE).start)


def end_of_work(person: PersonTime, day: date) -> datetime:
    """The end of work on the local date (on a day without hours: 17:00), in UTC."""
    return at_local(person.zone, day, (hours_on(person, day) or NINE_TO_FIVE).end)


def due_on(person: PersonTime, day: date) -> datetime:
    """When a promise for a date is due: the end of work on it, or on the next workday. Raises NoWorkingTime.

    An absence does not move it: a promise due during an absence is suspended.
    """
    return end_of_work(person, next_workday(person, day))


def next_working_moment(person: PersonTime, instant: datetime) -> datetime | None:
    """The instant itself in working hours, otherwise the next start of work. None if there is none within 60 days."""
    day = local_date(person.zone, instant)
    while True:
        try:
            day = next_working_day(person, day)
        except NoWorkingTime:
            return None
        opening = max(instant, start_of_work(person, day))
        if opening - instant > LONGEST_DEFERRAL:
            return None
        if opening < end_of_work(person, day):
            return opening
        day += DAY
