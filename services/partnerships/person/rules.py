"""What the directory and a person themselves may say about that person. Pure; time and ids come in."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from coaching_events.ids import PersonId, Position, RuleName
from coaching_events.person import (
    AbsenceRecorded,
    AbsenceWithdrawn,
    HolidayRegion,
    PersonChanged,
    PersonDeactivated,
    PersonLinked,
    PersonReactivated,
    PersonRegistered,
    PersonUnlinked,
    WorkingPattern,
)
from coaching_readmodels import identity
from coaching_time import local_date
from eventlog import NotFound, Refused
from partnerships.person.details import Details, NewDetails
from partnerships.person.logins import Logins
from partnerships.person.state import Active, Inactive, record_of

BEGINNING = date(1970, 1, 1)
"""What is said of somebody new without a date has always been so."""
FURTHEST_BACK = timedelta(days=60)
"""How long afterwards an absence may still be recorded."""

PLAIN = ("display_name", "email", "zone", "locale", "manager", "unit", "active_from", "active_until")
"""The fields of a record that are as they were last said, whenever."""

By = PersonId | RuleName
Known = Active | Inactive
State = Known | None
Dated = TypeVar("Dated", WorkingPattern, HolidayRegion)


def register(
    person: State, *, by: By, source: str, external_id: str, details: NewDetails, holder: PersonId | None
) -> Sequence[PersonRegistered]:
    """Somebody new. ``holder`` is who is already found by this source and external id."""
    if person is not None or holder is not None:
        known = holder if person is None else person.id
        raise Refused("already-registered", "Somebody with this source and external id is known already.", person=known)
    return [PersonRegistered(by=by, source=source, external_id=external_id, **record_said(details))]


def record_said(details: NewDetails) -> dict[str, Any]:
    """The record of somebody of whom nothing was known before."""
    return _said(details, {}, BEGINNING)


def change(person: State, *, by: By, at: datetime, details: Details) -> Sequence[PersonChanged]:
    """Other details; nothing follows if they say what is known already."""
    known: dict[str, Any] = dict(record_of(_known(person)))
    said = _said(details, known, local_date(_known(person).zone, at))
    changed = tuple(name for name, value in said.items() if value != known[name])
    if not changed:
        return []
    record: dict[str, Any] = {**known, **said, "by": by, "changed": changed}
    return [PersonChanged(**record)]


def link(
    person: State,
    *,
    by: By,
    at: datetime,
    source: str,
    external_id: str,
    holder: PersonId | None,
    logins: Logins,
    feed: str | None = None,
) -> Sequence[PersonLinked]:
    """One more way to find them; ``holder`` is who is found that way now, ``feed`` the directory that named it.

    A further login waits for the person or for the delay of ``logins``; one that they have refused is refused here too.
    """
    name, somebody = identity(source, external_id), _known(person)
    if name in somebody.identities:
        return []
    if holder is not None:
        raise Refused("identity-taken", "Somebody else is known by this source and external id.", person=holder)
    if name in somebody.refused:
        sentence = "The person has refused this login. It can be linked again once they have confirmed it."
        raise Refused("login-refused", sentence, person=somebody.id)
    effective_at = logins.effective_at(somebody, source, external_id, at)
    return [PersonLinked(by=by, source=source, external_id=external_id, feed=feed, effective_at=effective_at)]


def unlink(person: State, *, by: By, source: str, external_id: str) -> Sequence[PersonUnlinked]:
    """This source and external id find them no more. Nothing follows if they do not."""
    if identity(source, external_id) not in _known(person).identities:
        return []
    return [PersonUnlinked(by=by, source=source, external_id=external_id)]


def deactivate(person: State, *, by: By) -> Sequence[PersonDeactivated]:
    """They no longer work here. Nothing follows if that is known."""
    return [PersonDeactivated(by=by)] if isinstance(_known(person), Active) else []


def reactivate(person: State, *, by: By) -> Sequence[PersonReactivated]:
    """They work here again. Nothing follows if they do."""
    return [PersonReactivated(by=by)] if isinstance(_known(person), Inactive) else []


def record_absence(person: State, *, by: By, at: datetime, first: date, last: date) -> Sequence[AbsenceRecorded]:
    """Away for whole days, both included. Nothing follows if exactly that is known."""
    somebody = _known(person)
    if last < first:
        raise Refused("ends-before-it-begins", "The last day away lies before the first.")
    earliest = local_date(somebody.zone, at) - FURTHEST_BACK
    if first < earliest:
        sentence = f"An absence can be recorded up to {FURTHEST_BACK.days} days afterwards, so from {earliest} on."
        raise Refused("too-long-ago", sentence, earliest=earliest)
    if any((absence.first, absence.last) == (first, last) for absence in somebody.absences):
        return []
    return [AbsenceRecorded(by=by, first=first, last=last)]


def withdraw_absence(person: State, *, by: By, absence: Position) -> Sequence[AbsenceWithdrawn]:
    """An absence does not hold after all; what it has excused stays excused."""
    if all(known.id != absence for known in _known(person).absences):
        raise Refused("no-such-absence", "There is no such absence, or it was withdrawn already.", absence=absence)
    return [AbsenceWithdrawn(by=by, absence=absence)]


def _known(person: State) -> Active | Inactive:
    if person is None:
        raise NotFound
    return person


def _said(details: Details, known: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The fields of the record that these details speak of, as they would be."""
    said: dict[str, Any] = {name: getattr(details, name) for name in PLAIN if details.says(name) or name not in known}
    if (week := details.week) is not None:
        patterns: tuple[WorkingPattern, ...] = known.get("patterns", ())
        holds_from = details.hours_from or today
        if (now := _holding(patterns, holds_from)) is None or now.hours != week:
            said["patterns"] = _with(patterns, WorkingPattern(holds_from=holds_from, hours=week))
    if details.region is not None:
        regions: tuple[HolidayRegion, ...] = known.get("regions", ())
        holds_from = details.region_from or today
        if (there := _holding(regions, holds_from)) is None or there.region != details.region:
            said["regions"] = _with(regions, HolidayRegion(holds_from=holds_from, region=details.region))
    return said


def _holding(dated: Sequence[Dated], day: date) -> Dated | None:
    """The last of these that holds on a day."""
    return next((each for each in reversed(dated) if each.holds_from <= day), None)


def _with(dated: Sequence[Dated], more: Dated) -> tuple[Dated, ...]:
    """These with one more, in the order of their dates; one from the same date is replaced."""
    others = [each for each in dated if each.holds_from != more.holds_from]
    return tuple(sorted([*others, more], key=lambda each: each.holds_from))
