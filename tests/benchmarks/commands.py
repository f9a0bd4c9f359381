"""A command through the store: two database commands, beside the two bare driver calls."""

import asyncio
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
from tests.benchmarks.known_promise import NOW, history
from tests.benchmarks.measure import Compared, Run, compare

AT_ONCE = 20
COMMANDS = 2_000


class Counting(CommandListener):
    """Counts database commands by name."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def started(self, event: CommandStartedEvent) -> None:
        """One more."""
        self.counts[event.command_name] = self.counts.get(event.command_name, 0) + 1

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Not looked at."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Not looked at."""


class _Silent(Relay):
    """Publishes nothing: the twin does not either."""

    def submit(self, write: Write) -> None:
        """Nothing."""


async def commands(mongo_url: str) -> tuple[Compared, dict[str, int]]:
    """Each command makes a promise and keeps it: an insert and an update, twenty at a time."""
    counting = Counting()
    client, plain = MongoClient(mongo_url, listeners=[counting]), MongoClient(mongo_url)
    name = f"bench_{fresh_id()[:8]}"
    store = MongoStore(client, name, topic="bench")
    log = EventLog("bench", store, _Silent("bench", "bench", store, MemoryOutlet()), facts=_NoFacts())
    rows: Any = plain.database(f"{name}_twin")["streams"]
    made, _, _, kept = (event for _, event in history(1))

    async def ours() -> Run:
        async def one(number: int) -> None:
            stream = derived_stream("commitment", fresh_id())

            async def make(_: Commitment | None) -> list[Any]:
                return [made]

            async def keep(_: Commitment | None) -> list[Any]:
                return [kept]

            await log.decide(commitments, stream, Command(id=f"make{number}", at=NOW), make)
            await log.decide(commitments, stream, Command(id=f"keep{number}", at=NOW + timedelta(days=1)), keep)

        return _together(one)

    async def twin() -> Run:
        async def one(number: int) -> None:
            stream = derived_stream("commitment", fresh_id())
            entry = {"version": 1, "type": made.type, "at": NOW, "data": made.model_dump_json(exclude_none=True)}
            await rows.find_one({"_id": stream})
            await rows.insert_one({"_id": stream, "version": 1, "state": {"status": "open"}, "history": [entry]})
            await rows.find_one({"_id": stream})
            entry = {"version": 2, "type": kept.type, "at": NOW, "data": kept.model_dump_json(exclude_none=True)}
            change = {"$set": {"version": 2, "state": {"status": "kept"}}, "$push": {"history": entry}}
            await rows.update_one({"_id": stream, "version": 1}, change)

        return _together(one)

    compared = await compare(f"a command through the store, {AT_ONCE} at a time", ours, twin, 0.85)
    total = 2 * COMMANDS * (len(compared.ours) + 1)
    each = {name: round(count / total, 3) for name, count in counting.counts.items() if count > total / 10}
    return compared, each


def _together(one: Any) -> Run:
    async def run() -> int:
        numbers = iter(range(COMMANDS))

        async def worker() -> None:
            for number in numbers:
                await one(number)

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        return 2 * COMMANDS

    return run


class _NoFacts:
    async def read(self, streams: Any) -> dict[StreamId, Any]:
        """Nothing is asked."""
        return {}
