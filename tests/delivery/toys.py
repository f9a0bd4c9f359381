"""A service of toys: it owns them, and follows them too."""

from datetime import datetime
from typing import Any

from coaching_events.envelope import Recorded
from coaching_events.ids import PersonId, StreamId
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from eventlog.service import Service, ServiceContext
from service_kit.process import PersonSeen, ServiceDefinition, Settings
from tests.contracts.toys import TOYS, NoReferenceData, ToyMoved, toy_rows


class Anybody:
    """Everybody is known here."""

    async def find(self, source: str, external_id: str, at: datetime) -> PersonSeen | None:
        return PersonSeen(PersonId(StreamId(f"person_{external_id}")), True)


async def _look(moved: Recorded[Any], log: EventLog) -> None:
    """Nothing follows."""


LOOK = Reaction(name="when_toy_moved_then_look", on=(ToyMoved,), react=_look)


def toys(topic: str) -> ServiceDefinition[Settings]:
    """The service, with this topic."""

    def people(_: ServiceContext) -> Anybody:
        return Anybody()

    return ServiceDefinition(
        service=Service(
            name="toys",
            writes=topic,
            listens=(topic,),
            aggregates=(TOYS,),
            projections=(toy_rows(broken=False),),
            reactions=(LOOK,),
            reference_source=lambda store, projections: NoReferenceData(),
        ),
        title="Toys",
        description="For tests.",
        settings=Settings,
        people=people,
        routers=tuple,
    )
