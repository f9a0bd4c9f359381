"""The public holidays of a region as the package ``holidays`` knows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from typing import Any

from coaching_events.events.calendar import Holiday
from coaching_events.events.person import Weekday

ENGLISH = ("en_US", "en_GB", "en")
WEEKDAYS: Sequence[Weekday] = ("0", "1", "2", "3", "4", "5", "6")


class UnknownRegion(ValueError):
    """The package knows no such country or part of a country."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """A region's year in one version of the package. ``working_days`` are dates on a weekend with work."""

    days: tuple[Holiday, ...]
    weekend: tuple[Weekday, ...]
    working_days: tuple[date, ...]
    version: str


def installed() -> str:
    """The version of the package, without an import of it."""
    return version("holidays")


def seeded(region: str, year: int) -> Seeds:
    """The data of the package on a region (``DE-BY``: a country and, after a hyphen, its part). Raises UnknownRegion.

    If the weekend changes within the year, the last one counts. Half days are left out.
    """
    import holidays  # 25 MB, needed only in a process that creates calendars

    country, _, part = region.partition("-")
    try:
        languages = holidays.country_holidays(country, subdiv=part or None)
        # without a language the names would depend on the machine's locale
        language = next((each for each in ENGLISH if each in languages.supported_languages), languages.default_language)
        known = holidays.country_holidays(country, subdiv=part or None, years=year, language=language)
    except NotImplementedError:
        raise UnknownRegion(f"the public holidays of {region} are not known") from None
    return Seeds(
        days=tuple(Holiday(day=day, name=name) for day, name in sorted(known.items()) if day.year == year),
        weekend=_weekend(known, year),
        working_days=tuple(sorted(day for day in known.weekend_workdays if day.year == year)),
        version=installed(),
    )


def _weekend(known: Any, year: int) -> tuple[Weekday, ...]:
    # By date: the attribute ``weekend`` does not show earlier weekends of countries that changed theirs.
    last_week = (date(year, 12, 31) - timedelta(days=back) for back in range(7))
    return tuple(sorted(WEEKDAYS[day.weekday()] for day in last_week if known.is_weekend(day)))
