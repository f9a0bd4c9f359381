"""The public holidays and the working week of a region. Each region and year has one stream."""

from datetime import date
from typing import ClassVar

from coaching_events.event import Event, Value
from coaching_events.events.person import Weekday

__all__ = ["CalendarEvent", "CalendarPublished", "Holiday"]


class Holiday(Value):
    """A public holiday and its local name."""

    day: date
    name: str


class CalendarPublished(Event):
    """All public holidays of ``region`` (``DE-BY``) in ``year``. It replaces what was published before.

    ``weekend`` has the days of the week without work (Monday is ``"0"``); without it they are Saturday and Sunday.
    ``working_days`` are weekend dates with work, such as a Saturday in return for a day off. ``seeded_with`` is the
    version of the package ``holidays`` that the calendar comes from; it is absent when a person edited the calendar.
    """

    type: ClassVar[str] = "calendar-published"

    region: str
    year: int
    days: tuple[Holiday, ...]
    weekend: tuple[Weekday, ...] | None = None
    working_days: tuple[date, ...] = ()
    seeded_with: str | None = None


CalendarEvent = CalendarPublished
