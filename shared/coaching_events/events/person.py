"""The directory record of a person, as HR says it, and their absences (never the reason)."""

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
    """From when to when somebody works on a day, on their own clock."""

    start: LocalTime
    end: LocalTime


class WorkingPattern(Value):
    """The working hours of a week from ``holds_from`` on; a weekday that is not there has no work."""

    holds_from: date
    hours: Mapping[Weekday, Hours]


class HolidayRegion(Value):
    """Whose public holidays are somebody's from ``holds_from`` on: ``DE-BY``."""

    holds_from: date
    region: str


class PersonRecord(Event):
    """The whole record as it is after the event. ``zone`` is an IANA name; ``manager`` is information only.

    ``patterns`` and ``regions`` are in the order of their dates; the last that holds on a day is the one. ``unit`` is
    where they work in the company. ``active_from`` and ``active_until`` are their first and last day, in their zone,
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
    """The directory named somebody new; ``source`` and ``external_id`` find them from then on."""

    type: ClassVar[str] = "person-registered"

    source: str
    external_id: str


class PersonChanged(PersonRecord):
    """The record changed in the fields that ``changed`` names."""

    type: ClassVar[str] = "person-changed"

    changed: tuple[str, ...]


class PersonLinked(Event):
    """One more ``(source, external_id)`` finds this person. ``feed`` is the directory that named it, if one did.

    ``effective_at`` is there if it is a further login of theirs: with a token of that source it opens nothing before
    that instant, unless the person confirms it. What has none works at once: a first login, or no login at all.
    """

    type: ClassVar[str] = "person-linked"

    source: str
    external_id: str
    feed: str | None = None
    effective_at: Moment | None = None


class PersonUnlinked(Event):
    """``(source, external_id)`` finds this person no more, and may be given to somebody else."""

    type: ClassVar[str] = "person-unlinked"

    source: str
    external_id: str


class LoginConfirmed(Event):
    """The person says that a login is theirs: it works from now on. One that they had refused may be linked again."""

    type: ClassVar[str] = "login-confirmed"

    source: str
    external_id: str


class LoginRefused(Event):
    """The person says that a login is not theirs: it finds them no more, and is not linked to them again.

    Only their own ``login-confirmed`` takes that back.
    """

    type: ClassVar[str] = "login-refused"

    source: str
    external_id: str


class PersonDeactivated(Event):
    """The directory no longer counts them as active. Being on leave is an absence, not this."""

    type: ClassVar[str] = "person-deactivated"


class PersonReactivated(Event):
    """They are active again."""

    type: ClassVar[str] = "person-reactivated"


class AbsenceRecorded(Event):
    """Away for whole days from ``first`` to ``last``, both included, in the person's zone.

    The event's position names the absence. ``feed`` is the directory that said so, if one did: it may take it back.
    """

    type: ClassVar[str] = "absence-recorded"

    first: date
    last: date
    feed: str | None = None


class AbsenceWithdrawn(Event):
    """The absence recorded at the position ``absence`` does not hold; a change is this and a new one."""

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
