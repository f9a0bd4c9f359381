"""A calendar in iCalendar (RFC 5545): single events in UTC, so that no program needs a definition of a zone. Pure.

Outlook misreads zones that list their changes, and zones without a definition (iCalcreator issue 86, osmcal 185).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from icalendar import Calendar, Component, Event

PRODUCT: Final = "-//Tandem//Calendar feed//EN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One date of a feed. ``uid`` never changes, and ``sequence`` grows with each change of what it is about.

    Instants are UTC. Without ``end`` it is a moment, such as a due moment, and takes no time in the calendar.
    """

    uid: str
    sequence: int
    start: datetime
    end: datetime | None = None
    title: str
    place: str | None = None
    tentative: bool = False


def written(entries: Iterable[Entry], *, name: str, stamp: datetime) -> bytes:
    """The calendar as text. The same entries give the same bytes. ``stamp`` (UTC) is its DTSTAMP."""
    calendar = Calendar()
    _set(calendar, "prodid", PRODUCT)
    _set(calendar, "version", "2.0")
    _set(calendar, "method", "PUBLISH")
    _set(calendar, "x-wr-calname", name)
    for entry in sorted(entries, key=lambda each: (each.start, each.uid)):
        calendar.add_component(_event(entry, stamp))
    return calendar.to_ical()


def _event(entry: Entry, stamp: datetime) -> Event:
    event = Event()
    _set(event, "uid", entry.uid)
    _set(event, "sequence", entry.sequence)
    _set(event, "dtstamp", stamp)
    _set(event, "dtstart", entry.start)
    if entry.end is not None:
        _set(event, "dtend", entry.end)
    _set(event, "summary", entry.title)
    if entry.place is not None:
        _set(event, "location", entry.place)
    _set(event, "status", "TENTATIVE" if entry.tentative else "CONFIRMED")
    _set(event, "transp", "TRANSPARENT" if entry.end is None else "OPAQUE")
    return event


def _set(component: Component, name: str, value: object) -> None:
    component.add(name, value)  # pyright: ignore[reportUnknownMemberType]  # the package leaves the type of values open
