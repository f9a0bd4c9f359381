"""A service moves to a topic with more partitions, under load and though it is killed: all of it is there, in order."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from coaching_events.topics import TOPICS
from eventlog import fresh_id
from eventlog.consumers import GroupOffsets
from tests.delivery.company import FAR, SECOND, Company, answered, eventually
from tests.delivery.ledger import check
from tests.delivery.load import Load, Pair, some_pairs

PARTITIONS = 7
"""More than before, and no multiple of that."""
TO_START = 90.0
"""Seconds that a process has on a machine that does other things."""
EACH = 30
"""Promises of each pair that are there before the move."""


@dataclass(frozen=True)
class Move:
    """From goals' topic to another one, and back."""

    company: Company
    elsewhere: str = field(default_factory=lambda: f"coaching.goals.{fresh_id()[:8]}")

    @property
    def settings(self) -> Mapping[str, str]:
        return {"TOPICS": f"goals={self.elsewhere}:{PARTITIONS}"}

    @property
    def topics(self) -> Mapping[str, str]:
        return {**TOPICS, "goals": self.elsewhere}

    async def begin(self, settings: Mapping[str, str]) -> Process:
        """``python -m goals republish``."""
        environment = {**os.environ, **self.company.suite.environment, **settings}
        command = (sys.executable, "-m", "goals", "republish")
        return await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=PIPE)

    async def republish(self, settings: Mapping[str, str]) -> str:
        """The whole of it: the last line that it says."""
        process = await self.begin(settings)
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return out.decode().splitlines()[-1]

    async def published(self, promises: Sequence[str]) -> int:
        """How many of these the other topic has."""
        noted: dict[str, Any] = {f"published.{self.elsewhere.replace('.', '_')}": {"$exists": True}}
        return await self.company.documents("goals").count_documents(noted | {"_id": {"$in": promises}})

    async def partitions(self) -> int:
        """How many the other topic has."""
        async with GroupOffsets(self.company.services.kafka_url, [self.elsewhere]) as watch:
            return len(await watch.ends())


@pytest.fixture(scope="module")
async def pairs(company: Company) -> list[Pair]:
    return await some_pairs(company)


@pytest.fixture(scope="module")
async def promises(company: Company, pairs: list[Pair]) -> list[str]:
    """Many of them, that nobody touches afterwards."""
    body = {"text": "There before the move", "due": {"on": str(company.today() + FAR)}}
    ids: list[str] = []
    for _ in range(EACH // 10):
        made = [
            one.post("goals", f"/partnerships/{partnership}/commitments", body)
            for one, _, partnership in pairs
            for _ in range(10)
        ]
        ids += [answered(answer, 201)["id"] for answer in await asyncio.gather(*made)]
    await company.stage.settle()
    return ids


async def kill_in_the_middle(move: Move, promises: list[str]) -> None:
    """SIGKILL for a republish that has begun and is not through."""
    process = await move.begin(move.settings)

    async def begun() -> bool:
        assert process.returncode is None, b"".join(await process.communicate()).decode()
        return await move.published(promises) > 0

    await eventually("it has begun", begun, within=TO_START)
    process.kill()
    await process.wait()
    assert await move.published(promises) < len(promises), "killed too late to show anything"


async def replaced(company: Company, services: Sequence[str], settings: Mapping[str, str] | None = None) -> None:
    """Both processes of each of these, all at once."""
    both = [company.replace(service, role, settings) for service in services for role in ("work", "serve")]
    await asyncio.gather(*both)


async def test_old_records_on_another_topic_move_nobody(company: Company, promises: list[str]):
    move = Move(company)
    await kill_in_the_middle(move, promises)
    assert f"{move.elsewhere}: " in await move.republish(move.settings)
    assert await move.republish(move.settings) == f"{move.elsewhere}: 0 events sent, in 0 runs."

    await company.stage.play_until(company.stage.now + timedelta(days=2))
    await company.stage.settle()
    before, mails = await company.written(), len(company.mail)
    await replaced(company, ["notifications"], move.settings)
    await company.stage.settle()
    assert (await company.written(), len(company.mail)) == (before, mails)
    await replaced(company, ["notifications"])
    await company.stage.settle()
    assert (await company.written(), len(company.mail)) == (before, mails)


async def test_a_topic_with_more_partitions_is_filled_under_load(
    company: Company, pairs: list[Pair], promises: list[str]
):
    move = Move(company)
    async with Load(company, pairs, processes=("goals", SECOND)).under_way() as load:
        await company.replace(SECOND, "serve", move.settings)  # one writes there, the other where it always has
        await load.grows()
        await kill_in_the_middle(move, promises)
        await load.grows()
        for service in ("notifications", "sessions", "goals"):
            await replaced(company, [service], move.settings)
        await move.republish(move.settings)
        await load.grows()
    assert load.answered.keys() == {"goals", SECOND}
    told = await check(company, topics=move.topics)
    of_goals = [each for each in told.values() if each.topic == move.elsewhere]
    assert await move.partitions() == PARTITIONS
    assert set(load.accepted) <= {envelope.position for each in of_goals for envelope, _ in each.events}

    await asyncio.gather(
        replaced(company, ["notifications", "sessions", "goals"]),
        company.replace(SECOND, "serve", {"MONGO_DRIVER": "pymongo"}),
    )
    assert f"{TOPICS['goals']}: " in await move.republish({})
    await company.stage.settle()
    await check(company)
