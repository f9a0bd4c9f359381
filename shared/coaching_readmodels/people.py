"""Finds the person of a token in a service that has people as read models."""

from dataclasses import dataclass
from datetime import datetime

from coaching_events.ids import PersonId
from coaching_readmodels.logins import waits_until
from coaching_readmodels.person import PERSON_PROJECTION, PersonReadModel, identity
from eventlog import CatchingUp
from eventlog.consumers import Projections
from eventlog.service import ServiceContext
from service_kit.process import PersonSeen


@dataclass(frozen=True, slots=True)
class PeopleInReadModels:
    """The people in the read models of a service."""

    projections: Projections

    async def find(self, source: str, external_id: str, at: datetime) -> PersonSeen | None:
        """One find by the index. Raises CatchingUp if the read model has a gap or cannot be read."""
        name = identity(source, external_id)
        where = {"identities": name}
        for read_model in await self.projections.store.find_read_models(PERSON_PROJECTION.kind, where, limit=1):
            if read_model.has_gap:
                raise CatchingUp(read_model.stream)
            person = self.projections.value(read_model)
            if isinstance(person, PersonReadModel):
                return PersonSeen(PersonId(read_model.stream), person.active, waits_until(person.works_from, name, at))
        return None


def people_in_read_models(service_context: ServiceContext) -> PeopleInReadModels:
    """The people in the read models of a running service."""
    return PeopleInReadModels(service_context.projections)
