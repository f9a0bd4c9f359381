"""A goals service with many promises or check-ins, copies of one made through the store. Nothing is published."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, repeat
from typing import Any

from coaching_events.events.commitment import CommitmentMade
from coaching_events.ids import StreamId, position
from coaching_events.moment import written
from coaching_readmodels import PairReferenceData
from eventlog import Clock, derived_stream, fresh_id
from eventlog.commands import CommandContext
from eventlog.timers import Deadlines
from goals.app import definition as goals
from goals.check_ins import check_ins, check_ins_of
from goals.check_ins.rules import start
from goals.commitment import commitments
from goals.commitment.state import Commitment
from tests.benchmarks.databases import Databases
from tests.benchmarks.in_process import InProcess, in_process
from tests.benchmarks.pairs import Pair, introduce

TOGETHER = 5_000
"""Documents of one bulk."""
PAIRS = [Pair(number) for number in range(500)]
IN_A_WHILE = timedelta(hours=2)
LATER = timedelta(days=60)


@dataclass
class Crowd:
    """The service, its documents and rows, and how many promises fall due at a time."""

    service: InProcess
    documents: Any
    rows: Any
    due: int
    fell_due: list[StreamId] = field(default_factory=list[StreamId], init=False)

    @staticmethod
    async def of(made: Databases, size: int, due: int) -> "Crowd":
        """So many open promises, with those that are to fall due."""
        database = made.fresh()
        service = await in_process(goals, made.client, database)
        await introduce(service.service_context.projections, PAIRS, service.issuer.issuer, service.clock.at)
        crowd = Crowd(
            service,
            made.collection(database, "streams"),
            made.collection(database, f"read_models_{goals.service.projection_version}"),
            due,
        )
        await crowd.promise(repeat(service.clock.at + LATER, size - due))
        return crowd

    async def promise(self, due: Iterable[datetime]) -> list[StreamId]:
        """An open promise for each instant (UTC), which is its due moment and the end of its grace."""
        return await self._insert(_copies(await self._one(), due))

    async def open_at(self, instants: Iterable[datetime]) -> list[StreamId]:
        """Check-ins of which one opens at each instant (UTC)."""
        return await self._insert(_that_open(await self._one_check_in(), instants))

    async def _insert(self, copies: Iterator[dict[str, Any]]) -> list[StreamId]:
        made: list[StreamId] = []
        while together := list(islice(copies, TOGETHER)):
            await self.documents.insert_many(together, ordered=False)
            made += [document["_id"] for document in together]
        return made

    async def more_fall_due(self) -> None:
        """Let so many become due now. What fell due before goes, so that the size stays."""
        await self.forget(self.fell_due)
        due = self.service.clock.at + IN_A_WHILE
        self.fell_due = await self.promise(repeat(due, self.due))
        self.service.clock.at = due + timedelta(minutes=1)

    async def forget(self, streams: Sequence[StreamId]) -> None:
        """Remove these documents."""
        for first in range(0, len(streams), TOGETHER):
            await self.documents.delete_many({"_id": {"$in": streams[first : first + TOGETHER]}})

    def deadlines(self, clock: Clock | None = None, limit: int = 500) -> Deadlines:
        """A sweep of this service."""
        return Deadlines(self.service.service_context.log, clock or self.service.clock, limit=limit)

    async def _one(self) -> Mapping[str, Any]:
        """A promise made through the store, as the database holds it once it is published."""
        pair, at = PAIRS[0], self.service.clock.at
        stream, due = derived_stream("commitment", fresh_id()), at + LATER
        made = CommitmentMade(
            by=pair.one,
            partnership=pair.id,
            owner=pair.one,
            partner=pair.other,
            text="I send you the draft",
            due=due,
            grace_end=due,
        )

        async def make(_: Commitment | None) -> Sequence[CommitmentMade]:
            return [made]

        await self.service.service_context.log.decide(commitments, stream, CommandContext(id=fresh_id(), at=at), make)
        return await self._taken_out(stream)

    async def _one_check_in(self) -> Mapping[str, Any]:
        """Check-ins begun through the store, in the same way."""
        pair, at, log = PAIRS[0], self.service.clock.at, self.service.service_context.log
        reference_data = PairReferenceData(await log.reference_source.read([pair.id, pair.one]))

        async def begin(_: object) -> Any:
            return start(
                None,
                partnership=pair.id,
                owner=pair.one,
                formed=position(pair.id, 2),
                at=at,
                reference_data=reference_data,
            )

        begun = await log.decide(
            check_ins, check_ins_of(pair.id, pair.one), CommandContext(id=fresh_id(), at=at), begin
        )
        return await self._taken_out(begun.stream)

    async def _taken_out(self, stream: StreamId) -> Mapping[str, Any]:
        document: dict[str, Any] = await self.documents.find_one_and_delete({"_id": stream})
        topic = goals.service.writes.replace(".", "_")
        return {name: value for name, value in document.items() if name != "outbox_since"} | {
            "published": {topic: document["version"]}
        }


def _copies(document: Mapping[str, Any], due: Iterable[datetime]) -> Iterator[dict[str, Any]]:
    """The same promise of all pairs in turn, each due at its own instant."""
    (made,) = document["history"]
    event = CommitmentMade.model_validate_json(made["data"])
    for number, instant in enumerate(due):
        pair = PAIRS[number % len(PAIRS)]
        moments = dict.fromkeys(("due", "grace_end"), written(instant))
        state = document["state"] | {"partnership": pair.id, "owner": pair.one, "partner": pair.other} | moments
        who = {"by": pair.one, "partnership": pair.id, "owner": pair.one, "partner": pair.other}
        copy = event.model_copy(update={**who, "due": instant, "grace_end": instant})
        entry = made | {"command": fresh_id(), "data": copy.model_dump_json(exclude_none=True)}
        stream = derived_stream("commitment", fresh_id())
        yield {**document, "_id": stream, "key": pair.id, "state": state, "history": [entry], "wake_at": instant}


def _that_open(document: Mapping[str, Any], instants: Iterable[datetime]) -> Iterator[dict[str, Any]]:
    """The same check-ins of all pairs in turn, each opening at its own instant."""
    for number, instant in enumerate(instants):
        pair = PAIRS[number % len(PAIRS)]
        moments = {"opens": written(instant), **dict.fromkeys(("due", "grace_end"), written(instant + LATER))}
        state = document["state"] | {"partnership": pair.id, "owner": pair.one, "partner": pair.other}
        state |= {"current": document["state"]["current"] | moments}
        stream = derived_stream("check-ins", fresh_id())
        yield {**document, "_id": stream, "key": pair.id, "state": state, "wake_at": instant}
