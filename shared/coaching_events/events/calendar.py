"""Calendars: the public holidays of a region, and the feed at which a person's calendar program reads their dates."""

from datetime import date
from typing import ClassVar, Literal

from coaching_events.event import Event, Value
from coaching_events.events.person import Weekday
from coaching_events.ids import PersonId

__all__ = [
    "CalendarEvent",
    "CalendarPublished",
    "FeedChanged",
    "FeedContent",
    "FeedEvent",
    "FeedOpened",
    "FeedRevoked",
    "Holiday",
]


class Holiday(Value):
    """A public holiday and its local name."""

    day: date
    name: str


class CalendarPublished(Event):
    """All public holidays of ``region`` (``DE-BY``) in ``year``. It replaces what was published before.

    ``weekend`` has the days of the week without work (Monday is ``"0"``); without it they are Saturday and Sunday.
    ``working_days`` are weekend dates with work, such as a Saturday in return for a day off. ``seeded_with`` is the
    version of the package ``holidays`` that the calendar comes from; it is absent when a person edited the calendar.
    """

    type: ClassVar[str] = "calendar-published"

    region: str
    year: int
    days: tuple[Holiday, ...]
    weekend: tuple[Weekday, ...] | None = None
    working_days: tuple[date, ...] = ()
    seeded_with: str | None = None


CalendarEvent = CalendarPublished


FeedContent = Literal["sessions", "promises", "check-ins"]
"""What a feed has: sessions, due moments of promises, check-ins."""


class _FeedEvent(Event):
    """A fact about the feed of ``person``."""

    person: PersonId


class FeedOpened(_FeedEvent):
    """The feed has a new address, whose secret is known by its hash alone. An earlier address opens nothing more."""

    type: ClassVar[str] = "feed-opened"

    secret_hash: str
    contents: tuple[FeedContent, ...]
    with_titles: bool = False


class FeedChanged(_FeedEvent):
    """The person chose other contents. The address stays."""

    type: ClassVar[str] = "feed-changed"

    contents: tuple[FeedContent, ...]
    with_titles: bool = False


class FeedRevoked(_FeedEvent):
    """The address opens nothing more."""

    type: ClassVar[str] = "feed-revoked"


FeedEvent = FeedOpened | FeedChanged | FeedRevoked
