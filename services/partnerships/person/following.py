"""Follows a directory: the events that bring a person's record in line with a feed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from coaching_events.events.conflict import ConflictFound
from coaching_events.events.person import (
    AbsenceRecorded,
    AbsenceWithdrawn,
    PersonDeactivated,
    PersonEvent,
    PersonLinked,
    PersonReactivated,
    PersonRecord,
    PersonRegistered,
    PersonUnlinked,
)
from coaching_events.ids import PersonId, Position, RuleName
from coaching_readmodels import identity
from coaching_time import Absence, local_date
from eventlog import Refused
from partnerships.person.details import NewDetails
from partnerships.person.logins import REPLACED, Logins, next_replaced_at, retired, unlinked, waits
from partnerships.person.rules import FURTHEST_BACK, By, Known, State, change, deactivate, link, reactivate, register
from partnerships.person.state import Active, Inactive, first_or_last_day

FIRST_DAY = RuleName("rule:first-day")
LAST_DAY = RuleName("rule:last-day")

Leave = tuple[date, date] | None
"""Whole days of a leave, first and last included. None: no leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The data of a feed about one person.

    ``details`` are None if they cannot be used; then only ``active`` counts. ``logins`` has the login for each issuer
    of
    tokens. ``leave`` counts only if ``speaks_of_leave``: a leave that is gone is withdrawn. ``active`` is None if the
    feed
    does not have it.
    """

    source: str
    external_id: str
    details: NewDetails | None
    logins: Mapping[str, str]
    active: bool | None = None
    leave: Leave = None
    speaks_of_leave: bool = False


def retire(person: State, *, by: By, at: datetime, said: Said, logins: Logins) -> Sequence[PersonUnlinked]:
    """Retire logins that the feed gave the person and no longer has.

    A login that works stays until the new login of the feed works.
    """
    if person is None:
        return []
    kept = {source: identity(source, login) for source, login in said.logins.items()}
    stay = {source for source, login in said.logins.items() if not _works(person, source, login, at, logins)}
    return [
        unlinked(name, by=by)
        for name in person.identities
        for source, _, _ in [name.partition("|")]
        if source in said.logins and name != kept[source] and person.fed.get(name) == said.source
        if source not in stay or waits(person, name, at)
    ]


def follow(
    person: State, *, by: By, at: datetime, said: Said, logins: Logins, holder: PersonId | None = None
) -> Sequence[PersonEvent]:
    """The events that follow from the data of a feed. None without a difference.

    A login that the person has refused is left out.
    """
    if said.details is None:
        return [] if person is None or said.active is not False else deactivate(person, by=by)
    events: list[PersonEvent] = []
    active = is_active(said, said.details, at)
    if person is None:
        if active is False and not _is_to_come(said, said.details, at):
            return []  # a leaver who was never known
        events += register(
            None, by=by, source=said.source, external_id=said.external_id, details=said.details, holder=holder
        )
        events += [PersonDeactivated(by=FIRST_DAY)] if active is False else []
    else:
        events += change(person, by=by, at=at, details=said.details)
        events += () if active is None else (reactivate if active else deactivate)(person, by=by)
    events += retire(person, by=by, at=at, said=said, logins=logins)
    known = (identity(said.source, said.external_id),) if person is None else (*person.identities, *person.refused)
    events += [
        PersonLinked(
            by=by,
            source=source,
            external_id=login,
            feed=said.source,
            effective_at=logins.effective_at(person, source, login, at),
        )
        for source, login in said.logins.items()
        if identity(source, login) not in known
    ]
    if said.speaks_of_leave:
        events += _leave(person, said, said.details.zone, by, at)
    return events


def link_found(
    person: State, *, by: By, at: datetime, found: ConflictFound, logins: Logins
) -> Sequence[PersonLinked | PersonUnlinked]:
    """Link the id and the login that a feed gives the person. Its older id of the person is retired.

    If the ids of the feed are logins, the older one stays until the new one works.
    """
    identities = () if person is None else person.identities
    new = {found.source: found.external_id}
    if found.login_source is not None and found.login is not None:
        new[found.login_source] = found.login
    old = [
        unlinked(name, by=by)
        for name in identities
        if name.startswith(f"{found.source}|") and name != identity(found.source, found.external_id)
        if person is None or _works(person, found.source, found.external_id, at, logins)
    ]
    linked: list[PersonLinked] = []
    for source, external_id in new.items():
        linked += link(
            person, by=by, at=at, source=source, external_id=external_id, holder=None, logins=logins, feed=found.source
        )
    return [*old, *linked]


def register_found(person: State, *, by: By, at: datetime, found: ConflictFound) -> Sequence[PersonEvent]:
    """Register a new person with the data of a feed. No event if that is already done."""
    if person is not None:
        if identity(found.source, found.external_id) in person.identities:
            return []
        raise Refused("already-registered", "A person has this id already. Send it again.", person=person.id)
    record = {each: getattr(found, each) for each in PersonRecord.model_fields if each != "by"}
    events: list[PersonEvent] = [PersonRegistered(by=by, source=found.source, external_id=found.external_id, **record)]
    if not found.active:
        events += [PersonDeactivated(by=by)]
    if found.login_source is not None and found.login is not None:
        events += [PersonLinked(by=by, source=found.login_source, external_id=found.login, feed=found.source)]
    if found.away_from is not None and found.away_until is not None:
        first = max(found.away_from, local_date(found.zone, at) - FURTHEST_BACK)
        if first <= found.away_until:
            events += [AbsenceRecorded(by=by, first=first, last=found.away_until, feed=found.source)]
    return events


def is_active(said: Said, details: NewDetails, at: datetime) -> bool | None:
    """Whether the person is active today, by the feed and their first and last day. None: the feed does not have it."""
    first, last = details.active_from, details.active_until
    if said.active is None and first is None and last is None:
        return None
    today = local_date(details.zone, at)
    return said.active is not False and (first is None or first <= today) and (last is None or today <= last)


def wake_at(person: Known) -> datetime | None:
    """The first or last day, or the time at which a login that replaces another works; the earlier one (UTC)."""
    moments = (first_or_last_day(person), next_replaced_at(person))
    return min((moment for moment in moments if moment is not None), default=None)


def wake(person: Known, /, *, at: datetime, now: datetime, reference_data: object) -> Sequence[PersonEvent]:
    """The first day has come, the last day is over, or a login that replaces another works."""
    old = [
        event
        for name, moment in person.works_from.items()
        if moment <= max(at, now)
        for event in retired(person, name, by=REPLACED)
    ]
    return [*_first_or_last_day(person, now), *old]


def _first_or_last_day(person: Known, now: datetime) -> Sequence[PersonReactivated | PersonDeactivated]:
    match person:
        case Inactive(active_from=date() as first) if first <= local_date(person.zone, now):
            return reactivate(person, by=FIRST_DAY)
        case Active(active_until=date() as last) if last < local_date(person.zone, now):
            return deactivate(person, by=LAST_DAY)
        case _:
            return []


def _works(person: Known, source: str, external_id: str, at: datetime, logins: Logins) -> bool:
    """Whether an identity works already, or would work at once if it were linked."""
    name = identity(source, external_id)
    if name in person.identities:
        return not waits(person, name, at)
    moment = logins.effective_at(person, source, external_id, at)
    return name not in person.refused and (moment is None or moment <= at)


def _is_to_come(said: Said, details: NewDetails, at: datetime) -> bool:
    first = details.active_from
    return said.active is not False and first is not None and first > local_date(details.zone, at)


def _leave(person: State, said: Said, zone: str, by: By, at: datetime) -> Sequence[AbsenceRecorded | AbsenceWithdrawn]:
    """Replace the earlier leave of the feed, if it is not over, by the current one.

    A leave without an end, from any source, is withdrawn when the feed has its end. A long leave is recorded from the
    earliest date allowed. A leave within a recorded absence adds nothing. Other absences do not change.
    """
    known: Sequence[Absence] = () if person is None else person.absences
    fed: Mapping[str, str] = {} if person is None else person.fed
    today, wanted = local_date(zone, at), said.leave
    old = [
        each
        for each in known
        if (fed.get(each.id) == said.source and each.last >= today and (each.first, each.last) != wanted)
        or (wanted is not None and not each.has_end and each.first <= wanted[1] < each.last)
    ]
    taken_back = [AbsenceWithdrawn(by=by, absence=Position(each.id)) for each in old]
    if wanted is None:
        return taken_back
    first = max(wanted[0], min((today - FURTHEST_BACK, *(each.first for each in old))))
    others = [each for each in known if each not in old]
    if wanted[1] < first or any(each.first <= first and wanted[1] <= each.last for each in others):
        return taken_back
    unchanged = [each for each in old if (each.first, each.last) == (first, wanted[1])]
    if unchanged:  # recorded from the earliest date that was allowed then
        return [each for each in taken_back if each.absence not in {left.id for left in unchanged}]
    return [*taken_back, AbsenceRecorded(by=by, first=first, last=wanted[1], feed=said.source)]
