"""Reactions that start an aggregate, as a worker takes them, beside two bare driver calls an event."""

from collections.abc import Sequence
from typing import Any

from coaching_events import CommitmentMade
from coaching_events.envelope import Recorded
from coaching_events.event import Event
from eventlog import derived_stream
from eventlog.commands import EventLog
from eventlog.consumers import Projections, Reaction, Reactions
from eventlog.consumers.consumer import Record
from eventlog.consumers.reactions import AT_ONCE, REACTION_BATCH
from goals.commitment import commitments
from goals.commitment.state import Commitment
from tests.benchmarks.bare_commands import MADE, ReadyMade
from tests.benchmarks.commands import indexed, indexed_documents, log_over, together
from tests.benchmarks.databases import Databases, databases
from tests.benchmarks.findings import Compared
from tests.benchmarks.known_promise import EACH, ROWS, records
from tests.benchmarks.measure import Effort, Run, Servers, compare

NAME = "when_commitment_made_then_start_another"


async def starting(servers: Servers, effort: Effort) -> list[Compared]:
    """Events whose rows are there, of many keys; the twin finds and inserts a document of the same content."""
    first_events = records(range(effort.starts))[::EACH]
    async with databases(servers.mongo_url) as made:
        documents = await indexed_documents(made)
        twins = ReadyMade.both()

        async def ours() -> Run:
            return _taken(await _reactions(made, first_events), first_events)

        async def twin() -> Run:
            return together(lambda _: twins.make(documents), effort.starts)

        what = f"reactions that start an aggregate, {AT_ONCE} keys at once"
        return [await compare(what, "two bare calls", ours, twin, effort.rounds, 0.85)]


async def _reactions(made: Databases, heard: Sequence[Record]) -> Reactions:
    """Of a service that has these rows and has not reacted to anything."""
    store = await indexed(made)
    projections = Projections("bench.projections", store, [ROWS])
    for first in range(0, len(heard), REACTION_BATCH):
        await projections.take(heard[first : first + REACTION_BATCH])
    return Reactions(log_over(store), [Reaction(NAME, (CommitmentMade,), _start)], projections)


def _taken(reactions: Reactions, heard: Sequence[Record]) -> Run:
    async def run() -> int:
        for first in range(0, len(heard), REACTION_BATCH):
            await reactions.take(heard[first : first + REACTION_BATCH])
        return len(heard)

    return run


async def _start(made: Recorded[Event], log: EventLog) -> None:
    async def begin(_: Commitment | None) -> list[Any]:
        return [MADE]

    await log.start(commitments, derived_stream("commitment", "started", made.position), made, NAME, begin)
