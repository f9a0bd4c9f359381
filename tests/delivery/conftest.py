"""The suite of four services as processes, started once for all tests here; a failed test shows what they logged."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pymongo import AsyncMongoClient

from deploy.local import BackingServices
from deploy.local.ports import free_ports
from eventlog import fresh_id
from eventlog.simulation import SimulatedClock
from eventlog.stores.mongo import MongoClient
from examples.quarter.stage import Stage
from examples.quarter.suite import SERVICES, LocalSuite
from service_kit.authentication.local_issuer import LocalIssuer
from tests.delivery.company import LIFETIME, SECOND, Company, Json
from tests.delivery.toy_process import ToyWorker

MONDAY = datetime(2026, 2, 2, 8, tzinfo=UTC)
"""Nine o'clock in Berlin."""
LINES = 25
"""Shown of each process's log when a test fails: the last ones, and before them those that warn."""

QUIET = "route=/ops/idle status=200"
"""Asked all the time by who moves the clock, and never of interest."""

LOGS = pytest.StashKey[Path]()
BEFORE = pytest.StashKey[dict[str, int]]()


class Letterbox:
    """A mail server's side that keeps what it gets."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.letters.append(message_from_bytes(cast("bytes", envelope.content), policy=policy.default))
        return "250 OK"


@pytest.fixture(scope="session")
def letterbox() -> Generator[tuple[str, Letterbox]]:
    """The address of a real mail server on this machine, and what it has got."""
    (port,) = free_ports(1)
    box = Letterbox()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield f"smtp://127.0.0.1:{port}", box
    server.stop()


@pytest.fixture(scope="session")
async def company(
    services: BackingServices,
    letterbox: tuple[str, Letterbox],
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncGenerator[Company]:
    """Eight processes and a second `goals serve`, on a Monday morning of the simulated clock, without any people."""
    prefix = f"delivery_{fresh_id()[:8]}"
    # Rows that are built anew hear of everybody on the topics: those of an earlier run on this broker are not these.
    issuer = LocalIssuer(f"https://{prefix.replace('_', '-')}.tandem.local")
    logs = pytestconfig.stash[LOGS] = tmp_path_factory.mktemp("suite")
    settings = {
        "KAFKA_URL": services.kafka_url,
        "MONGO_URL": services.mongo_url,
        "TOKEN_ISSUER": issuer.issuer,
        "TOKEN_AUDIENCE": issuer.audience,
        "TOKEN_JWKS": issuer.jwks(),
        "CLOCK": "simulated",
        "DATABASE_PREFIX": prefix,
        "TOPIC_PARTITIONS": "3",
        "OPENING_SPREAD": "0",
        "ID_KEY": "the ids of a test are no secret",
        "RATE_LIMIT": "1000",
        "RATE_BURST": "1000",
        "SMTP_URL": letterbox[0],
        "MAIL_FROM": "tandem@example.com",
    }
    suite = LocalSuite(settings, logs)
    async with AsyncExitStack() as closing:
        mongo = MongoClient(services.mongo_url)
        closing.push_async_callback(mongo.close)
        database = await closing.enter_async_context(AsyncMongoClient[Json](services.mongo_url, tz_aware=True))
        clock = SimulatedClock(mongo, f"{prefix}_clock")
        await clock.set(MONDAY)
        closing.push_async_callback(asyncio.to_thread, suite.stop)
        await asyncio.to_thread(suite.start)
        suite.serving[SECOND] = suite.process("goals", "serve", free_ports(1)[0], {"MONGO_DRIVER": "pymongo"})
        await asyncio.to_thread(suite.serving[SECOND].start)
        clients = {
            name: await closing.enter_async_context(httpx.AsyncClient(base_url=address, timeout=30))
            for name, address in suite.addresses.items()
        }
        four = {name: clients[name] for name in SERVICES}
        stage = Stage(clock, four, issuer.token("operations", ["ops"], LIFETIME), MONDAY)
        await stage.set(MONDAY)
        await stage.settle()
        yield Company(services, suite, issuer, stage, prefix, clients, database, letterbox[1].letters)


@pytest.fixture
async def toys(services: BackingServices, tmp_path: Path) -> AsyncGenerator[ToyWorker]:
    """A worker of toys, not started; gone after the test."""
    worker = ToyWorker(services, tmp_path / "toys.log")
    yield worker
    if worker.process is not None and worker.process.returncode is None:
        worker.process.kill()
        await worker.process.wait()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    logs = item.config.stash.get(LOGS, None)
    item.stash[BEFORE] = {} if logs is None else {log.name: log.stat().st_size for log in logs.glob("*.log")}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    logs = item.config.stash.get(LOGS, None)
    if report.failed and logs is not None:
        for log in sorted(logs.glob("*.log")):
            told = _told_since(log, item.stash[BEFORE].get(log.name, 0))
            if told:
                report.sections.append((f"Log of {log.stem} during this test", told))
    return report


def _told_since(log: Path, size: int) -> str:
    with log.open("rb") as file:
        file.seek(size)
        lines = [line for line in file.read().decode(errors="replace").splitlines() if QUIET not in line]
    earlier = [line for line in lines[:-LINES] if "[info" not in line]
    return "\n".join([*earlier[-LINES:], *lines[-LINES:]])
