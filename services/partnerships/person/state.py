"""The state of a person in the directory: names, working times, absences and identities. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final, Literal, TypeVar, assert_never

from pydantic import Field

from coaching_events.envelope import Recorded
from coaching_events.event import Cipher
from coaching_events.events.person import (
    AbsenceRecorded,
    AbsenceWithdrawn,
    HolidayRegion,
    LoginConfirmed,
    LoginRefused,
    PersonChanged,
    PersonDeactivated,
    PersonEvent,
    PersonLinked,
    PersonReactivated,
    PersonRecord,
    PersonRegistered,
    PersonUnlinked,
    WorkingPattern,
)
from coaching_events.ids import PersonId
from coaching_readmodels import compared, identity
from coaching_time import Absence, at_local
from eventlog import CannotFollow
from partnerships.person.words import name_words

MIDNIGHT: Final = time(0)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record of the directory, and since when the person is active or inactive.

    ``identities`` are the texts ``source|external id`` that find the person, the older ones first. The id of an absence
    is
    its position. ``works_from`` has the identities that do not work before an instant (UTC), ``earlier`` the retired
    ones,
    and ``refused`` the logins that the person has refused. ``fed`` has the directory that gave an identity or an
    absence
    (by its id); that directory can withdraw it. ``email_key`` is the address in the form for comparison. ``name_words``
    are
    the words by which a search finds the name. ``active_from`` and ``active_until`` are the first and last day of work,
    in
    the person's zone.
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
    email_key: str | None = None
    name_words: tuple[str, ...] = ()
    unit: str | None = None
    active_from: date | None = None
    active_until: date | None = None
    fed: Mapping[str, str] = field(default_factory=dict[str, str])
    works_from: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    earlier: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Active(Record):
    """The person works here."""

    status: Literal["active"] = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inactive(Record):
    """The person no longer works here. A person on leave is absent, not inactive."""

    status: Literal["inactive"] = "inactive"


Person = Annotated[Active | Inactive, Field(discriminator="status")]

P = TypeVar("P", Active, Inactive)
T = TypeVar("T")


def evolve(person: Active | Inactive | None, recorded: Recorded[PersonEvent]) -> Active | Inactive:
    """Fold one event of a person."""
    event = recorded.event
    if isinstance(event, PersonRegistered):
        return _registered(event, recorded)
    if person is None:
        raise CannotFollow(recorded)
    match event:
        case PersonChanged():
            return replace(
                person,
                display_name=event.display_name,
                email=event.email,
                email_key=_key(event.email),
                name_words=_words(event.display_name),
                zone=event.zone,
                locale=event.locale,
                patterns=event.patterns,
                regions=event.regions,
                manager=event.manager,
                unit=event.unit,
                active_from=event.active_from,
                active_until=event.active_until,
            )
        case PersonLinked():
            name = identity(event.source, event.external_id)
            return replace(
                person,
                identities=(*person.identities, name),
                fed=_with(person.fed, name, event.feed),
                works_from=_with(person.works_from, name, event.effective_at),
            )
        case LoginConfirmed():
            return _confirmed(person, identity(event.source, event.external_id))
        case PersonUnlinked():
            gone = identity(event.source, event.external_id)
            return replace(_without(person, gone), earlier=_and(person.earlier, gone))
        case LoginRefused():
            gone = identity(event.source, event.external_id)
            return replace(_without(person, gone), refused=_and(person.refused, gone))
        case PersonDeactivated():
            return _became(Inactive, person, recorded.at)
        case PersonReactivated():
            return _became(Active, person, recorded.at)
        case AbsenceRecorded():
            away = Absence(id=recorded.position, first=event.first, last=event.last, known_at=recorded.at)
            fed = _with(person.fed, recorded.position, event.feed)
            return replace(person, absences=(*person.absences, away), fed=fed)
        case AbsenceWithdrawn():
            left = tuple(absence for absence in person.absences if absence.id != event.absence)
            return replace(person, absences=left, fed=_with(person.fed, event.absence, None))
        case _:
            assert_never(event)


def record_of(person: Record) -> PersonRecord:
    """The whole record in the form of the events."""
    return PersonRecord(
        by=person.id,
        display_name=person.display_name,
        email=person.email,
        zone=person.zone,
        locale=person.locale,
        patterns=person.patterns,
        regions=person.regions,
        manager=person.manager,
        unit=person.unit,
        active_from=person.active_from,
        active_until=person.active_until,
    )


def first_or_last_day(person: Active | Inactive) -> datetime | None:
    """The start of the first day, or the end of the last day, if it is in the future and changes the status (UTC)."""
    match person:
        case Inactive(active_from=date() as first):
            moment = at_local(person.zone, first, MIDNIGHT)
        case Active(active_until=date() as last):
            moment = at_local(person.zone, last + DAY, MIDNIGHT)
        case _:
            return None
    return moment if moment > person.since else None


def _registered(event: PersonRegistered, recorded: Recorded[PersonEvent]) -> Active:
    return Active(
        id=PersonId(recorded.stream),
        identities=(identity(event.source, event.external_id),),
        display_name=event.display_name,
        email=event.email,
        zone=event.zone,
        locale=event.locale,
        patterns=event.patterns,
        regions=event.regions,
        manager=event.manager,
        absences=(),
        since=recorded.at,
        email_key=_key(event.email),
        name_words=_words(event.display_name),
        unit=event.unit,
        active_from=event.active_from,
        active_until=event.active_until,
    )


def _key(email: str | Cipher | None) -> str | None:
    return compared(email) if isinstance(email, str) else None


def _words(name: str | Cipher | None) -> tuple[str, ...]:
    return name_words(name) if isinstance(name, str) else ()


def _confirmed(person: Active | Inactive, name: str) -> Active | Inactive:
    if name in person.refused:
        refused = tuple(each for each in person.refused if each != name)
        return replace(person, refused=refused, earlier=_and(person.earlier, name))
    return replace(person, works_from=_with(person.works_from, name, None))


def _without(person: Active | Inactive, gone: str) -> Active | Inactive:
    """The person without this identity."""
    return replace(
        person,
        identities=tuple(name for name in person.identities if name != gone),
        fed=_with(person.fed, gone, None),
        works_from=_with(person.works_from, gone, None),
    )


def _and(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else (*names, name)


def _with(said: Mapping[str, T], name: str, value: T | None) -> Mapping[str, T]:
    """The values by language with one more; without that language if the text is empty."""
    others = {each: known for each, known in said.items() if each != name}
    return others if value is None else {**others, name: value}


def _became(kind: type[P], person: Record, at: datetime) -> P:
    return kind(
        id=person.id,
        identities=person.identities,
        display_name=person.display_name,
        email=person.email,
        zone=person.zone,
        locale=person.locale,
        patterns=person.patterns,
        regions=person.regions,
        manager=person.manager,
        absences=person.absences,
        since=at,
        email_key=person.email_key,
        name_words=person.name_words,
        unit=person.unit,
        active_from=person.active_from,
        active_until=person.active_until,
        fed=person.fed,
        works_from=person.works_from,
        earlier=person.earlier,
        refused=person.refused,
    )
