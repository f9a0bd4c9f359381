"""Dates in iCalendar (RFC 5545): single events in UTC, so that no program needs a definition of a zone. Pure.

Outlook misreads zones that list their changes, and zones without a definition (iCalcreator issue 86, osmcal 185).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from urllib.parse import quote

from icalendar import Calendar, Component, Event, vCalAddress

PRODUCT: Final = "-//Tandem//Calendar feed//EN"
Method = Literal["REQUEST", "CANCEL"]
"""Of an invitation (RFC 5546): REQUEST also for a later version of the same date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One date. ``uid`` never changes, and ``sequence`` grows with each change of what it is about.

    Instants are UTC. Without ``end`` it is a moment, such as a due moment, and takes no time in the calendar.
    ``page`` is the address of its page, for people who sign in there.
    """

    uid: str
    sequence: int
    start: datetime
    end: datetime | None = None
    title: str
    place: str | None = None
    tentative: bool = False
    page: str | None = None


def uid_of(stream: str) -> str:
    """The UID of what a stream is about. A feed and an invitation have the same, so a calendar with both shows one."""
    return f"{stream}@tandem"


def written(entries: Iterable[Entry], *, name: str, stamp: datetime) -> bytes:
    """The calendar of a feed as text. The same entries give the same bytes. ``stamp`` (UTC) is its DTSTAMP."""
    calendar = _calendar("PUBLISH")
    _set(calendar, "x-wr-calname", name)
    for entry in sorted(entries, key=lambda each: (each.start, each.uid)):
        calendar.add_component(_event(entry, stamp))
    return calendar.to_ical()


def invitation(
    entry: Entry, method: Method, *, organizer: str, attendee: str, description: str, stamp: datetime
) -> bytes:
    """The calendar part of a mail (RFC 6047) to ``attendee``. It is private, and asks for no answer.

    Gmail updates a date only if ``organizer`` is a bare address, that of the sender of the mail.
    """
    event = _event(entry, stamp)
    _set(event, "description", description)
    _set(event, "class", "PRIVATE")
    _set(event, "organizer", _address(organizer))
    invited = _address(attendee)
    invited.params.update({"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"})
    _set(event, "attendee", invited)
    if method == "CANCEL":
        event["STATUS"] = "CANCELLED"
    calendar = _calendar(method)
    calendar.add_component(event)
    return calendar.to_ical()


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    _set(calendar, "prodid", PRODUCT)
    _set(calendar, "version", "2.0")
    _set(calendar, "method", method)
    return calendar


def _address(address: str) -> vCalAddress:
    return vCalAddress(f"mailto:{quote(address, safe='@+')}")


def _event(entry: Entry, stamp: datetime) -> Event:
    event = Event()
    _set(event, "uid", entry.uid)
    _set(event, "sequence", entry.sequence)
    _set(event, "dtstamp", stamp)
    _set(event, "dtstart", entry.start)
    if entry.end is not None:
        _set(event, "dtend", entry.end)
    _set(event, "summary", entry.title)
    if entry.page is not None:
        _set(event, "url", entry.page)
    if entry.place is not None:
        _set(event, "location", entry.place)
    _set(event, "status", "TENTATIVE" if entry.tentative else "CONFIRMED")
    _set(event, "transp", "TRANSPARENT" if entry.end is None else "OPAQUE")
    return event


def _set(component: Component, name: str, value: object) -> None:
    component.add(name, value)  # pyright: ignore[reportUnknownMemberType]  # the package leaves the type of values open
