"""Deadlines decided a second, while few or many promises are open: the cost follows what is due, not what exists.

The open promises are copies of one that was made through the store, put there in bulk. Nothing is published.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from coaching_events.commitment import CommitmentMade
from eventlog.decide import Command
from eventlog.mongo import MongoClient
from eventlog.positions import derived_stream, fresh_id
from eventlog.sweep import Deadlines
from goals.app import composition as goals
from goals.commitment import commitments
from goals.commitment.state import Commitment
from tests.benchmarks.findings import Compared
from tests.benchmarks.in_process import InProcess, in_process
from tests.benchmarks.measure import Effort, Run, compare
from tests.benchmarks.pairs import Pair, introduce

TOGETHER = 5_000
"""Documents of one bulk."""
PAIRS = [Pair(number) for number in range(500)]
IN_A_WHILE = timedelta(hours=2)
LATER = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Crowd:
    """A goals service with open promises, of which some fall due each round."""

    service: InProcess
    documents: Any
    due: int

    @staticmethod
    async def of(client: MongoClient, database: str, size: int, due: int) -> "Crowd":
        """So many open ones whose time has not come."""
        service = await in_process(goals, client, database)
        await introduce(service.running.projections, PAIRS, service.issuer.issuer, service.clock.at)
        crowd = Crowd(service, client.database(database)["streams"], due)
        await crowd.promise(size - due, service.clock.at + LATER)
        return crowd

    async def promise(self, count: int, due: datetime) -> None:
        """So many more open promises, due and at the end of their grace at an instant (UTC)."""
        copies = _copies(await self._one(due), count)
        while together := [document for document, _ in zip(copies, range(TOGETHER), strict=False)]:
            await self.documents.insert_many(together, ordered=False)

    async def round(self) -> Run:
        """Let some more become due, and decide all of them. What was decided before goes, so that the size stays."""
        await self.documents.delete_many({"state.status": "overdue"})
        due = self.service.clock.at + IN_A_WHILE
        await self.promise(self.due, due)
        self.service.clock.at = due + timedelta(minutes=1)
        deadlines = Deadlines(self.service.running.log, self.service.clock)

        async def run() -> int:
            decided = 0
            while taken := await deadlines.sweep():
                decided += taken
            assert decided == self.due, f"{decided} of {self.due} were decided"
            return decided

        return run

    async def _one(self, due: datetime) -> Mapping[str, Any]:
        """A promise made through the store, as the database holds it once it is published."""
        pair, at = PAIRS[0], self.service.clock.at
        stream = derived_stream("commitment", fresh_id())
        made = CommitmentMade(
            by=pair.one, partnership=pair.id, owner=pair.one, partner=pair.other, text="I send you the draft", due=due,
            grace_end=due,
        )  # fmt: skip

        async def make(_: Commitment | None) -> Sequence[CommitmentMade]:
            return [made]

        await self.service.running.log.decide(commitments, stream, Command(id=fresh_id(), at=at), make)
        document: dict[str, Any] = await self.documents.find_one_and_delete({"_id": stream})
        topic = goals.service.writes.replace(".", "_")
        return {name: value for name, value in document.items() if name != "unpublished_since"} | {
            "published": {topic: document["version"]}
        }


async def deadlines(mongo_url: str, effort: Effort) -> Compared:
    """Many beside few, over all rounds."""
    client = MongoClient(mongo_url)
    database = f"bench_{fresh_id()[:8]}"
    few, many = effort.open_ones
    beside = await Crowd.of(client, f"{database}_few", few, effort.due)
    crowd = await Crowd.of(client, f"{database}_many", many, effort.due)
    what = f"deadlines decided, {many:,} open promises"
    compared = await compare(what, f"with {few:,} open", crowd.round, beside.round, effort.rounds)
    for left_over in ("few", "many"):
        await client.drop(f"{database}_{left_over}")
    await client.close()
    return compared


def _copies(document: Mapping[str, Any], count: int) -> Iterator[dict[str, Any]]:
    """The same promise of all pairs in turn."""
    (made,) = document["history"]
    for number in range(count):
        pair = PAIRS[number % len(PAIRS)]
        state = document["state"] | {"partnership": pair.id, "owner": pair.one, "partner": pair.other}
        event = CommitmentMade.model_validate_json(made["data"]).model_copy(
            update={"by": pair.one, "partnership": pair.id, "owner": pair.one, "partner": pair.other}
        )
        entry = made | {"command": fresh_id(), "data": event.model_dump_json(exclude_none=True)}
        stream = derived_stream("commitment", fresh_id())
        yield {**document, "_id": stream, "key": pair.id, "state": state, "history": [entry]}
