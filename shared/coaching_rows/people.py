"""Finding the person behind a token among the rows."""

from dataclasses import dataclass

from coaching_events.ids import PersonId
from coaching_rows.person import KnownPerson, identity
from eventlog.projection import RowFacts


@dataclass(frozen=True, slots=True)
class PeopleInRows:
    """People by (source, external id), as this service knows them."""

    rows: RowFacts

    async def find(self, source: str, external_id: str) -> tuple[PersonId, bool] | None:
        """The person's id and whether they are active; None if nobody is known by that identity."""
        for fact in await self.rows.find("person", {"identities": identity(source, external_id)}):
            if isinstance(fact.value, KnownPerson):
                return PersonId(fact.stream), fact.value.active
        return None
