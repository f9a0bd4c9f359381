"""People found in a service's rows: for services that know them from the directory's events."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coaching_events.ids import PersonId
from eventlog.aggregate import CatchingUp
from eventlog.projection import Projections
from service_kit.access import PersonSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleInRows:
    """Rows of kind ``person``; their field ``identities`` lists what ``identity(source, external id)`` makes."""

    projections: Projections
    identity: Callable[[str, str], str]
    active: Callable[[Any], bool]

    async def find(self, source: str, external_id: str) -> PersonSeen | None:
        """One find by the index; raises CatchingUp if something about the person has not arrived in order."""
        where = {"identities": self.identity(source, external_id)}
        for row in await self.projections.store.find_rows("person", where):
            if row.waiting:
                raise CatchingUp(row.stream)
            value = self.projections.kinds["person"].values.validate_python(row.value)
            return PersonSeen(PersonId(row.stream), self.active(value))
        return None
