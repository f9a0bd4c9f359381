"""From an HTTP command of goals to the row of notifications: two processes of the suite on the real clock.

How it is measured: requests are sent at a steady rate whatever becomes of the ones before. The time of each begins at
the instant at which it was to be sent, and ends when its row is seen in notifications' database. This process looks for
the oldest of those that are awaited, two milliseconds after it got its last answer: what it sees is late by one look at
most. Where the time goes is told by the CPU time that each process took meanwhile.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from statistics import median
from time import perf_counter, process_time

import httpx

from coaching_events.ids import StreamId
from eventlog.clock import wall_now
from eventlog.mongo import MongoStore
from eventlog.store import Store
from goals.app import composition as goals
from notifications.app import composition as notifications
from service_kit.local_issuer import LocalIssuer
from tests.benchmarks import seen
from tests.benchmarks.databases import Databases, databases
from tests.benchmarks.findings import Latency
from tests.benchmarks.in_process import in_process
from tests.benchmarks.measure import Effort, Servers
from tests.benchmarks.pairs import Pair, introduce
from tests.benchmarks.processes import settings_of, started

PAIRS = [Pair(number) for number in range(200)]
WANTED = {3: (10.0, 20.0), 200: (6.0, 25.0)}
"""Milliseconds within which half of them and 99 in a hundred must have become a row, by commands a second."""
LOOK_AGAIN = 0.002
"""Seconds between an answer and the next look."""
LOOK_FOR = 50
"""Rows that one look asks for: looking must cost little beside what is looked at."""
PATIENCE = 120.0
"""Seconds after the last request within which every row must have come."""


@dataclass
class Sight:
    """Sees rows come. ``looks`` has how long each look took, in seconds."""

    store: Store
    looks: list[float] = field(default_factory=list[float])
    _awaited: dict[StreamId, asyncio.Future[float]] = field(
        default_factory=dict[StreamId, asyncio.Future[float]], init=False
    )

    async def of(self, stream: StreamId) -> float:
        """The instant at which the row of this stream is seen, by ``perf_counter``."""
        self._awaited[stream] = asyncio.get_running_loop().create_future()
        return await self._awaited[stream]

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            if self._awaited:
                began = perf_counter()
                there = await self.store.rows(list(islice(self._awaited, LOOK_FOR)))
                seen = perf_counter()
                self.looks.append(seen - began)
                for stream in there:
                    self._awaited.pop(stream).set_result(seen)


@dataclass(frozen=True, slots=True)
class Sender:
    """Makes promises over HTTP; ``headers`` are those of each pair, with its token.

    ``answered`` has how many seconds each answer took, from the instant at which it was to be asked for.
    """

    http: httpx.AsyncClient
    headers: Mapping[Pair, Mapping[str, str]]
    sight: Sight
    answered: list[float] = field(default_factory=list[float])

    async def at(self, rate: int, seconds: int) -> list[float]:
        """So many promises a second, for so long: how many seconds each took to become a row."""
        watching = asyncio.create_task(self.sight.watch())
        sent: list[asyncio.Task[float]] = []
        async with asyncio.timeout(seconds + PATIENCE), asyncio.TaskGroup() as requests:
            start = perf_counter() + 0.1
            for number in range(rate * seconds):
                planned = start + number / rate
                await asyncio.sleep(max(0.0, planned - perf_counter()))
                sent.append(requests.create_task(self._promise(PAIRS[number % len(PAIRS)], planned)))
        watching.cancel()
        return [each.result() for each in sent]

    async def _promise(self, pair: Pair, planned: float) -> float:
        body = {"text": "I send you the draft", "due": {"at": (wall_now() + timedelta(days=9)).isoformat()}}
        path = f"/partnerships/{pair.id}/commitments"
        answer = await self.http.post(path, json=body, headers=self.headers[pair])
        self.answered.append(perf_counter() - planned)
        promise = StreamId(answer.raise_for_status().json()["id"])
        return await self.sight.of(promise) - planned


async def to_a_row(servers: Servers, effort: Effort) -> list[Latency]:
    """At each rate, after some seconds that warm up."""
    issuer, found = LocalIssuer(), list[Latency]()
    async with databases(servers.mongo_url) as made:
        prefix, rows = await _introduced(made, issuer)
        headers = {pair: {"Authorization": f"Bearer {issuer.token(pair.login)}"} for pair in PAIRS}
        roles = (("goals", "serve"), ("notifications", "work"))
        with started(roles, settings_of(servers, prefix, issuer), servers.logs) as (serving, working):
            others = {
                "goals serve": serving.id, "notifications work": working.id,
                "Kafka": seen.listener(servers.kafka_url), "database": seen.listener(servers.mongo_url),
            }  # fmt: skip
            spending = Spending({name: process for name, process in others.items() if process is not None})
            async with httpx.AsyncClient(base_url=serving.url, limits=httpx.Limits(max_connections=50)) as http:
                await Sender(http, headers, Sight(rows)).at(50, 2)
                for rate, seconds in effort.requests:
                    found.append(await _latency(Sender(http, headers, Sight(rows)), spending, rate, seconds))
    return found


async def _latency(sender: Sender, spending: "Spending", rate: int, seconds: int) -> Latency:
    before = spending.so_far()
    taken = await sender.at(rate, seconds)
    spent = spending.each_since(before, len(taken))
    answered, look = median(sender.answered) * 1000, (median(sender.sight.looks) + LOOK_AGAIN) * 1000
    how = f"rows, answered p50 {answered:.1f} ms, a look each {look:.1f} ms"
    return Latency(f"HTTP command to another service's row, {rate}/s", taken, how, spent, WANTED.get(rate))


async def _introduced(made: Databases, issuer: LocalIssuer) -> tuple[str, Store]:
    """Two services that know the pairs: what their databases' names begin with, and the rows of notifications."""
    prefix = made.fresh()
    for composition in (goals, notifications):
        database = f"{prefix}_{composition.service.name}"
        made.made.append(database)
        service = await in_process(composition, made.client, database)
        await introduce(service.running.projections, PAIRS, issuer.issuer, wall_now() - timedelta(hours=1))
    return prefix, MongoStore(made.client, f"{prefix}_{notifications.service.name}", rows=notifications.service.rows)


@dataclass(frozen=True, slots=True)
class Spending:
    """What CPU time each process takes: this one, which sends and looks, and those that can be seen from here."""

    others: Mapping[str, int]

    def so_far(self) -> Mapping[str, float]:
        """Seconds of each."""
        return {"client": process_time()} | {name: seen.cpu_seconds(id) for name, id in self.others.items()}

    def each_since(self, before: Mapping[str, float], times: int) -> Mapping[str, float]:
        """Milliseconds of each since then, for each of so many commands."""
        return {name: (spent - before[name]) / times * 1000 for name, spent in self.so_far().items()}
