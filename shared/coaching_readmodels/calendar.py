"""The public holidays and the week of a region and year, as the partnerships service published them."""

from dataclasses import dataclass
from datetime import date
from typing import assert_never

from pydantic import TypeAdapter

from coaching_events.envelope import Recorded
from coaching_events.events.calendar import CalendarEvent, CalendarPublished
from coaching_events.ids import CalendarId, StreamId
from coaching_events.registry import EVENTS
from eventlog import Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarReadModel:
    """Public holidays, as dates local to the region, such as ``DE-BY``.

    ``weekend`` are days of its week without work ("0" is Monday; None: Saturday and Sunday), ``working_days`` dates on
    a weekend with work.
    """

    region: str
    year: int
    days: tuple[date, ...]
    weekend: tuple[str, ...] | None = None
    working_days: tuple[date, ...] = ()


def calendar_id(region: str, year: int) -> CalendarId:
    """The stream of a region's year: ``calendar_DE-BY-2026``."""
    return CalendarId(StreamId(f"calendar_{region}-{year}"))


def evolve(_: CalendarReadModel | None, recorded: Recorded[CalendarEvent]) -> CalendarReadModel:
    """Fold one event. It replaces the one before it."""
    match recorded.event:
        case CalendarPublished() as event:
            return CalendarReadModel(
                region=event.region,
                year=event.year,
                days=tuple(holiday.day for holiday in event.days),
                weekend=event.weekend,
                working_days=event.working_days,
            )
        case _:
            assert_never(recorded.event)


CALENDAR_PROJECTION = Projection[CalendarReadModel](
    kind="calendar", values=TypeAdapter(CalendarReadModel), events=EVENTS["calendar"], evolve=evolve, replaces=True
)
