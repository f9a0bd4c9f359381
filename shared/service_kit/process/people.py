"""The people whom a service knows, as access asks for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from coaching_events.ids import PersonId


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """The person that a token found. ``waits_until``: with this login it opens nothing before that instant (UTC)."""

    id: PersonId
    active: bool
    waits_until: datetime | None = None


class People(Protocol):
    """How a service finds the person behind a token: in its rows, or in its own documents."""

    async def find(self, source: str, external_id: str, at: datetime) -> PersonSeen | None:
        """The person with this id in this source (a token's issuer is one), or None. ``at`` is the present instant."""
        ...
