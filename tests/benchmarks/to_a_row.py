"""From an HTTP command of goals to the row of notifications: two processes of the suite on the real clock, and a twin.

How it is measured: requests are sent at a steady rate whatever becomes of the ones before. The time of each begins at
the instant at which it was to be sent, and ends when its row is seen in the other database. Of many requests only some
rows are looked for, so that looking costs little beside what is looked at. Ours and the twin take turns; where the time
goes is told by the CPU time that each process took meanwhile.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from time import perf_counter, process_time
from typing import Any

import httpx

from coaching_events.ids import StreamId
from eventlog.clock import wall_now
from eventlog.kafka_out import Topic, ensure_topics
from goals.app import composition as goals
from notifications.app import composition as notifications
from service_kit.local_issuer import LocalIssuer
from tests.benchmarks import bare_path, seen
from tests.benchmarks.databases import Databases, databases
from tests.benchmarks.findings import Latency
from tests.benchmarks.in_process import in_process
from tests.benchmarks.measure import Effort, Servers
from tests.benchmarks.pairs import Pair, introduce
from tests.benchmarks.processes import Started, settings_of, started
from tests.benchmarks.sight import Sight
from tests.benchmarks.topics import PARTITIONS, fresh_topic

PAIRS = [Pair(number) for number in range(200)]
WANTED = {3: (10.0, 20.0), 200: (6.0, 25.0)}
"""Milliseconds within which half of them and 99 in a hundred must have become a row, by commands a second."""
LOOKED_FOR = 20
"""Rows a second that are looked for, at most."""
TURNS = 3
"""How often ours and the twin are measured in turn at each rate."""
PATIENCE = 120.0
"""Seconds after the last request within which every row must have come."""


@dataclass
class Path:
    """Processes behind an address, and the rows that they make. Times are in seconds, of all turns together."""

    http: httpx.AsyncClient
    headers: Mapping[Pair, Mapping[str, str]]
    sight: Sight
    processes: Mapping[str, int]
    taken: list[float] = field(default_factory=list[float], init=False)
    answered: list[float] = field(default_factory=list[float], init=False)
    spent: dict[str, float] = field(default_factory=dict[str, float], init=False)
    sent: int = field(default=0, init=False)

    def forget(self) -> None:
        """Begin anew, at another rate."""
        self.taken, self.answered, self.spent, self.sent = [], [], {}, 0
        self.sight.looks.clear()

    async def at(self, rate: int, seconds: int) -> None:
        """So many promises a second, for so long, until all rows that are looked for have come."""
        before, every = self._so_far(), max(1, rate // LOOKED_FOR)
        watching = asyncio.create_task(self.sight.watch())
        async with asyncio.timeout(seconds + PATIENCE), asyncio.TaskGroup() as requests:
            start = perf_counter() + 0.1
            for number in range(rate * seconds):
                planned = start + number / rate
                await asyncio.sleep(max(0.0, planned - perf_counter()))
                requests.create_task(self._promise(PAIRS[number % len(PAIRS)], planned, number % every == 0))
        watching.cancel()
        self.sent += rate * seconds
        for name, now in self._so_far().items():
            self.spent[name] = self.spent.get(name, 0.0) + now - before[name]

    async def _promise(self, pair: Pair, planned: float, look_for_it: bool) -> None:
        body = {"text": "I send you the draft", "due": {"at": (wall_now() + timedelta(days=9)).isoformat()}}
        path = f"/partnerships/{pair.id}/commitments"
        answer = await self.http.post(path, json=body, headers=self.headers[pair])
        self.answered.append(perf_counter() - planned)
        promise = StreamId(answer.raise_for_status().json()["id"])
        if look_for_it:
            self.taken.append(await self.sight.of(promise) - planned)

    def _so_far(self) -> Mapping[str, float]:
        return {"client": process_time()} | {name: seen.cpu_seconds(id) for name, id in self.processes.items()}

    @property
    def each(self) -> Mapping[str, float]:
        """Milliseconds of CPU of each process for a command."""
        return {name: seconds / self.sent * 1000 for name, seconds in self.spent.items()}


async def to_a_row(servers: Servers, effort: Effort) -> list[Latency]:
    """At each rate, after some seconds that warm up."""
    found: list[Latency] = []
    async with databases(servers.mongo_url) as made, _ours(servers, made) as ours, _twin(servers, made) as twin:
        for path in (ours, twin):
            await path.at(50, 2)
        for rate, seconds in effort.requests:
            for path in (ours, twin):
                path.forget()
            for turn in range(TURNS):
                for path in (ours, twin) if turn % 2 == 0 else (twin, ours):
                    await path.at(rate, seconds)
            found.append(_latency(rate, ours, twin))
    return found


def _latency(rate: int, ours: Path, twin: Path) -> Latency:
    answered, beside = median(ours.answered) * 1000, median(twin.answered) * 1000
    look = median(ours.sight.looks) * 1000
    return Latency(
        f"HTTP command to another service's row, {rate}/s", ours.taken,
        f"rows, answered p50 {answered:.1f} ms, the twin's {beside:.1f} ms, a look each {look:.1f} ms", ours.each,
        WANTED.get(rate), beside="bare path", twin=twin.taken, twin_spent=twin.each,
    )  # fmt: skip


@asynccontextmanager
async def _ours(servers: Servers, made: Databases) -> AsyncGenerator[Path]:
    """Goals serves, notifications works; both know the pairs."""
    issuer, prefix = LocalIssuer(), made.fresh()
    for composition in (goals, notifications):
        database = f"{prefix}_{composition.service.name}"
        made.made.append(database)
        service = await in_process(composition, made.client, database)
        await introduce(service.running.projections, PAIRS, issuer.issuer, wall_now() - timedelta(hours=1))
    rows = made.collection(f"{prefix}_{notifications.service.name}", f"rows_{notifications.service.rows}")
    headers = {pair: {"Authorization": f"Bearer {issuer.token(pair.login)}"} for pair in PAIRS}
    roles, settings = (("goals", "serve"), ("notifications", "work")), settings_of(servers, prefix, issuer)
    with started(roles, settings, servers.logs) as (serving, working):
        async with _path(servers, serving, working, headers, rows) as path:
            yield path


@asynccontextmanager
async def _twin(servers: Servers, made: Databases) -> AsyncGenerator[Path]:
    """What a good engineer writes by hand for the same."""
    topic, database = fresh_topic(), made.fresh()
    await ensure_topics(servers.kafka_url, [Topic(topic, PARTITIONS)])
    settings = settings_of(servers, database, LocalIssuer()) | {"TOPIC": topic}
    module = bare_path.__name__
    with started(((module, "serve"), (module, "work")), settings, servers.logs) as (serving, working):
        rows = made.collection(database, bare_path.ROWS)
        async with _path(servers, serving, working, {pair: {} for pair in PAIRS}, rows) as path:
            yield path


@asynccontextmanager
async def _path(
    servers: Servers, serving: Started, working: Started, headers: Mapping[Pair, Mapping[str, str]], rows: Any
) -> AsyncGenerator[Path]:
    """With a client of its own."""
    processes = {
        "serve": serving.id, "work": working.id, "Kafka": seen.listener(servers.kafka_url),
        "database": seen.listener(servers.mongo_url),
    }  # fmt: skip
    can_be_seen = {name: process for name, process in processes.items() if process is not None}
    async with httpx.AsyncClient(base_url=serving.url, limits=httpx.Limits(max_connections=50)) as http:
        yield Path(http, headers, Sight(rows), can_be_seen)
