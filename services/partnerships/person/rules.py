"""The rules for a person: what the directory and the person can change. Pure: time and ids are arguments."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from coaching_events.events.person import (
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
from coaching_events.ids import PersonId, Position, RuleName
from coaching_readmodels import identity
from coaching_time import local_date
from eventlog import NotFound, Refused
from partnerships.person.details import Details, NewDetails
from partnerships.person.logins import Logins
from partnerships.person.state import Active, Inactive, record_of

BEGINNING = date(1970, 1, 1)
"""The date from which the details of a new person apply, if none is given."""
FURTHEST_BACK = timedelta(days=60)
"""How long afterwards an absence can be recorded."""

PLAIN = ("display_name", "email", "zone", "locale", "manager", "unit", "active_from", "active_until")
"""The fields of a record without a date: the last value applies."""

By = PersonId | RuleName
Known = Active | Inactive
State = Known | None
Dated = TypeVar("Dated", WorkingPattern, HolidayRegion)


def register(
    person: State, *, by: By, source: str, external_id: str, details: NewDetails, holder: PersonId | None
) -> Sequence[PersonRegistered]:
    """Register a new person. ``holder`` is the person whom this source and external id already find."""
    if person is not None or holder is not None:
        known = holder if person is None else person.id
        raise Refused("already-registered", "A person with this source and external id is already known.", person=known)
    return [PersonRegistered(by=by, source=source, external_id=external_id, **record_said(details))]


def record_said(details: NewDetails) -> dict[str, Any]:
    """The record of a person who was not known before."""
    return _said(details, {}, BEGINNING)


def change(person: Known, *, by: By, at: datetime, details: Details) -> Sequence[PersonChanged]:
    """Change details. No event without a difference."""
    before: dict[str, Any] = dict(record_of(person))
    said = _said(details, before, local_date(person.zone, at))
    changed = tuple(name for name, value in said.items() if value != before[name])
    if not changed:
        return []
    record: dict[str, Any] = {**before, **said, "by": by, "changed": changed}
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
    """Link one more identity. ``holder`` is the person whom it finds now, ``feed`` the directory that gave it.

    A further login waits for the person or for the delay of ``logins``. A login that the person has refused is refused.
    """
    name, somebody = identity(source, external_id), known(person)
    if name in somebody.identities:
        return []
    if holder is not None:
        raise Refused("identity-taken", "This source and external id already find another person.", person=holder)
    if name in somebody.refused:
        sentence = "The person has refused this login. It can be linked again after they have confirmed it."
        raise Refused("login-refused", sentence, person=somebody.id)
    effective_at = logins.effective_at(somebody, source, external_id, at)
    return [PersonLinked(by=by, source=source, external_id=external_id, feed=feed, effective_at=effective_at)]


def unlink(person: Known, *, by: By, source: str, external_id: str) -> Sequence[PersonUnlinked]:
    """Unlink an identity. No event if it is not linked."""
    if identity(source, external_id) not in person.identities:
        return []
    return [PersonUnlinked(by=by, source=source, external_id=external_id)]


def deactivate(person: Known, *, by: By) -> Sequence[PersonDeactivated]:
    """Deactivate the person. No event if they are inactive."""
    return [PersonDeactivated(by=by)] if isinstance(person, Active) else []


def reactivate(person: Known, *, by: By) -> Sequence[PersonReactivated]:
    """Reactivate the person. No event if they are active."""
    return [PersonReactivated(by=by)] if isinstance(person, Inactive) else []


def record_absence(person: Known, *, by: By, at: datetime, first: date, last: date) -> Sequence[AbsenceRecorded]:
    """Record an absence of whole days, first and last included. No event if exactly this one is recorded."""
    if last < first:
        raise Refused("ends-before-it-begins", "The last day away lies before the first.")
    earliest = local_date(person.zone, at) - FURTHEST_BACK
    if first < earliest:
        sentence = "An absence can be recorded up to {days} days afterwards, so from {earliest} on."
        raise Refused("too-long-ago", sentence, days=FURTHEST_BACK.days, earliest=earliest)
    if any((absence.first, absence.last) == (first, last) for absence in person.absences):
        return []
    return [AbsenceRecorded(by=by, first=first, last=last)]


def withdraw_absence(person: Known, *, by: By, absence: Position) -> Sequence[AbsenceWithdrawn]:
    """Withdraw an absence. What it has excused stays excused."""
    if all(each.id != absence for each in person.absences):
        raise Refused("no-such-absence", "There is no such absence, or it was withdrawn already.", absence=absence)
    return [AbsenceWithdrawn(by=by, absence=absence)]


def known(person: State) -> Known:
    """The person, if the directory knows them. Raises NotFound otherwise."""
    if person is None:
        raise NotFound
    return person


def _said(details: Details, known: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The fields of the record that these details have, with their new values."""
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
    """The last of these that applies on a day."""
    return next((each for each in reversed(dated) if each.holds_from <= day), None)


def _with(dated: Sequence[Dated], more: Dated) -> tuple[Dated, ...]:
    """These with one more, in the order of their dates. It replaces one with the same date."""
    others = [each for each in dated if each.holds_from != more.holds_from]
    return tuple(sorted([*others, more], key=lambda each: each.holds_from))
