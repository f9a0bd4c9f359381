"""Somebody in the directory: who they are, when they work, when they are away. Pure."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar, assert_never

from pydantic import Field

from coaching_events.envelope import Recorded
from coaching_events.event import Cipher
from coaching_events.ids import PersonId
from coaching_events.person import (
    AbsenceRecorded,
    AbsenceWithdrawn,
    HolidayRegion,
    PersonChanged,
    PersonDeactivated,
    PersonEvent,
    PersonLinked,
    PersonReactivated,
    PersonRecord,
    PersonRegistered,
    WorkingPattern,
)
from coaching_rows import identity
from coaching_time import Absence


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the directory says, and since when the person is what they are (active or not).

    ``identities`` are the texts ``source|external id`` by which they are found; an absence's id is its position.
    """

    id: PersonId
    identities: tuple[str, ...]
    display_name: str | Cipher | None
    email: str | Cipher | None
    zone: str
    locale: str
    patterns: tuple[WorkingPattern, ...]
    regions: tuple[HolidayRegion, ...]
    manager: PersonId | None
    absences: tuple[Absence, ...]
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Active(Record):
    """They work here."""

    status: Literal["active"] = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inactive(Record):
    """The directory no longer counts them. Somebody on leave is away, not this."""

    status: Literal["inactive"] = "inactive"


Person = Annotated[Active | Inactive, Field(discriminator="status")]

P = TypeVar("P", Active, Inactive)


def evolve(person: Active | Inactive | None, recorded: Recorded[PersonEvent]) -> Active | Inactive:
    """The person after one more event of their stream."""
    event = recorded.event
    if isinstance(event, PersonRegistered):
        return _registered(event, recorded)
    assert person is not None, "a person's stream begins with their registration"
    match event:
        case PersonChanged():
            return replace(
                person, display_name=event.display_name, email=event.email, zone=event.zone, locale=event.locale,
                patterns=event.patterns, regions=event.regions, manager=event.manager,
            )  # fmt: skip
        case PersonLinked():
            return replace(person, identities=(*person.identities, identity(event.source, event.external_id)))
        case PersonDeactivated():
            return _became(Inactive, person, recorded.at)
        case PersonReactivated():
            return _became(Active, person, recorded.at)
        case AbsenceRecorded():
            away = Absence(id=recorded.position, first=event.first, last=event.last, known_at=recorded.at)
            return replace(person, absences=(*person.absences, away))
        case AbsenceWithdrawn():
            return replace(person, absences=tuple(a for a in person.absences if a.id != event.absence))
        case _:
            assert_never(event)


def record_of(person: Record) -> PersonRecord:
    """The whole record as events state it."""
    return PersonRecord(
        by=person.id, display_name=person.display_name, email=person.email, zone=person.zone, locale=person.locale,
        patterns=person.patterns, regions=person.regions, manager=person.manager,
    )  # fmt: skip


def _registered(event: PersonRegistered, recorded: Recorded[PersonEvent]) -> Active:
    return Active(
        id=PersonId(recorded.stream), identities=(identity(event.source, event.external_id),),
        display_name=event.display_name, email=event.email, zone=event.zone, locale=event.locale,
        patterns=event.patterns, regions=event.regions, manager=event.manager, absences=(), since=recorded.at,
    )  # fmt: skip


def _became(kind: type[P], person: Record, at: datetime) -> P:
    record: dict[str, Any] = {each.name: getattr(person, each.name) for each in fields(Record)}
    record["since"] = at
    return kind(**record)
