"""Whatever is killed under load: nothing accepted is lost, nothing happens twice, and all of it is told in order."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from deploy.local import NotOurs, Server
from deploy.local.server import GivenByAddress
from tests.delivery.company import Company, Somebody, answered, instant, problem_of
from tests.delivery.ledger import check
from tests.delivery.load import Load, Pair, some_pairs

DUE = 20
"""Promises whose grace ends while something is being killed."""
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
async def pairs(company: Company) -> list[Pair]:
    return await some_pairs(company)


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
    if isinstance(server, GivenByAddress):
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
