"""The public holidays and the week of a region, one stream for each region and year."""

from datetime import date
from typing import ClassVar

from coaching_events.event import Event, Value
from coaching_events.events.person import Weekday

__all__ = ["CalendarEvent", "CalendarPublished", "Holiday"]


class Holiday(Value):
    """A public holiday and what it is called there."""

    day: date
    name: str


class CalendarPublished(Event):
    """All public holidays of ``region`` (``DE-BY``) in ``year``; it replaces what was published before.

    ``weekend`` are its days without work (Monday is ``"0"``); without it they are Saturday and Sunday. ``working_days``
    are dates on a weekend with work, such as a Saturday in return for a day off. ``seeded_with`` is the version of the
    package ``holidays`` that said so; without it somebody edited the calendar by hand.
    """

    type: ClassVar[str] = "calendar-published"

    region: str
    year: int
    days: tuple[Holiday, ...]
    weekend: tuple[Weekday, ...] | None = None
    working_days: tuple[date, ...] = ()
    seeded_with: str | None = None


CalendarEvent = CalendarPublished
