"""How a service finds the person of a token."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from coaching_events.ids import PersonId


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """The person of a token. Before ``waits_until`` (UTC) a new login has no access."""

    id: PersonId
    active: bool
    waits_until: datetime | None = None


class People(Protocol):
    """Finds the person of a token, in read models or in the service's own documents."""

    async def find(self, source: str, external_id: str, at: datetime) -> PersonSeen | None:
        """The person with this id in this source, for example a token's issuer; or None. ``at`` is the present time."""
        ...
