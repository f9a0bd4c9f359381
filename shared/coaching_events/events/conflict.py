"""A line of a directory's feed about somebody who may be known already: it waits until somebody decides it."""

from datetime import date
from typing import ClassVar, Literal

from coaching_events.event import Event
from coaching_events.events.person import PersonRecord
from coaching_events.ids import PersonId

__all__ = ["ConflictDecided", "ConflictEvent", "ConflictFound"]


class ConflictFound(PersonRecord):
    """``source`` speaks of ``external_id``, who may be ``person``: the record is what it says of them.

    ``because`` is what they share: an address, or a login (``login`` of ``login_source``) that ``login_holder`` has.
    ``active`` is whether the source counts them as active. ``away_from`` and ``away_until`` are days of a leave, both
    included, in their zone. A later one replaces what was found before.
    """

    type: ClassVar[str] = "conflict-found"

    source: str
    external_id: str
    person: PersonId
    because: Literal["email", "login"]
    login_source: str | None = None
    login: str | None = None
    login_holder: PersonId | None = None
    active: bool = True
    away_from: date | None = None
    away_until: date | None = None


class ConflictDecided(Event):
    """It waits no more: the id was linked to ``person``, ``person`` was created for it, or the feed has changed."""

    type: ClassVar[str] = "conflict-decided"

    outcome: Literal["linked", "created", "gone"]
    person: PersonId | None = None


ConflictEvent = ConflictFound | ConflictDecided
