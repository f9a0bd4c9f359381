"""A service of toys as a process: ``python -m tests.delivery.toy_service work``. TOYS_TOPIC is its topic.

With TOYS_HANG=1 its projections never finish a batch, as if a driver had lost an answer for ever.
"""

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from coaching_events.ids import PersonId, StreamId
from eventlog.projection import Projections
from eventlog.service import Running, Service
from service_kit.cli import main
from service_kit.composition import Composition
from service_kit.people import PersonSeen
from service_kit.settings import Settings
from tests.contracts.toys import TOYS, NoFacts, toy_rows


class Anybody:
    """Everybody is known here."""

    async def find(self, source: str, external_id: str) -> PersonSeen | None:
        return PersonSeen(PersonId(StreamId(f"person_{external_id}")), True)


async def hang(self: Projections, records: Sequence[Any]) -> None:
    await asyncio.Event().wait()


def toys(topic: str) -> Composition[Settings]:
    """Owns toys, and follows them too."""

    def people(_: Running) -> Anybody:
        return Anybody()

    return Composition(
        service=Service(
            name="toys", writes=topic, listens=(topic,), aggregates=(TOYS,), projections=(toy_rows(broken=False),),
            facts=lambda store, projections: NoFacts(),
        ),
        title="Toys", description="For tests.", settings=Settings, people=people, routers=tuple,
    )  # fmt: skip


if __name__ == "__main__":
    if os.environ.get("TOYS_HANG"):
        Projections.take = hang
    main(toys(os.environ["TOYS_TOPIC"]))
