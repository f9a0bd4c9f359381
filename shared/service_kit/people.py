"""The people whom a service knows, as access asks for them."""

from collections.abc import Mapping
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


def waits_until(works_from: Mapping[str, datetime], name: str, at: datetime) -> datetime | None:
    """Until when a login that is used at an instant opens nothing; None if it works."""
    moment = works_from.get(name)
    return moment if moment is not None and moment > at else None


class People(Protocol):
    """How a service finds the person behind a token: in its rows, or in its own documents."""

    async def find(self, source: str, external_id: str, at: datetime) -> PersonSeen | None:
        """The person with this id in this source (a token's issuer is one), or None. ``at`` is the present instant."""
        ...
