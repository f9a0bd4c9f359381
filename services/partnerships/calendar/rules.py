"""What becomes of a region's public holidays. Pure."""

from collections.abc import Sequence

from coaching_events.calendar import CalendarPublished, Holiday
from coaching_events.ids import PersonId, RuleName
from eventlog.aggregate import Refused
from partnerships.calendar.state import Calendar

State = Calendar | None
Published = Sequence[CalendarPublished]


def publish(calendar: State, *, by: PersonId | RuleName, region: str, year: int, days: Sequence[Holiday]) -> Published:
    """These are all the holidays of the region and year; nothing follows if they are known."""
    for holiday in days:
        if holiday.day.year != year:
            sentence = f"{holiday.day} lies outside {year}: every year has a calendar of its own."
            raise Refused("day-of-another-year", sentence, day=holiday.day)
    by_day = {holiday.day: holiday for holiday in days}
    if len(by_day) < len(days):
        raise Refused("day-named-twice", "A day is named twice: write all its names in one line.")
    ordered = tuple(by_day[day] for day in sorted(by_day))
    if calendar is not None and calendar.days == ordered:
        return []
    return [CalendarPublished(by=by, region=region, year=year, days=ordered)]


def seed(calendar: State, *, by: PersonId | RuleName, region: str, year: int, days: Sequence[Holiday]) -> Published:
    """The same, where nobody has published anything yet: what people have edited is left alone."""
    return [] if calendar is not None else publish(None, by=by, region=region, year=year, days=days)
