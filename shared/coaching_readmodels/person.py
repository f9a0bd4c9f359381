"""The read model of a person: their identities, and their working times."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import assert_never

from pydantic import TypeAdapter

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
    PersonRegistered,
    PersonUnlinked,
    WorkingPattern,
)
from coaching_events.ids import Position
from coaching_events.registry import EVENTS
from coaching_readmodels.names import compared
from eventlog import Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceReadModel:
    """Local dates, first and last included. ``recorded`` is the event's position, ``known_at`` its instant (UTC)."""

    recorded: Position
    first: date
    last: date
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReadModel:
    """A person's record. ``identities`` are ``source|external id``; ``zone`` is an IANA name.

    ``works_from`` has the identities that do not work before an instant (UTC).
    """

    identities: tuple[str, ...]
    active: bool
    zone: str
    locale: str
    display_name: str | Cipher | None
    email: str | Cipher | None
    patterns: tuple[WorkingPattern, ...]
    regions: tuple[HolidayRegion, ...]
    absences: tuple[AbsenceReadModel, ...] = ()
    works_from: Mapping[str, datetime] = field(default_factory=dict[str, datetime])


def identity(source: str, external_id: str) -> str:
    """The text that finds a person. It is equal for ids that look equal."""
    return f"{source}|{compared(external_id)}"


def evolve(person: PersonReadModel | None, recorded: Recorded[PersonEvent]) -> PersonReadModel | None:
    """Fold one event of the directory."""
    event = recorded.event
    if isinstance(event, PersonRegistered):
        return PersonReadModel(
            identities=(identity(event.source, event.external_id),),
            active=True,
            zone=event.zone,
            locale=event.locale,
            display_name=event.display_name,
            email=event.email,
            patterns=event.patterns,
            regions=event.regions,
        )
    if person is None:
        return None
    match event:
        case PersonChanged():
            return replace(
                person,
                zone=event.zone,
                locale=event.locale,
                display_name=event.display_name,
                email=event.email,
                patterns=event.patterns,
                regions=event.regions,
            )
        case PersonLinked():
            name = identity(event.source, event.external_id)
            waits = {} if event.effective_at is None else {name: event.effective_at}
            return replace(person, identities=(*person.identities, name), works_from={**person.works_from, **waits})
        case LoginConfirmed():
            name = identity(event.source, event.external_id)
            return replace(person, works_from=without(person.works_from, name))
        case PersonUnlinked() | LoginRefused():
            gone = identity(event.source, event.external_id)
            return replace(
                person,
                identities=tuple(each for each in person.identities if each != gone),
                works_from=without(person.works_from, gone),
            )
        case PersonDeactivated() | PersonReactivated():
            return replace(person, active=isinstance(event, PersonReactivated))
        case AbsenceRecorded():
            absence = AbsenceReadModel(
                recorded=recorded.position, first=event.first, last=event.last, known_at=recorded.at
            )
            return replace(person, absences=(*person.absences, absence))
        case AbsenceWithdrawn():
            return replace(person, absences=tuple(a for a in person.absences if a.recorded != event.absence))
        case _:
            assert_never(event)


def without(works_from: Mapping[str, datetime], name: str) -> Mapping[str, datetime]:
    """The record without one identity."""
    return {each: at for each, at in works_from.items() if each != name}


PERSON_PROJECTION = Projection[PersonReadModel](
    kind="person",
    values=TypeAdapter(PersonReadModel),
    events=EVENTS["person"],
    evolve=evolve,
    indexes=("identities",),
    parties=lambda person, _: (person,),
)
