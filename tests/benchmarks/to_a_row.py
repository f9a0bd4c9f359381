"""From an HTTP command of goals to the row of notifications: two processes of the suite on the real clock, and a twin.

How it is measured: requests are sent at a steady rate whatever becomes of the ones before. The time of each begins at
the instant at which it was to be sent, and ends when its row is seen in the database of whoever makes rows. Of many
requests only some rows are looked for, so that looking costs little beside what is looked at. Ours and the twin take
turns, each alone on the machine; where the time goes is told by the CPU time that each process took meanwhile.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from statistics import median
from time import perf_counter, process_time
from typing import Any

import httpx

from coaching_events.ids import StreamId
from eventlog import wall_now
from eventlog.outbox import Topic, ensure_topics
from goals.app import definition as goals
from notifications.app import definition as notifications
from service_kit.authentication.local_issuer import LocalIssuer
from tests.benchmarks import bare_path, seen
from tests.benchmarks.databases import Databases, databases
from tests.benchmarks.findings import Latency, Turn
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
"""Rows that are looked for, for each second: any of them, and the last."""
TURNS = 4
"""How often ours and the twin are measured in turn, if there are not fewer rounds."""
PATIENCE = 120.0
"""Seconds after the last request within which every row that is looked for must have come."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Processes behind an address, and the rows that they make in the end."""

    http: httpx.AsyncClient
    headers: Mapping[Pair, Mapping[str, str]]
    rows: Any
    processes: Mapping[str, int]

    async def at(self, rate: int, seconds: int) -> Turn:
        """So many promises a second, for so long, until all rows that are looked for have come."""
        count, sight = rate * seconds, Sight(self.rows)
        turn = Turn(looks=sight.looks)
        chosen = {*Random(rate).sample(range(count), min(count, LOOKED_FOR * seconds)), count - 1}
        before = self._so_far()
        async with asyncio.timeout(seconds + PATIENCE), asyncio.TaskGroup() as group:
            watching = group.create_task(sight.watch())
            async with asyncio.TaskGroup() as requests:
                start = perf_counter() + 0.1
                for number in range(count):
                    planned = start + number / rate
                    await asyncio.sleep(max(0.0, planned - perf_counter()))
                    looking = sight if number in chosen else None
                    requests.create_task(self._promise(PAIRS[number % len(PAIRS)], planned, turn, looking))
            watching.cancel()
        turn.spent = {name: (now - before[name]) / count for name, now in self._so_far().items()}
        return turn

    async def _promise(self, pair: Pair, planned: float, turn: Turn, sight: Sight | None) -> None:
        body = {"text": "I send you the draft", "due": {"at": (wall_now() + timedelta(days=9)).isoformat()}}
        address = f"/partnerships/{pair.id}/commitments"
        answer = await self.http.post(address, json=body, headers=self.headers[pair])
        turn.answered.append(perf_counter() - planned)
        promise = StreamId(answer.raise_for_status().json()["id"])
        if sight is not None:
            turn.taken.append(await sight.of(promise) - planned)

    def _so_far(self) -> Mapping[str, float]:
        return {"client": process_time()} | {name: seen.cpu_seconds(id) for name, id in self.processes.items()}


Side = Callable[[], AbstractAsyncContextManager[Pipeline]]


async def to_a_row(servers: Servers, effort: Effort) -> list[Latency]:
    """At each rate, after some seconds that warm up."""
    async with databases(servers.mongo_url) as made:
        sides: dict[str, Side] = {"ours": lambda: _ours(servers, made), "twin": lambda: _twin(servers, made)}
        turns: dict[tuple[str, int], list[Turn]] = {}
        for number in range(min(effort.rounds, TURNS)):
            for name in ("ours", "twin") if number % 2 == 0 else ("twin", "ours"):
                async with sides[name]() as pipeline:
                    await pipeline.at(50, 2)
                    for rate, seconds in effort.requests:
                        turns.setdefault((name, rate), []).append(await pipeline.at(rate, seconds))
    return [_latency(rate, turns["ours", rate], turns["twin", rate]) for rate, _ in effort.requests]


def _latency(rate: int, ours: list[Turn], twin: list[Turn]) -> Latency:
    answered, beside = (median(median(turn.answered) for turn in turns) * 1000 for turns in (ours, twin))
    look = median(each for turn in ours for each in turn.looks) * 1000
    how = f"in {len(ours)} turns, answered p50 {answered:.1f} ms, the twin {beside:.1f} ms, a look {look:.1f} ms"
    what = f"HTTP command to another service's row, {rate}/s"
    return Latency(what, ours, f"rows {how}", WANTED.get(rate), beside="bare path", twin=twin)


@asynccontextmanager
async def _ours(servers: Servers, made: Databases) -> AsyncGenerator[Pipeline]:
    """Goals serves, notifications works; both know the pairs."""
    issuer, prefix = LocalIssuer(), made.fresh()
    for definition in (goals, notifications):
        database = f"{prefix}_{definition.service.name}"
        made.made.append(database)
        service = await in_process(definition, made.client, database)
        await introduce(service.service_context.projections, PAIRS, issuer.issuer, wall_now() - timedelta(hours=1))
    rows = made.collection(
        f"{prefix}_{notifications.service.name}", f"read_models_{notifications.service.projection_version}"
    )
    headers = {pair: {"Authorization": f"Bearer {issuer.token(pair.login)}"} for pair in PAIRS}
    roles, settings = (("goals", "serve"), ("notifications", "work")), settings_of(servers, prefix, issuer)
    with started(roles, settings, servers.logs) as (serving, working):
        async with _pipeline(servers, serving, working, headers, rows) as pipeline:
            yield pipeline


@asynccontextmanager
async def _twin(servers: Servers, made: Databases) -> AsyncGenerator[Pipeline]:
    """What a good engineer writes by hand for the same."""
    topic, database = fresh_topic(), made.fresh()
    await ensure_topics(servers.kafka_url, [Topic(topic, PARTITIONS)])
    settings = settings_of(servers, database, LocalIssuer()) | {"TOPIC": topic}
    module = bare_path.__name__
    with started(((module, "serve"), (module, "work")), settings, servers.logs) as (serving, working):
        rows = made.collection(database, bare_path.ROWS)
        async with _pipeline(servers, serving, working, {pair: {} for pair in PAIRS}, rows) as pipeline:
            yield pipeline


@asynccontextmanager
async def _pipeline(
    servers: Servers, serving: Started, working: Started, headers: Mapping[Pair, Mapping[str, str]], rows: Any
) -> AsyncGenerator[Pipeline]:
    """With a client of its own."""
    processes = {
        "serve": serving.id,
        "work": working.id,
        "Kafka": seen.listener(servers.kafka_url),
        "database": seen.listener(servers.mongo_url),
    }
    can_be_seen = {name: process for name, process in processes.items() if process is not None}
    async with httpx.AsyncClient(base_url=serving.url, limits=httpx.Limits(max_connections=50)) as http:
        yield Pipeline(http, headers, rows, can_be_seen)
