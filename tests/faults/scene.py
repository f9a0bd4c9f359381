"""A suite under load that a drill may break, and the verdict on what it left behind."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
from pymongo import AsyncMongoClient

from coaching_events.ids import MalformedPosition, StreamId, parse
from deploy.local import BackingServices, Server
from deploy.local.ports import LOOPBACK
from eventlog.simulation import SimulatedClock
from eventlog.stores.mongo import MongoClient
from examples.quarter.suite import SERVICES
from service_kit.authentication.local_issuer import LocalIssuer
from tests.faults.drill_clock import DrillClock, RealDrillClock
from tests.faults.letterbox import Letterbox, mail_server
from tests.faults.load import Crowd, Doors, Unanswered
from tests.faults.load.couple import Couple
from tests.faults.load.people import settle_in
from tests.faults.oracle import Verdict, judge
from tests.faults.oracle.collect import collect
from tests.faults.oracle.evidence import Place
from tests.faults.process_pool import ProcessPool
from tests.faults.watching import Consuming, NotQuiet, Watcher

TUESDAY = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
"""Half past eight in Berlin, when everybody settles in."""
MORNING = timedelta(hours=24, minutes=25)
"""From then to the morning on which the load begins, before the first check-ins open."""
STEP = timedelta(minutes=25)
"""Deadlines so close together come at once when the time is put forward: less than what counts as an outage."""
PARTITIONS = 4
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """``speed``: seconds of the suite's time in one of the machine's. ``pace``: seconds between a couple's acts.

    ``aftermath`` is how long the suite's time goes on after the load, so that reminders leave. ``real``: its time is
    the machine's, and nobody moves it. ``small_disk``: broker and database keep their data on one that can be filled.
    ``test_commands``: the database server can be told to fail.
    """

    serves: int = 1
    workers: int = 2
    couples: int = 8
    speed: float = 120.0
    pace: float = 0.2
    keep_alive: bool = True
    aftermath: timedelta = timedelta(days=2)
    real: bool = False
    small_disk: bool = False
    test_commands: bool = False


@dataclass
class Scene:
    """What a drill has in its hands. It reports ``kills``, ``notes``, and ``shortcomings``: why it shows too little.

    ``stuck`` are streams that the drill keeps from being folded: what waits for them is no unrest. ``afterwards`` is
    what the drill does once the load is over and before everything comes to rest.
    """

    services: BackingServices
    disk: Path
    pool: ProcessPool
    crowd: Crowd
    couples: Sequence[Couple]
    drill_clock: DrillClock | RealDrillClock
    watcher: Watcher
    database: AsyncMongoClient[Json]
    prefix: str
    setting: Setting
    mails: list[str]
    rng: Random
    planted: set[Place]
    issuer: LocalIssuer
    stuck: set[StreamId]
    afterwards: list[Callable[[], Awaitable[None]]] = field(default_factory=list[Callable[[], Awaitable[None]]])
    kills: Counter[str] = field(default_factory=Counter[str])
    notes: list[str] = field(default_factory=list[str])
    shortcomings: list[str] = field(default_factory=list[str])
    away: set[str] = field(default_factory=set[str])
    partitions: int = PARTITIONS

    async def broken(self, server: Server, name: str, seconds: float) -> None:
        """Kill a backing service, and start it again on the same data after so many seconds."""
        self.away.add(name)
        self.kills[name] += 1
        try:
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(seconds)
        finally:
            await asyncio.to_thread(server.restart)
            self.away.discard(name)

    @asynccontextmanager
    async def under_load(self) -> AsyncGenerator[Consuming]:
        """Let everybody do what they do, and the time go on, for the length of the block; then all is ready again."""
        consuming = Consuming(self.watcher, lambda: not self.away)
        over = asyncio.Event()
        watching = [asyncio.create_task(self.drill_clock.run()), asyncio.create_task(consuming.go_on())]
        try:
            async with asyncio.TaskGroup() as group:
                for couple in self.couples:
                    group.create_task(self._lives(couple, over))
                try:
                    yield consuming
                finally:
                    over.set()
        finally:
            for task in watching:
                task.cancel()
        await self.pool.all_ready()

    async def rests(self) -> Sequence[str]:
        """Wait for silence, do what comes afterwards, and let the time go on to the end of the aftermath.

        What kept it from that.
        """
        try:
            await self.watcher.quiet(lambda: self.drill_clock.at)
            while self.afterwards:
                await self.afterwards.pop()()
            if not self.setting.real:
                await self.goes_on_until(self.drill_clock.at + self.setting.aftermath)
        except NotQuiet as busy:
            return [str(busy)]
        return []

    async def goes_on_until(self, end: datetime) -> None:
        """Put the time forward from deadline to deadline, with silence in between; raises NotQuiet."""
        while self.drill_clock.at < end:
            upcoming = await self.watcher.next_wake() or end
            await self.drill_clock.set(min(end, max(upcoming, self.drill_clock.at) + STEP))
            await self.watcher.quiet(lambda: self.drill_clock.at)

    async def verdict(self) -> Verdict:
        """Gather all there is, and judge it."""
        return judge(
            await collect(
                self.services.kafka_url,
                self.database,
                self.prefix,
                now=self.drill_clock.at,
                answers=self.crowd.answers,
                planted=frozenset(self.planted),
                mails=self.mails,
                is_real_time=self.setting.real,
                numbers=self.watcher.rows,
                sealed=self.crowd.sealed,
            )
        )

    async def _lives(self, couple: Couple, over: asyncio.Event) -> None:
        while not over.is_set():
            try:
                await couple.act()
            except Unanswered as nobody:
                self.crowd.strange.append(str(nobody))
                return
            await asyncio.sleep(self.setting.pace * couple.rng.uniform(0.5, 1.5))


def backing(folder: Path) -> Path:
    """Where broker and database keep their data, of a drill that has this folder."""
    return folder / "backing-services"


@asynccontextmanager
async def scene(services: BackingServices, folder: Path, seed: int, setting: Setting) -> AsyncGenerator[Scene]:
    """A suite of its own with everybody settled in, on the morning on which the load begins."""
    issuer, prefix, letterbox = LocalIssuer(), f"drill_{seed}", Letterbox()
    stuck: set[StreamId] = set()
    async with AsyncExitStack() as closing:
        port = closing.enter_context(mail_server(letterbox))
        mongo = MongoClient(services.mongo_url)
        closing.push_async_callback(mongo.close)
        database = await closing.enter_async_context(AsyncMongoClient[Json](services.mongo_url, tz_aware=True))
        simulated = DrillClock(SimulatedClock(mongo, f"{prefix}_clock"), TUESDAY, setting.speed)
        drill_clock = RealDrillClock() if setting.real else simulated
        await drill_clock.set(TUESDAY)
        pool = ProcessPool(_told(services, issuer, prefix, port, real=setting.real), folder / "logs")
        closing.push_async_callback(pool.close)
        await pool.open(setting.serves, setting.workers)
        watcher = Watcher(services.kafka_url, database, prefix, _is_about(stuck))
        closing.push_async_callback(watcher.close)
        crowd = Crowd(await _doors(pool, setting, closing), Random(seed), seed)

        async def settled() -> None:
            await watcher.quiet(lambda: drill_clock.at)

        soon = timedelta(seconds=drill_clock.speed * 20)
        couples = await settle_in(crowd, issuer, setting.couples, settled, drill_clock.now, soon)
        prepared = Scene(
            services,
            backing(folder),
            pool,
            crowd,
            couples,
            drill_clock,
            watcher,
            database,
            prefix,
            setting,
            letterbox.ids,
            Random(f"drill {seed}"),
            set(),
            issuer,
            stuck,
        )
        if not setting.real:
            await prepared.goes_on_until(TUESDAY + MORNING)
        yield prepared


def _told(services: BackingServices, issuer: LocalIssuer, prefix: str, post: int, *, real: bool) -> Mapping[str, str]:
    return {
        "KAFKA_URL": services.kafka_url,
        "MONGO_URL": services.mongo_url,
        "DATABASE_PREFIX": prefix,
        "TOKEN_ISSUER": issuer.issuer,
        "TOKEN_AUDIENCE": issuer.audience,
        "TOKEN_JWKS": issuer.jwks(),
        "CLOCK": "real" if real else "simulated",
        "TOPIC_PARTITIONS": str(PARTITIONS),
        "SMTP_URL": f"smtp://{LOOPBACK}:{post}",
        "MAIL_FROM": "tandem@example.com",
        "LOG_FORMAT": "human",
        "ID_KEY": "the ids of a drill are no secret",
        "RATE_LIMIT": "1000",
        "RATE_BURST": "1000",
    }


async def _doors(pool: ProcessPool, setting: Setting, closing: AsyncExitStack) -> Doors:
    limits = httpx.Limits(max_keepalive_connections=20 if setting.keep_alive else 0)
    instances = {
        service: [
            await closing.enter_async_context(httpx.AsyncClient(base_url=member.url, timeout=30, limits=limits))
            for member in pool.of(service, "serve")
        ]
        for service in SERVICES
    }
    return Doors(instances)


def _is_about(stuck: set[StreamId]) -> Callable[[str], bool]:
    """Whether a dead letter is about a stream that only a drill speaks of, as its name says, or that it made stuck."""

    def is_planted(letter: str) -> bool:
        try:
            stream, _ = parse(letter.split("|")[1])
        except MalformedPosition:
            return True
        return "planted" in stream or stream in stuck

    return is_planted
