"""A command through the store: two database commands, beside the two bare driver calls."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from coaching_events.ids import StreamId
from eventlog.decide import Command, EventLog
from eventlog.memory import MemoryOutlet
from eventlog.mongo import MongoClient, MongoStore
from eventlog.positions import derived_stream, fresh_id
from eventlog.relay import Relay
from eventlog.store import Write
from goals.commitment import commitments
from goals.commitment.state import Commitment
from tests.benchmarks.bare_commands import KEPT, MADE, ReadyMade
from tests.benchmarks.findings import Compared, Counted
from tests.benchmarks.known_promise import NOW
from tests.benchmarks.measure import Effort, Run, compare

AT_ONCE = 20
INDEXES = [(commitments.kind, name) for name in commitments.indexes]


class Counting(CommandListener):
    """Counts database commands by name."""

    def __init__(self) -> None:
        self.counts = Counter[str]()

    def started(self, event: CommandStartedEvent) -> None:
        """One more."""
        self.counts[event.command_name] += 1

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Not looked at."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Not looked at."""


class SilentRelay(Relay):
    """Publishes nothing: what is measured beside it does not either."""

    def submit(self, write: Write) -> None:
        """Nothing."""


async def commands(mongo_url: str, effort: Effort) -> Compared:
    """A promise is made and kept, an insert and an update, twenty at a time; both in a collection with our indexes.

    The twin makes the same calls to the driver with documents of the same content, ready-made.
    """
    client = MongoClient(mongo_url)
    name = f"bench_{fresh_id()[:8]}"
    store, beside = MongoStore(client, name, topic="bench"), MongoStore(client, f"{name}_twin", topic="bench")
    for each in (store, beside):
        await each.prepare(INDEXES)
    log = _over(store)
    documents: Any = client.database(f"{name}_twin")["streams"]
    twins = ReadyMade.both()

    async def ours() -> Run:
        return _together(lambda number: _make_and_keep(log, number), effort.commands)

    async def twin() -> Run:
        return _together(lambda _: twins.make_and_keep(documents), effort.commands)

    what = f"command through the store, {AT_ONCE} at once"
    compared = await compare(what, "two bare calls", ours, twin, effort.rounds, 0.85)
    for left_over in (name, f"{name}_twin"):
        await client.drop(left_over)
    await client.close()
    return compared


async def commands_counted(mongo_url: str) -> Counted:
    """How many database commands one command makes."""
    counting, times = Counting(), 20
    client = MongoClient(mongo_url, listeners=[counting])
    name = f"bench_{fresh_id()[:8]}"
    log = _over(MongoStore(client, name, topic="bench"))
    for number in range(times):
        await _make_and_keep(log, number)
    counts = Counter(counting.counts)
    await client.drop(name)
    await client.close()
    how = ", ".join(f"{command} {count / 2 / times:g}" for command, count in counts.items())
    return Counted("the same: database commands", counts.total() / 2 / times, f"({how})", most=2)


def _over(store: MongoStore) -> EventLog:
    return EventLog("bench", store, SilentRelay("bench", "bench", store, MemoryOutlet()), facts=_NoFacts())


async def _make_and_keep(log: EventLog, number: int) -> None:
    async def make(_: Commitment | None) -> list[Any]:
        return [MADE]

    async def keep(_: Commitment | None) -> list[Any]:
        return [KEPT]

    stream = derived_stream("commitment", fresh_id())
    await log.decide(commitments, stream, Command(id=f"make{number}", at=NOW), make)
    await log.decide(commitments, stream, Command(id=f"keep{number}", at=NOW + timedelta(days=1)), keep)


def _together(one: Callable[[int], Awaitable[None]], times: int) -> Run:
    async def run() -> int:
        numbers = iter(range(times))

        async def worker() -> None:
            for number in numbers:
                await one(number)

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        return 2 * times

    return run


class _NoFacts:
    async def read(self, streams: Any) -> dict[StreamId, Any]:
        """Nothing is asked."""
        return {}
