"""The rules of a conflict. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from coaching_events.events.conflict import ConflictDecided, ConflictFound
from coaching_events.ids import PersonId, RuleName, StreamId
from eventlog import NotFound, Refused
from partnerships.conflict.state import Decided, Open
from partnerships.person.details import NewDetails
from partnerships.person.following import Said, is_active
from partnerships.person.rules import record_said

By = PersonId | RuleName
State = Open | Decided | None
Outcome = Literal["linked", "created"]


def found_of(
    said: Said,
    details: NewDetails,
    *,
    by: By,
    at: datetime,
    person: PersonId,
    because: Literal["email", "login"],
    login_holder: PersonId | None,
) -> ConflictFound:
    """The data of a feed about a person who may be ``person``, with all that a later registration needs."""
    login_source, login = next(iter(said.logins.items()), (None, None))
    away_from, away_until = (said.leave or (None, None)) if said.speaks_of_leave else (None, None)
    return ConflictFound(
        by=by,
        source=said.source,
        external_id=said.external_id,
        person=person,
        because=because,
        login_source=login_source,
        login=login,
        login_holder=login_holder,
        active=is_active(said, details, at) is not False,
        away_from=away_from,
        away_until=away_until,
        **record_said(details),
    )


def find(conflict: State, *, by: By, found: ConflictFound) -> Sequence[ConflictFound]:
    """Open the conflict. No event if it is already open with the same content."""
    if isinstance(conflict, Open) and conflict.found.model_copy(update={"by": by}) == found:
        return []
    return [found]


def close(conflict: State, *, by: By) -> Sequence[ConflictDecided]:
    """Close it: the feed no longer has the line."""
    return [ConflictDecided(by=by, outcome="gone")] if isinstance(conflict, Open) else []


def decide(conflict: State, *, by: By, outcome: Outcome, person: PersonId) -> Sequence[ConflictDecided]:
    """Record which person it is. No event for the same decision again; another decision is refused."""
    if not isinstance(waiting(conflict, outcome=outcome, person=person), ConflictFound):
        return []
    return [ConflictDecided(by=by, outcome=outcome, person=person)]


def waiting(conflict: State, *, outcome: Outcome, person: PersonId | None) -> ConflictFound | PersonId:
    """The content while it is open; the person after the same decision. A ``person`` of None matches every person."""
    match conflict:
        case None:
            raise NotFound
        case Open(found=found):
            return found
        case Decided(outcome=done, person=str() as who) if done == outcome and person in (None, who):
            return PersonId(StreamId(who))
        case Decided():
            raise Refused(
                "conflict-decided",
                "This conflict is already decided. To correct it, move or unlink the identity.",
                outcome=conflict.outcome,
                person=conflict.person,
                at=conflict.since,
            )
