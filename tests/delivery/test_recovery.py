"""Whatever is killed under load: nothing accepted is lost, nothing happens twice, and all of it is told in order."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response

from deploy.local import NotOurs, Server
from eventlog.positions import fresh_id
from tests.delivery.company import (
    Company,
    Insistent,
    Somebody,
    answered,
    eventually,
    instant,
    problem_of,
)
from tests.delivery.ledger import check

PAIRS = 4
DUE = 20
"""Promises whose grace ends while something is being killed."""
PACE = 0.05
"""Seconds between two commands of one pair: a small load, so that other things are what is tested."""
MINUTE = timedelta(minutes=1)

Pair = tuple[Somebody, Somebody, str]


@dataclass
class Load:
    """Pairs that make promises and keep them, each command sent until it is accepted."""

    company: Company
    pairs: Sequence[Pair]
    insist: Insistent = field(default_factory=lambda: Insistent(within=60))
    accepted: list[str] = field(default_factory=list[str])
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def under_way(self) -> AsyncGenerator["Load"]:
        """Let them begin, and when the block ends finish what they are at; then all is quiet."""
        async with asyncio.TaskGroup() as group:
            for pair in self.pairs:
                group.create_task(self._go_on(*pair))
            await self.grows()
            yield self
            self._over.set()
        await self.company.stage.settle()

    async def grows(self, by: int = 2 * PAIRS) -> None:
        """Wait until some more commands are accepted."""
        wanted = len(self.accepted) + by

        async def more() -> bool:
            return len(self.accepted) >= wanted

        await eventually("more commands are accepted", more, within=60)

    async def _go_on(self, one: Somebody, other: Somebody, partnership: str) -> None:
        run = fresh_id()
        due = {"on": str(self.company.today() + timedelta(days=90))}
        number = 0
        while not self._over.is_set():
            number += 1
            who, text = (one, other)[number % 2], f"Promise {number}"
            path = f"/partnerships/{partnership}/commitments"
            made = await self._accepted(who, path, {"text": text, "due": due}, f"{run}-{number}")
            await asyncio.sleep(PACE)
            await self._accepted(who, f"/commitments/{made['id']}/keep", {}, f"{run}-{number}-kept")
            await asyncio.sleep(PACE)

    async def _accepted(self, who: Somebody, path: str, body: Any, key: str) -> Any:
        def send() -> Awaitable[Response]:
            return who.post("goals", path, body, key=key)

        answer = await self.insist(send)
        assert answer.status_code in (200, 201), answer.text
        told = answer.json()
        self.accepted += [each["position"] for each in told["events"]]
        return told


@pytest.fixture(scope="module")
async def pairs(company: Company) -> list[Pair]:
    people = await company.hire(*(f"r{number}" for number in range(2 * PAIRS)), mail=False)
    couples = list(zip(people[::2], people[1::2], strict=True))
    return [(one, other, await company.pair(one, other)) for one, other in couples]


@dataclass
class Falling:
    """Promises that nobody keeps, and the end of their grace."""

    promises: Sequence[str]
    owner: Somebody
    company: Company
    grace_end: Any

    async def fall_due(self) -> None:
        """Let the clock pass the end of their grace, without waiting for what follows."""
        await self.company.stage.set(self.grace_end + MINUTE)

    async def were_missed_once(self) -> None:
        """Each has exactly one miss, at the end of its grace."""
        for promise in self.promises:
            history = answered(await self.owner.get("goals", f"/commitments/{promise}/history"))
            assert [each["type"] for each in history] == ["commitment-made", "commitment-missed"]
            assert instant(history[-1]["at"]) == self.grace_end


@pytest.fixture
async def falling(company: Company, pairs: list[Pair]) -> Falling:
    """Made by one of them, with the clock a minute before their grace ends."""
    owner, _, partnership = pairs[0]
    body = {"text": "Nobody keeps it", "due": {"on": str(company.today() + timedelta(days=1))}}
    path = f"/partnerships/{partnership}/commitments"
    made = [answered(await owner.post("goals", path, body), 201)["id"] for _ in range(DUE)]
    grace_end = instant(answered(await owner.get("goals", f"/commitments/{made[0]}"))["grace_end"])
    await company.stage.settle()
    await company.stage.play_until(grace_end - MINUTE)
    await company.stage.settle()
    return Falling(made, owner, company, grace_end)


async def nothing_is_lost(load: Load, falling: Falling) -> None:
    """Topics, documents and rows agree, what was accepted is among it, and each deadline fired once."""
    told = await check(load.company)
    published = {envelope.position for each in told.values() for envelope, _ in each.events}
    assert len(load.accepted) == len(set(load.accepted)), "no answer was given for two commands"
    assert set(load.accepted) <= published
    await falling.were_missed_once()


def may_be_killed(server: Server) -> Callable[[], None]:
    """Its kill, unless somebody else runs it."""
    if "given" in type(server).__name__.lower():
        with pytest.raises(NotOurs) as why:
            server.kill()
        pytest.skip(str(why.value))
    return server.kill


async def test_a_killed_worker(company: Company, pairs: list[Pair], falling: Falling):
    async with Load(company, pairs).under_way() as load:
        await falling.fall_due()
        await company.kill_worker("goals")
        await load.grows()
        await company.restart_worker("goals")
        await load.grows()
    assert not load.insist.again, "who answers requests needs no worker"
    await nothing_is_lost(load, falling)


async def test_a_killed_process_that_answers(company: Company, pairs: list[Pair], falling: Falling):
    async with Load(company, pairs).under_way() as load:
        await falling.fall_due()
        await company.kill_serve("goals")
        await company.restart_serve("goals")
        await load.grows()
    assert load.insist.again, "some were cut off or found nobody"
    await nothing_is_lost(load, falling)


async def test_a_killed_broker(company: Company, pairs: list[Pair], falling: Falling):
    kill, kafka = may_be_killed(company.services.kafka), company.services.kafka
    async with Load(company, pairs).under_way() as load:
        try:
            await asyncio.to_thread(kill)
            await falling.fall_due()
            await load.grows(by=40)
            ready = await company.clients["goals"].get("/health/ready")
            assert ready.status_code == 200, "it goes on accepting"
        finally:
            await asyncio.to_thread(kafka.restart)
        await load.grows()
    assert not load.insist.again, "a broker that is away delays, it refuses nothing"
    await nothing_is_lost(load, falling)


async def test_a_killed_database(company: Company, pairs: list[Pair], falling: Falling):
    kill, mongo = may_be_killed(company.services.mongo), company.services.mongo
    one, _, partnership = pairs[0]
    async with Load(company, pairs).under_way() as load:
        await falling.fall_due()
        try:
            await asyncio.to_thread(kill)
            refused = await one.get("goals", f"/partnerships/{partnership}/commitments")
            assert problem_of(refused) == (503, "database-away")
            assert int(refused.headers["Retry-After"]) >= 1
            alive = await company.clients["goals"].get("/health/live")
            assert alive.status_code == 200
        finally:
            await asyncio.to_thread(mongo.restart)
        await load.grows()
    assert load.insist.again["database-away"]
    await nothing_is_lost(load, falling)
