"""The public holidays of a region and year. Pure."""

from dataclasses import dataclass
from typing import Literal

from coaching_events.calendar import CalendarPublished, Holiday
from coaching_events.envelope import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """All public holidays of ``region`` (``DE-BY``) in ``year``, in the order of their dates."""

    region: str
    year: int
    days: tuple[Holiday, ...]
    status: Literal["published"] = "published"


def evolve(_: Calendar | None, recorded: Recorded[CalendarPublished]) -> Calendar:
    """What is published replaces what was published before."""
    event = recorded.event
    return Calendar(region=event.region, year=event.year, days=event.days)
