"""Public holidays and weeks: one calendar for each region and year, the same for all services."""

from pydantic import TypeAdapter

from coaching_events.events.calendar import CalendarPublished
from coaching_events.registry import EVENTS
from eventlog import Aggregate
from partnerships.calendar.state import Calendar, evolve

__all__ = ["calendars"]


def _key(calendar: Calendar) -> str:
    return calendar.region


calendars: Aggregate[Calendar, CalendarPublished, object] = Aggregate(
    kind="calendar",
    states=TypeAdapter(Calendar),
    events=EVENTS["calendar"],
    evolve=evolve,
    key=_key,
    schema_version=2,
    indexes=("region",),
)
"""One stream per region and year, such as ``calendar_DE-BY-2026``."""
