"""Calendars over HTTP, for the operators of the directory."""

import asyncio
import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from coaching_events.events.calendar import Holiday
from coaching_events.events.person import Weekday
from coaching_events.ids import CalendarId
from coaching_readmodels import calendar_id
from eventlog import NotFound, Refused
from partnerships.calendar import calendars, rules
from partnerships.calendar.seeds import UnknownRegion, seeded
from partnerships.calendar.state import Calendar
from partnerships.own_documents import forget
from partnerships.person.details import Region
from service_kit.bodies import Body, LocalDate, ShortText, View, WholeNumber, example
from service_kit.http import DIRECTORY, Accepted, AskedPage, Context, Page

routes = APIRouter(tags=["calendars"])

Year = Annotated[WholeNumber, Field(ge=2000, le=2100)]
_ID = re.compile(r"calendar_(?P<region>[A-Z]{2}(-[A-Z0-9]{1,10}){0,2})-(?P<year>20[0-9]{2}|2100)")


class CalendarBody(Body, json_schema_extra=example(region="DE-BY", year=2026)):
    """A region (``DE-BY``: a country or one of its parts) and a year."""

    region: Region
    year: Year


class HolidayBody(Body):
    """A public holiday, and its name in that region."""

    day: LocalDate
    name: ShortText


class DaysBody(Body, json_schema_extra=example(days=[{"day": "2026-01-01", "name": "New Year's Day"}])):
    """All public holidays of the region and year.

    ``weekend`` names the weekdays without work (Monday is ``"0"``) of people without their own working hours.
    ``working_days`` are dates on a weekend on which they work. If one of these two is absent, it does not change.
    """

    days: Annotated[tuple[HolidayBody, ...], Field(max_length=200)]
    weekend: Annotated[tuple[Weekday, ...], Field(max_length=6)] | None = None
    working_days: Annotated[tuple[LocalDate, ...], Field(max_length=60)] | None = None


class CalendarView(View):
    """All public holidays of a region in a year, and its weekend (null: not known).

    ``seeded_with`` is the version of the package ``holidays`` that the calendar follows, except on the ``edited``
    dates.
    """

    region: str
    year: int
    days: tuple[Holiday, ...]
    weekend: tuple[Weekday, ...] | None
    working_days: tuple[date, ...]
    seeded_with: str | None
    edited: tuple[date, ...]


@routes.post("/calendars", status_code=201, operation_id="publishCalendar")
async def publish_a_calendar(body: CalendarBody, context: Context) -> Accepted:
    """Create a calendar from the package, or compare an existing one with it. Edited dates do not change."""
    await context.require(DIRECTORY)  # before any computation for a caller without the right
    try:
        seeds = await asyncio.to_thread(seeded, body.region, body.year)
    except UnknownRegion:
        sentence = "The public holidays of {region} are not known: name them all, with PUT."
        raise Refused("unknown-region", sentence, region=body.region) from None
    accepted = await context.create_or_change(
        calendars,
        calendar_id(body.region, body.year),
        lambda known, by, _: rules.seed(known, by=by, region=body.region, year=body.year, seeds=seeds),
        scope=DIRECTORY,
    )
    forget(context.log.reference_source, body.region)
    return accepted


@routes.put("/calendars/{calendar}", operation_id="putCalendar")
async def name_all_holidays(calendar: CalendarId, body: DaysBody, context: Context) -> Accepted:
    """Name all public holidays of a region and year, also of a region that the package does not know.

    Dates that differ from the calendar before become edited: they stay when the calendar follows a new version of the
    package ``holidays``. A calendar created here keeps all its holidays.
    """
    named = _ID.fullmatch(calendar)
    if named is None:
        raise NotFound(calendar)
    region, year = named["region"], int(named["year"])
    days = [Holiday(day=each.day, name=each.name) for each in body.days]
    accepted = await context.create_or_change(
        calendars,
        calendar,
        lambda known, by, _: rules.publish(
            known, by=by, region=region, year=year, days=days, weekend=body.weekend, working_days=body.working_days
        ),
        scope=DIRECTORY,
    )
    forget(context.log.reference_source, region)
    return accepted


@routes.get("/calendars/{calendar}", operation_id="getCalendar")
async def see_a_calendar(calendar: CalendarId, context: Context) -> CalendarView:
    """The public holidays of a region and year."""
    return CalendarView.model_validate((await context.current(calendars, calendar, scope=DIRECTORY)).state)


@routes.get("/calendars", operation_id="listCalendars")
async def list_calendars(context: Context, page: AskedPage) -> Page[CalendarView]:
    """All calendars."""
    await context.require(DIRECTORY)
    return await context.page(calendars, {}, page, lambda found: _view(found.state))


def _view(calendar: Calendar) -> CalendarView:
    return CalendarView.model_validate(calendar)
