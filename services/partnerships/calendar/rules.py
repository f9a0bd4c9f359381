"""The rules of a region's calendar. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date

from coaching_events.events.calendar import CalendarPublished, Holiday
from coaching_events.events.person import Weekday
from coaching_events.ids import PersonId, RuleName
from eventlog import Refused
from partnerships.calendar.seeds import Seeds
from partnerships.calendar.state import Calendar
from service_kit.versions import is_newer

State = Calendar | None
Published = Sequence[CalendarPublished]


def publish(
    calendar: State,
    *,
    by: PersonId | RuleName,
    region: str,
    year: int,
    days: Sequence[Holiday],
    weekend: Iterable[Weekday] | None = None,
    working_days: Iterable[date] | None = None,
) -> Published:
    """Name all holidays of the region and year. No event without a difference.

    A ``weekend`` or ``working_days`` of None does not change.
    """
    by_day = {holiday.day: holiday for holiday in days}
    if len(by_day) < len(days):
        raise Refused("day-named-twice", "A day is named twice: write all its names in one entry.")
    event = CalendarPublished(
        by=by,
        region=region,
        year=year,
        days=_in_order(days),
        weekend=_weekend(calendar) if weekend is None else tuple(sorted({*weekend})),
        working_days=_working_days(calendar) if working_days is None else tuple(sorted({*working_days})),
    )
    for day in (*by_day, *event.working_days):
        if day.year != year:
            sentence = "{day} is not in {year}: every year has its own calendar."
            raise Refused("day-of-another-year", sentence, day=day, year=year)
    return [] if _says(calendar, event) else [event]


def seed(calendar: State, *, by: PersonId | RuleName, region: str, year: int, seeds: Seeds) -> Published:
    """Follow the package, except on dates that people have edited. No event without a difference.

    A version older than the one that the calendar follows changes nothing.
    """
    if calendar is not None and calendar.seeded_with is not None and is_newer(calendar.seeded_with, seeds.version):
        return []
    event = CalendarPublished(
        by=by,
        region=region,
        year=year,
        days=_days_to_follow(calendar, seeds),
        weekend=seeds.weekend if calendar is None or not calendar.weekend_edited else calendar.weekend,
        working_days=_working_days_to_follow(calendar, seeds),
        seeded_with=seeds.version,
    )
    return [] if _says(calendar, event) else [event]


def _days_to_follow(calendar: State, seeds: Seeds) -> tuple[Holiday, ...]:
    if calendar is None:
        return seeds.days
    if calendar.named_all:
        return calendar.days
    kept = [holiday for holiday in calendar.days if holiday.day in calendar.edited]
    return _in_order([*kept, *(holiday for holiday in seeds.days if holiday.day not in calendar.edited)])


def _working_days_to_follow(calendar: State, seeds: Seeds) -> tuple[date, ...]:
    if calendar is None:
        return seeds.working_days
    kept = [day for day in calendar.working_days if day in calendar.edited]
    return tuple(sorted([*kept, *(day for day in seeds.working_days if day not in calendar.edited)]))


def _in_order(days: Iterable[Holiday]) -> tuple[Holiday, ...]:
    return tuple(sorted(days, key=lambda holiday: holiday.day))


def _weekend(calendar: State) -> tuple[Weekday, ...] | None:
    return None if calendar is None else calendar.weekend


def _working_days(calendar: State) -> tuple[date, ...]:
    return () if calendar is None else calendar.working_days


def _says(calendar: State, event: CalendarPublished) -> bool:
    return calendar is not None and (calendar.days, calendar.weekend, calendar.working_days) == (
        event.days,
        event.weekend,
        event.working_days,
    )
