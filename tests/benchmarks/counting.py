"""Database commands, counted exactly: of a command, a batch of a projection, of deadlines and of acknowledgements."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from eventlog.consumers import Projections
from eventlog.outbox import OutboxRelay
from eventlog.stores.documents import Write
from eventlog.stores.memory import MemoryPublisher, MemoryRecord
from eventlog.stores.mongo import MongoStore
from tests.benchmarks.commands import TOPIC, indexed, log_over, make, make_and_keep
from tests.benchmarks.crowd import Crowd
from tests.benchmarks.databases import Databases, databases
from tests.benchmarks.findings import Counted
from tests.benchmarks.known_promise import EACH, ROWS, records
from tests.benchmarks.measure import Effort, Servers

TIMES = 20
BATCH = 200
"""Streams of a batch, deadlines of a sweep."""


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

    async def of(self, work: Callable[[], Awaitable[object]]) -> Counter[str]:
        """What some work took."""
        self.counts.clear()
        await work()
        return Counter(self.counts)


@dataclass
class Keeping(OutboxRelay):
    """Keeps what it is to publish, for later."""

    writes: list[Write] = field(default_factory=list[Write], init=False)

    def submit(self, write: Write) -> None:
        """Later."""
        self.writes.append(write)


async def counted(servers: Servers, _: Effort) -> list[Counted]:
    """Each on a database of its own; of several batches the dearest counts."""
    counting = Counting()
    async with databases(servers.mongo_url, listeners=[counting]) as made:
        return [
            await _command(counting, made),
            await _projection(counting, made),
            await _sweep(counting, made),
            await _acknowledgements(counting, made),
        ]


async def _command(counting: Counting, made: Databases) -> Counted:
    log = log_over(await indexed(made))

    async def work() -> None:
        for number in range(TIMES):
            await make_and_keep(log, number)

    counts = await counting.of(work)
    each = Counter({name: count / 2 / TIMES for name, count in counts.items()})
    return Counted("database commands: a command", sum(each.values()), _told(each), most=2)


async def _projection(counting: Counting, made: Databases) -> Counted:
    """Streams that begin, streams that go on, and both in one batch."""
    projections = Projections("bench", MongoStore(made.client, made.fresh()), [ROWS])
    first, second = records(range(BATCH)), records(range(BATCH, 2 * BATCH))
    batches = {
        "new rows": _versions(first, 1, 2),
        "known rows": _versions(first, 3, 3),
        "both": [*_versions(first, 4, 4), *_versions(second, 1, 2)],
    }
    taken = {name: await counting.of(lambda batch=batch: projections.take(batch)) for name, batch in batches.items()}
    return _dearest("database commands: a batch of a projection", taken, most=3)


async def _sweep(counting: Counting, made: Databases) -> Counted:
    """The first sweep reads the calendars as well, which stay in the process for a minute."""
    crowd = await Crowd.of(made, 2 * BATCH, due=2 * BATCH)
    await crowd.more_fall_due()
    deadlines = crowd.deadlines(limit=BATCH)
    taken = {name: await counting.of(deadlines.sweep) for name in ("the first", "the next")}
    return _dearest("database commands: a batch of deadlines", taken, most=5)


async def _acknowledgements(counting: Counting, made: Databases) -> Counted:
    store = await indexed(made)
    relay, keeping = (
        OutboxRelay("bench", TOPIC, store, MemoryPublisher()),
        Keeping("bench", TOPIC, store, MemoryPublisher()),
    )
    log = log_over(store, keeping)
    for number in range(BATCH):
        await make(log, number)

    async def publish() -> None:
        for write in keeping.writes:
            relay.submit(write)
        await relay.drain()

    counts = await counting.of(publish)
    return Counted(f"database commands: {BATCH} acknowledgements", counts.total(), _told(counts), most=1)


def _dearest(what: str, taken: dict[str, Counter[str]], most: float) -> Counted:
    name = max(taken, key=lambda each: taken[each].total())
    totals = {each: float(counts.total()) for each, counts in taken.items()}
    return Counted(what, taken[name].total(), _told(taken[name], name), most, totals)


def _told(counts: Counter[str], name: str = "") -> str:
    told = ", ".join(f"{command} {count:g}" for command, count in counts.items())
    return f"({name}: {told})" if name else f"({told})"


def _versions(promises: list[MemoryRecord], first: int, last: int) -> list[MemoryRecord]:
    """Of each promise the events from one version to another."""
    return [record for number, record in enumerate(promises) if first <= number % EACH + 1 <= last]
