"""The state of a conflict: a roster line about a person who may already be known. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, assert_never

from pydantic import Field

from coaching_events.envelope import Recorded
from coaching_events.events.conflict import ConflictDecided, ConflictEvent, ConflictFound
from coaching_events.ids import ConflictId, PersonId
from coaching_readmodels import compared
from eventlog import CannotFollow


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """It waits. ``email_key`` is the address in the form for comparison. ``since`` is when it was first found (UTC)."""

    id: ConflictId
    source: str
    external_id: str
    found: ConflictFound
    since: datetime
    email_key: str | None = None
    status: Literal["open"] = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """It no longer waits. The data of the feed about the person are not kept here."""

    id: ConflictId
    source: str
    external_id: str
    outcome: Literal["linked", "created", "gone"]
    person: PersonId | None
    since: datetime
    status: Literal["decided"] = "decided"


Conflict = Annotated[Open | Decided, Field(discriminator="status")]


def evolve(conflict: Open | Decided | None, recorded: Recorded[ConflictEvent]) -> Open | Decided:
    """Fold one event. A decided conflict can be found again."""
    id, event = ConflictId(recorded.stream), recorded.event
    match event:
        case ConflictFound():
            key = compared(event.email) if isinstance(event.email, str) else None
            since = conflict.since if isinstance(conflict, Open) else recorded.at
            return Open(
                id=id, source=event.source, external_id=event.external_id, found=event, since=since, email_key=key
            )
        case ConflictDecided():
            if conflict is None:
                raise CannotFollow(recorded)
            return Decided(
                id=id,
                source=conflict.source,
                external_id=conflict.external_id,
                outcome=event.outcome,
                person=event.person,
                since=recorded.at,
            )
        case _:
            assert_never(event)
