"""A line of a directory's feed about a person who may already be known. It waits for a decision."""

from datetime import date
from typing import ClassVar, Literal

from coaching_events.event import Event
from coaching_events.events.person import PersonRecord
from coaching_events.ids import PersonId

__all__ = ["ConflictDecided", "ConflictEvent", "ConflictFound"]


class ConflictFound(PersonRecord):
    """``source`` names ``external_id``, who may be ``person``. The record is what the source says about them.

    ``because`` is what both have in common: an address, or a login (``login`` of ``login_source``) that
    ``login_holder`` has. ``active`` is whether the source counts them as active. ``away_from`` and ``away_until`` are
    the first and last day of a leave, in their zone. A later event of this type replaces an earlier one.
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
    """The conflict is decided: the id belongs to ``person``, or to a new ``person``, or the feed has changed."""

    type: ClassVar[str] = "conflict-decided"

    outcome: Literal["linked", "created", "gone"]
    person: PersonId | None = None


ConflictEvent = ConflictFound | ConflictDecided
