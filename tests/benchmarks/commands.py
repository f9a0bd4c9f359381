"""Commands through the store, twenty at once, beside the bare driver calls."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from coaching_events.ids import StreamId
from eventlog import derived_stream, fresh_id
from eventlog.commands import CommandContext, EventLog
from eventlog.outbox import OutboxRelay
from eventlog.stores.documents import Write
from eventlog.stores.memory import MemoryPublisher
from eventlog.stores.mongo import Driver, MongoStore
from goals.commitment import commitments
from goals.commitment.state import Commitment
from tests.benchmarks.bare_commands import KEPT, MADE, ReadyMade
from tests.benchmarks.databases import Databases, databases
from tests.benchmarks.findings import Compared
from tests.benchmarks.known_promise import NOW
from tests.benchmarks.measure import Effort, Run, Servers, compare
from tests.contracts.toys import NoReferenceData

AT_ONCE = 20
DRIVERS: tuple[Driver, ...] = ("motor", "pymongo")
INDEXES = [(commitments.kind, name) for name in commitments.indexes]
TOPIC = "bench"

Work = Callable[[], Awaitable[int]]


class SilentRelay(OutboxRelay):
    """Publishes nothing: what is measured beside it does not either."""

    def submit(self, write: Write) -> None:
        """Nothing."""


async def commands(servers: Servers, effort: Effort) -> list[Compared]:
    """With each driver beside its bare calls, and then the two drivers beside each other."""
    of_each = [await _beside_bare_calls(servers, effort, driver) for driver in DRIVERS]
    return [*of_each, await _drivers(servers, effort)]


async def _beside_bare_calls(servers: Servers, effort: Effort, driver: Driver) -> Compared:
    """A promise is made and kept, an insert and an update; both sides in a collection with our indexes.

    The twin makes the same calls to the driver with documents of the same content, ready-made.
    """
    async with databases(servers.mongo_url, driver) as made:
        log = log_over(await indexed(made))
        documents = await indexed_documents(made)
        twins = ReadyMade.both()

        async def twin() -> Run:
            return together(lambda _: twins.make_and_keep(documents), effort.commands, 2)

        what = f"command through the store, {AT_ONCE} at once, {driver}"
        return await compare(what, "two bare calls", lambda: _through(log, effort), twin, effort.rounds, 0.85)


async def _drivers(servers: Servers, effort: Effort) -> Compared:
    async with databases(servers.mongo_url, "pymongo") as with_one, databases(servers.mongo_url) as with_other:
        one, other = log_over(await indexed(with_one)), log_over(await indexed(with_other))
        what = "command through the store, PyMongo's own asyncio client"
        return await compare(
            what, "Motor", lambda: _through(one, effort), lambda: _through(other, effort), effort.rounds
        )


async def _through(log: EventLog, effort: Effort) -> Run:
    return together(lambda number: make_and_keep(log, number), effort.commands, 2)


async def indexed(made: Databases, topic: str = TOPIC) -> MongoStore:
    """A store over a database that nobody has used."""
    store = MongoStore(made.client, made.fresh(), topic=topic)
    await store.prepare(INDEXES)
    return store


async def indexed_documents(made: Databases) -> Any:
    """The bare collection of such a store, for its twin."""
    database = made.fresh()
    await MongoStore(made.client, database).prepare(INDEXES)
    return made.collection(database, "streams")


def log_over(store: MongoStore, relay: OutboxRelay | None = None) -> EventLog:
    """An event log whose rules ask for no facts; without a relay nothing is published."""
    return EventLog(
        "bench",
        store,
        relay or SilentRelay("bench", TOPIC, store, MemoryPublisher()),
        reference_source=NoReferenceData(),
    )


async def make_and_keep(log: EventLog, number: int) -> None:
    """Two commands."""
    await keep(log, await make(log, number), number)


async def make(log: EventLog, number: int) -> StreamId:
    """One command, which begins a stream."""

    async def promise(_: Commitment | None) -> list[Any]:
        return [MADE]

    stream = derived_stream("commitment", fresh_id())
    await log.decide(commitments, stream, CommandContext(id=f"make{number}", at=NOW), promise)
    return stream


async def keep(log: EventLog, stream: StreamId, number: int) -> None:
    """One command, which goes on with it."""

    async def kept(_: Commitment | None) -> list[Any]:
        return [KEPT]

    await log.decide(commitments, stream, CommandContext(id=f"keep{number}", at=NOW + timedelta(days=1)), kept)


def together(one: Callable[[int], Awaitable[object]], times: int, each: int = 1) -> Work:
    """Work that does something so many times, twenty at once; each counts as so many pieces."""

    async def run() -> int:
        numbers = iter(range(times))

        async def worker() -> None:
            for number in numbers:
                await one(number)

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        return each * times

    return run
