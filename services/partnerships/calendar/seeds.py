"""What public holidays a calendar begins with: those that the package ``holidays`` knows."""

from collections.abc import Sequence

from coaching_events.calendar import Holiday

ENGLISH = ("en_US", "en_GB", "en")


class UnknownRegion(ValueError):
    """The package knows no such country or part of a country."""


def seeded(region: str, year: int) -> Sequence[Holiday]:
    """The public holidays of a region (``DE-BY``: a country and, after a hyphen, its part); raises UnknownRegion."""
    import holidays  # 25 MB that only a process which seeds a calendar needs

    country, _, part = region.partition("-")
    try:
        languages = holidays.country_holidays(country, subdiv=part or None)
        # Without a language the names would depend on the machine's own.
        language = next((each for each in ENGLISH if each in languages.supported_languages), languages.default_language)
        known = holidays.country_holidays(country, subdiv=part or None, years=year, language=language)
    except NotImplementedError:
        raise UnknownRegion(f"{region} is no region whose public holidays are known") from None
    return [Holiday(day=day, name=name) for day, name in sorted(known.items()) if day.year == year]
