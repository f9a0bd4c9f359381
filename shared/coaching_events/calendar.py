"""The public holidays of a region, one stream for each region and year."""

from datetime import date
from typing import ClassVar

from coaching_events.event import Event, Value


class Holiday(Value):
    """A public holiday and what it is called there."""

    day: date
    name: str


class CalendarPublished(Event):
    """All public holidays of ``region`` (``DE-BY``) in ``year``; it replaces what was published before."""

    type: ClassVar[str] = "calendar-published"

    region: str
    year: int
    days: tuple[Holiday, ...]


CalendarEvent = CalendarPublished
