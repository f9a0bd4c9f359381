"""The instants at which work starts and ends, and those that follow from them."""

from datetime import date, datetime, timedelta
from typing import Final

from coaching_time.calendar import DAY, NoWorkingTime, next_workday, next_working_day
from coaching_time.instants import at_local, local_date
from coaching_time.person import NINE_TO_FIVE, PersonTime, hours_on

LONGEST_DEFERRAL: Final = timedelta(days=60)


def start_of_work(person: PersonTime, day: date) -> datetime:
    """When work starts on the local date (on a day without hours of its own: 9:00)."""
    return at_local(person.zone, day, (hours_on(person, day) or NINE_TO_FIVE).start)


def end_of_work(person: PersonTime, day: date) -> datetime:
    """When work ends on the local date (on a day without hours of its own: 17:00)."""
    return at_local(person.zone, day, (hours_on(person, day) or NINE_TO_FIVE).end)


def due_on(person: PersonTime, day: date) -> datetime:
    """When something promised for a date is due: the end of work then, or on the next workday. Raises NoWorkingTime.

    An absence moves nothing: what falls due in it is suspended.
    """
    return end_of_work(person, next_workday(person, day))


def next_working_moment(person: PersonTime, instant: datetime) -> datetime | None:
    """The instant itself if the person is at work then, else the next start of work; None if none within 60 days."""
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
