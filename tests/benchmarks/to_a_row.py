"""From an HTTP command of goals to the row of notifications: two processes of the suite on the real clock.

How it is measured: requests are sent at a steady rate whatever becomes of the ones before. The time of each begins at
the instant at which it was to be sent, and ends when its row is seen in notifications' database. This process looks for
all rows that are awaited at once, a millisecond after it got its last answer: what it sees is late by one look at most.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import httpx

from coaching_events.ids import StreamId
from eventlog.clock import wall_now
from eventlog.mongo import MongoClient
from eventlog.positions import fresh_id
from eventlog.store import Store
from goals.app import composition as goals
from notifications.app import composition as notifications
from service_kit.local_issuer import LocalIssuer
from tests.benchmarks.findings import Latency
from tests.benchmarks.in_process import in_process
from tests.benchmarks.measure import Effort
from tests.benchmarks.pairs import Pair, introduce
from tests.benchmarks.processes import goals_and_notifications

PAIRS = [Pair(number) for number in range(200)]
LOOK_AGAIN = 0.001
"""Seconds between an answer and the next look."""
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
                there = await self.store.rows(self._awaited.keys())
                seen = perf_counter()
                self.looks.append(seen - began)
                for stream in there:
                    self._awaited.pop(stream).set_result(seen)


@dataclass(frozen=True, slots=True)
class Sender:
    """Makes promises over HTTP; ``headers`` are those of each pair, with its token."""

    http: httpx.AsyncClient
    headers: Mapping[Pair, Mapping[str, str]]
    sight: Sight

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
        promise = StreamId(answer.raise_for_status().json()["id"])
        return await self.sight.of(promise) - planned


async def to_a_row(kafka_url: str, mongo_url: str, folder: Path, effort: Effort) -> list[Latency]:
    """At each rate, after some seconds that warm up."""
    prefix, issuer = f"bench_{fresh_id()[:8]}", LocalIssuer()
    client = MongoClient(mongo_url)
    for composition in (goals, notifications):
        service = await in_process(composition, client, f"{prefix}_{composition.service.name}")
        await introduce(service.running.projections, PAIRS, issuer.issuer, wall_now() - timedelta(hours=1))
    rows = (await in_process(notifications, client, f"{prefix}_notifications")).running.store
    settings = {
        "KAFKA_URL": kafka_url, "MONGO_URL": mongo_url, "DATABASE_PREFIX": prefix, "TOKEN_ISSUER": issuer.issuer,
        "TOKEN_AUDIENCE": issuer.audience, "TOKEN_JWKS": issuer.jwks(), "CLOCK": "real", "TOPIC_PARTITIONS": "3",
    }  # fmt: skip
    headers = {pair: {"Authorization": f"Bearer {issuer.token(pair.login)}"} for pair in PAIRS}
    found: list[Latency] = []
    with goals_and_notifications(settings, folder) as url:
        async with httpx.AsyncClient(base_url=url, limits=httpx.Limits(max_connections=50)) as http:
            await Sender(http, headers, Sight(rows)).at(50, 2)
            for rate, seconds in effort.requests:
                sight = Sight(rows)
                taken = await Sender(http, headers, sight).at(rate, seconds)
                how = f"rows, a look each {(median(sight.looks) + LOOK_AGAIN) * 1000:.1f} ms"
                found.append(Latency(f"HTTP command to another service's row, {rate}/s", taken, how))
    for name in (goals.service.name, notifications.service.name):
        await client.drop(f"{prefix}_{name}")
    await client.close()
    return found
