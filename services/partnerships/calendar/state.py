"""The state of a calendar: the public holidays and the weekend of a region in a year. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, assert_never

from coaching_events.envelope import Recorded
from coaching_events.events.calendar import CalendarEvent, CalendarPublished, Holiday
from coaching_events.events.person import Weekday


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """All public holidays of ``region`` (``DE-BY``) in ``year``, in the order of their dates.

    ``weekend`` and ``working_days`` are as in ``CalendarPublished``. ``seeded_with`` is the last version of the package
    that it followed. Edits of people do not follow the package: the ``edited`` dates, the weekend if
    ``weekend_edited``,
    and all holidays if a person ``named_all`` before the calendar followed the package.
    """

    region: str
    year: int
    days: tuple[Holiday, ...]
    weekend: tuple[Weekday, ...] | None = None
    working_days: tuple[date, ...] = ()
    seeded_with: str | None = None
    edited: tuple[date, ...] = ()
    weekend_edited: bool = False
    named_all: bool = False
    status: Literal["published"] = "published"


def evolve(calendar: Calendar | None, recorded: Recorded[CalendarEvent]) -> Calendar:
    """Fold one event. It replaces the one before it; the state keeps which dates people edited."""
    match recorded.event:
        case CalendarPublished() as event:
            return _published(calendar, event)
        case _:
            assert_never(recorded.event)


def _published(calendar: Calendar | None, event: CalendarPublished) -> Calendar:
    before = calendar or Calendar(region=event.region, year=event.year, days=())
    by_hand = event.seeded_with is None
    changed = _changed(before, event) if by_hand else ()
    return Calendar(
        region=event.region,
        year=event.year,
        days=event.days,
        weekend=event.weekend,
        working_days=event.working_days,
        seeded_with=event.seeded_with or before.seeded_with,
        edited=tuple(sorted({*before.edited, *changed})),
        weekend_edited=before.weekend_edited or (by_hand and event.weekend != before.weekend),
        named_all=before.named_all or (by_hand and calendar is None),
    )


def _changed(before: Calendar, event: CalendarPublished) -> Iterable[date]:
    """The dates that changed: a holiday came, went or has another name, or it became or stopped being a working day."""
    yield from (day for day, _ in _named(before.days) ^ _named(event.days))
    yield from {*before.working_days} ^ {*event.working_days}


def _named(days: Iterable[Holiday]) -> set[tuple[date, str]]:
    return {(holiday.day, holiday.name) for holiday in days}
