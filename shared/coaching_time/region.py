"""The effect of regions' calendars on a person's time, if they live in several regions one after another."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from coaching_time.person import NINE_TO_FIVE, USUAL_WEEK, WEEKDAYS, Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionYear:
    """A region's year: holidays, weekend ("0" is Monday; None: Saturday and Sunday), dates with work on a weekend."""

    year: int
    holidays: Collection[date]
    weekend: tuple[str, ...] | None = None
    working_days: Collection[date] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFrom:
    """The known years of a region. It applies from a local date on, until the date of the next region."""

    holds_from: date
    years: Sequence[RegionYear]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionTime:
    """The parts of a ``PersonTime`` that follow from regions."""

    holidays: frozenset[date]
    region_weeks: tuple[Pattern, ...]
    working_days: frozenset[date]


def region_time(regions: Sequence[RegionFrom]) -> RegionTime:
    """Holidays, weeks and working days of regions in the order of their dates, each for the days in which it applies.

    A year without a calendar has the week of the known year before it, or of the first known year.
    """
    holidays: set[date] = set()
    working: set[date] = set()
    weeks: list[Pattern] = []
    for number, region in enumerate(regions):
        until = regions[number + 1].holds_from if number + 1 < len(regions) else date.max
        years = sorted(region.years, key=lambda each: each.year)
        for year in years:
            holidays.update(day for day in year.holidays if region.holds_from <= day < until)
            working.update(day for day in year.working_days if region.holds_from <= day < until)
        weeks += _weeks(region.holds_from, years, until)
    return RegionTime(holidays=frozenset(holidays), region_weeks=tuple(weeks), working_days=frozenset(working))


def _weeks(first: date, years: Sequence[RegionYear], until: date) -> Sequence[Pattern]:
    weeks: list[Pattern] = []
    for year in years:
        week = _week(year.weekend, first if not weeks else max(first, date(year.year, 1, 1)))
        if week.holds_from >= until:
            break
        if weeks and weeks[-1].hours == week.hours:
            continue
        if weeks and weeks[-1].holds_from == week.holds_from:
            weeks.pop()  # a year before the region applied
        weeks.append(week)
    return weeks


@lru_cache(maxsize=256)
def _week(weekend: tuple[str, ...] | None, holds_from: date) -> Pattern:
    if weekend is None:
        return Pattern(holds_from=holds_from, hours=USUAL_WEEK.hours)
    days = [day for day in WEEKDAYS if day not in weekend]
    return Pattern(holds_from=holds_from, hours=dict.fromkeys(days, NINE_TO_FIVE))
