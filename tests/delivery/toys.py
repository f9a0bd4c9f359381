"""A service of toys: it owns them, and follows them too."""

from coaching_events.ids import PersonId, StreamId
from eventlog.service import Running, Service
from service_kit.composition import Composition
from service_kit.people import PersonSeen
from service_kit.settings import Settings
from tests.contracts.toys import TOYS, NoFacts, toy_rows


class Anybody:
    """Everybody is known here."""

    async def find(self, source: str, external_id: str) -> PersonSeen | None:
        return PersonSeen(PersonId(StreamId(f"person_{external_id}")), True)


def toys(topic: str) -> Composition[Settings]:
    """The service, with this topic."""

    def people(_: Running) -> Anybody:
        return Anybody()

    return Composition(
        service=Service(
            name="toys", writes=topic, listens=(topic,), aggregates=(TOYS,), projections=(toy_rows(broken=False),),
            facts=lambda store, projections: NoFacts(),
        ),
        title="Toys", description="For tests.", settings=Settings, people=people, routers=tuple,
    )  # fmt: skip
