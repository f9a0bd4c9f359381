"""Projections of the next number are built beside the old ones: killed, under load, and nobody reads anything wrong."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count

import httpx
import pytest

from deploy.local.ports import free_ports
from deploy.local.server import LocalServer
from eventlog.consumers import GroupOffsets
from tests.delivery.company import ROWS, Company, eventually
from tests.delivery.ledger import WITH_READ_MODELS, check
from tests.delivery.load import Load, Pair, some_pairs

NUMBERS = count(ROWS + 1)
"""Each test builds those of a number that nobody has built before: its group would not begin at the beginning."""
TO_START = 90.0
"""Seconds that a process has on a machine that does other things."""
NEWER = "goals of the next number"
"""Another `goals serve`, which reads rows of the next number."""


@dataclass
class Beside:
    """Processes of the next number, beside those of the suite."""

    company: Company
    number: int
    serving: LocalServer
    working: dict[str, LocalServer]

    @property
    def rows_of(self) -> Mapping[str, int]:
        """The services with rows of this number."""
        return dict.fromkeys(self.working, self.number)

    async def start(self, service: str) -> None:
        """A worker; its rows are built when this returns."""
        await asyncio.to_thread(self.working[service].start)
        await self._forget_poison(service)

    async def _forget_poison(self, service: str) -> None:
        """What other tests have put on the topics is met again; the suite is not quiet with it."""
        handler = f"{service}.projections.{self.number}"
        letters = self.company.database[f"{self.company.prefix}_{service}"]["dead_letters"]
        await letters.delete_many({"handler": handler})

    async def kill(self, service: str) -> None:
        """SIGKILL for a worker."""
        await asyncio.to_thread(self.working[service].kill)

    async def kill_while_it_builds(self, service: str) -> None:
        """SIGKILL as soon as there are rows."""
        starting = asyncio.create_task(self.start(service))

        async def begun() -> bool:
            return await self.company.rows(service, self.number).count_documents({}) > 0

        await eventually("there are rows of the next number", begun, within=TO_START)
        await self.kill(service)
        await asyncio.wait({starting})
        starting.exception()  # it may say that the process ended while it started

    async def has_read_everything(self) -> None:
        """Wait until the groups of the next number are at the ends of their topics."""
        for service in WITH_READ_MODELS:
            if service.name in self.working:
                group = f"{service.name}.projections.{self.number}"
                async with GroupOffsets(self.company.services.kafka_url, service.listens) as watch:
                    await eventually(f"{group} has read everything", partial(_has_read_everything, watch, group))

    async def stop(self) -> None:
        for server in (self.serving, *self.working.values()):
            await asyncio.to_thread(server.stop)


@pytest.fixture(scope="module")
async def pairs(company: Company) -> list[Pair]:
    return await some_pairs(company)


@pytest.fixture
async def beside(company: Company) -> AsyncGenerator[Beside]:
    number = next(NUMBERS)
    own = {"PROJECTION_VERSION": str(number), "INSTANCE_ID": "2"}
    ports = free_ports(3)
    working = {
        service: company.suite.process(service, "work", port, own)
        for service, port in zip(("goals", "notifications"), ports, strict=False)
    }
    serving = company.suite.process("goals", "serve", ports[-1], own)
    serving.wait = lambda url, check_alive: None  # for rows that are built later
    made = Beside(company, number, serving, working)
    yield made
    await made.stop()


async def test_old_records_that_fill_the_next_rows_move_nobody(company: Company, beside: Beside, pairs: list[Pair]):
    async with Load(company, pairs).under_way() as load:
        await load.grows()
    before, mails = await company.written(), len(company.mail)
    for service in beside.working:
        await beside.kill_while_it_builds(service)
        await beside.start(service)
    await company.stage.settle()
    await beside.has_read_everything()
    assert (await company.written(), len(company.mail)) == (before, mails)
    await check(company, rows_of=beside.rows_of)


async def test_the_next_rows_are_built_and_read_under_load_and_the_old_ones_go_on(
    company: Company, beside: Beside, pairs: list[Pair]
):
    async with Load(company, pairs).under_way() as load, httpx.AsyncClient(base_url=beside.serving.url) as newer:
        await asyncio.to_thread(beside.serving.start)
        await eventually("it says what it waits for", lambda: waits_for(newer, "read-models"), within=TO_START)
        for service in beside.working:
            await beside.kill_while_it_builds(service)
            await load.grows()
            await beside.start(service)
        await eventually("it reads rows of the next number", partial(is_ready, newer), within=TO_START)
        company.clients = {**company.clients, NEWER: newer}
        load.processes = ("goals", NEWER)
        await load.grows(by=40)
        await beside.kill("notifications")
        await load.grows()
        await beside.start("notifications")
        load.processes = ("goals",)
        await load.grows()
    assert not load.insist.again, "every command was answered at once, by either number"
    assert load.answered[NEWER]
    await beside.has_read_everything()
    await check(company, rows_of=beside.rows_of)

    async with Load(company, pairs).under_way() as back:
        await beside.stop()
        await back.grows()
    assert not back.insist.again
    await check(company)


async def _has_read_everything(watch: GroupOffsets, group: str) -> bool:
    done = await watch.committed(group)
    return all(done.get(partition, 0) >= end for partition, end in (await watch.ends()).items())


async def waits_for(client: httpx.AsyncClient, what: str) -> bool:
    """Whether this is all that a process is not ready for."""
    try:
        answer = await client.get("/health/ready")
    except httpx.TransportError:
        return False
    return answer.status_code == 503 and answer.json()["waiting_for"] == [what]


async def is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 200
