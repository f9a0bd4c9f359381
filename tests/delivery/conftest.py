"""The suite of four services as processes, started once for all tests here; a failed test shows what they logged."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from deploy.local import BackingServices
from deploy.local.ports import free_ports
from eventlog import fresh_id
from service_kit.authentication.local_issuer import LocalIssuer
from tests.delivery.company import SECOND, Company
from tests.delivery.letterbox import Letterbox, letterbox
from tests.delivery.opening import opened
from tests.delivery.toy_process import ToyWorker
from tests.endings import ends_with_its_scope
from tests.process_logs import logs_in, pytest_runtest_makereport, pytest_runtest_setup

__all__ = ["letterbox", "pytest_runtest_makereport", "pytest_runtest_setup"]


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
    logs = logs_in(pytestconfig, tmp_path_factory.mktemp("suite"))
    settings = {"SMTP_URL": letterbox[0], "MAIL_FROM": "tandem@example.com"}
    async with opened(services, issuer, prefix, logs, settings, letterbox[1].letters) as company:
        ends_with_its_scope(pytestconfig, company.suite.stop)
        company.suite.serving[SECOND] = company.suite.process(
            "goals", "serve", free_ports(1)[0], {"MONGO_DRIVER": "pymongo"}
        )
        await asyncio.to_thread(company.suite.serving[SECOND].start)
        company.clients[SECOND] = httpx.AsyncClient(base_url=company.suite.addresses[SECOND], timeout=30)
        async with company.clients[SECOND]:
            yield company


@pytest.fixture
async def toys(services: BackingServices, tmp_path: Path) -> AsyncGenerator[ToyWorker]:
    """A worker of toys, not started; gone after the test."""
    worker = ToyWorker(services, tmp_path / "toys.log")
    yield worker
    if worker.process is not None and worker.process.returncode is None:
        worker.process.kill()
        await worker.process.wait()
