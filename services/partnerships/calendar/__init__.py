"""Public holidays: one calendar for each region and year, the same for all services."""

from pydantic import TypeAdapter

from coaching_events.calendar import CalendarPublished
from eventlog.aggregate import Aggregate
from partnerships.calendar.state import Calendar, evolve

CALENDAR = Aggregate[Calendar, CalendarPublished, None](
    kind="calendar",
    states=TypeAdapter(Calendar),
    events={CalendarPublished.type: CalendarPublished},
    evolve=evolve,
    key=lambda calendar: calendar.region,
    indexes=("region",),
)
"""One stream a region and year: ``calendar_DE-BY-2026``."""
