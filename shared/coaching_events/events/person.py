"""The directory's record of a person, and their absences (never the reason)."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Literal

from coaching_events.event import Confidential, Event, Value
from coaching_events.ids import PersonId, Position
from coaching_events.moment import LocalTime, Moment

__all__ = [
    "AbsenceRecorded",
    "AbsenceWithdrawn",
    "HolidayRegion",
    "Hours",
    "LoginConfirmed",
    "LoginRefused",
    "PersonChanged",
    "PersonDeactivated",
    "PersonEvent",
    "PersonLinked",
    "PersonReactivated",
    "PersonRecord",
    "PersonRegistered",
    "PersonUnlinked",
    "Weekday",
    "WorkingPattern",
]

Weekday = Literal["0", "1", "2", "3", "4", "5", "6"]
"""Monday is ``"0"``, as JSON has only texts for keys."""


class Hours(Value):
    """The working hours of a day, on the person's clock."""

    start: LocalTime
    end: LocalTime


class WorkingPattern(Value):
    """The working hours of a week from ``holds_from`` on. A weekday that is missing has no work."""

    holds_from: date
    hours: Mapping[Weekday, Hours]


class HolidayRegion(Value):
    """The region of a person's public holidays from ``holds_from`` on: ``DE-BY``."""

    holds_from: date
    region: str


class PersonRecord(Event):
    """The whole record after the event. ``zone`` is an IANA name; ``manager`` is information only.

    ``patterns`` and ``regions`` are in the order of their dates; on each day the last that holds counts. ``unit`` is
    the person's part of the company. ``active_from`` and ``active_until`` are their first and last day, in their zone,
    as far as the directory knows them.
    """

    display_name: Confidential[str] = None
    email: Confidential[str] = None
    zone: str
    locale: str
    patterns: tuple[WorkingPattern, ...] = ()
    regions: tuple[HolidayRegion, ...] = ()
    manager: PersonId | None = None
    unit: str | None = None
    active_from: date | None = None
    active_until: date | None = None


class PersonRegistered(PersonRecord):
    """The directory names a new person. ``source`` and ``external_id`` find them from now on."""

    type: ClassVar[str] = "person-registered"

    source: str
    external_id: str


class PersonChanged(PersonRecord):
    """The fields in ``changed`` of the record changed."""

    type: ClassVar[str] = "person-changed"

    changed: tuple[str, ...]


class PersonLinked(Event):
    """A further ``(source, external_id)`` finds this person. ``feed`` is the directory that named it, if there is one.

    ``effective_at`` is there for a further login: it gives no access before that instant, unless the person confirms
    it. One without it works at once: a first login, or an identity that is no login.
    """

    type: ClassVar[str] = "person-linked"

    source: str
    external_id: str
    feed: str | None = None
    effective_at: Moment | None = None


class PersonUnlinked(Event):
    """``(source, external_id)`` no longer finds this person. It may be linked to another person."""

    type: ClassVar[str] = "person-unlinked"

    source: str
    external_id: str


class LoginConfirmed(Event):
    """The person says that a login is theirs. It works from now on. A refused login may be linked again after this."""

    type: ClassVar[str] = "login-confirmed"

    source: str
    external_id: str


class LoginRefused(Event):
    """The person says that a login is not theirs. It no longer finds them and is not linked to them again.

    Only their own ``login-confirmed`` changes that.
    """

    type: ClassVar[str] = "login-refused"

    source: str
    external_id: str


class PersonDeactivated(Event):
    """The directory no longer counts the person as active. A leave is an absence, not this."""

    type: ClassVar[str] = "person-deactivated"


class PersonReactivated(Event):
    """The person is active again."""

    type: ClassVar[str] = "person-reactivated"


class AbsenceRecorded(Event):
    """The person is away for whole days from ``first`` to ``last``, both included, in their zone.

    The event's position names the absence. ``feed`` is the directory that named it, if there is one; it may withdraw
    it.
    """

    type: ClassVar[str] = "absence-recorded"

    first: date
    last: date
    feed: str | None = None


class AbsenceWithdrawn(Event):
    """The absence at the position ``absence`` does not hold. A change is this event and a new absence."""

    type: ClassVar[str] = "absence-withdrawn"

    absence: Position


PersonEvent = (
    PersonRegistered
    | PersonChanged
    | PersonLinked
    | PersonUnlinked
    | LoginConfirmed
    | LoginRefused
    | PersonDeactivated
    | PersonReactivated
    | AbsenceRecorded
    | AbsenceWithdrawn
)
