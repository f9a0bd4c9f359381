"""Who somebody with a token is, in a service that knows people from the directory's events: found in its rows."""

from dataclasses import dataclass
from datetime import datetime

from coaching_events.ids import PersonId
from coaching_rows.logins import waits_until
from coaching_rows.person import PERSON_ROWS, identity
from eventlog.aggregate import CatchingUp
from eventlog.projection import Projections
from eventlog.service import Running
from service_kit.people import PersonSeen


@dataclass(frozen=True, slots=True)
class PeopleInRows:
    """The people of a service's rows."""

    projections: Projections

    async def find(self, source: str, external_id: str, at: datetime) -> PersonSeen | None:
        """One find by the index; raises CatchingUp if the person's row has a gap or cannot be read."""
        name = identity(source, external_id)
        where = {"identities": name}
        for row in await self.projections.store.find_rows(PERSON_ROWS.kind, where, limit=1):
            if row.waiting:
                raise CatchingUp(row.stream)
            person = self.projections.value(row)
            return PersonSeen(PersonId(row.stream), person.active, waits_until(person.works_from, name, at))
        return None


def people_in_rows(running: Running) -> PeopleInRows:
    """The people whom a running service knows."""
    return PeopleInRows(running.projections)
