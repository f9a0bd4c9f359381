"""A worker whose consumer hangs ends by itself, with one line that says why, so that another can be started."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from coaching_events.ids import StreamId
from deploy.local import BackingServices
from deploy.local.ports import free_ports
from eventlog.kafka_out import KafkaOutlet, kafka_broker
from eventlog.positions import fresh_id
from service_kit.local_issuer import LocalIssuer
from tests.contracts.toys import record
from tests.delivery.company import eventually

ROOT = Path(__file__).parents[2]
TOY = StreamId("toy_a")


@dataclass
class Worker:
    """A worker of toys with a topic and a database of its own."""

    services: BackingServices
    log: Path
    topic: str = field(default_factory=lambda: f"toys.{fresh_id()}")
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: Process | None = None

    async def start(self, **more: str) -> Process:
        """Start it; it has caught up when this returns."""
        issuer = LocalIssuer()
        settings = {
            "KAFKA_URL": self.services.kafka_url, "MONGO_URL": self.services.mongo_url, "TOKEN_ISSUER": issuer.issuer,
            "TOKEN_AUDIENCE": issuer.audience, "TOKEN_JWKS": issuer.jwks(), "HEALTH_PORT": str(self.port),
            "DATABASE_PREFIX": f"t{fresh_id()[:8]}", "TOPIC_PARTITIONS": "1", "TOYS_TOPIC": self.topic, **more,
        }  # fmt: skip
        with self.log.open("ab") as log:
            self.process = process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.delivery.toy_service", "work",
                cwd=ROOT, env={**os.environ, **settings}, stderr=log,
            )  # fmt: skip

        async def ready() -> bool:
            assert process.returncode is None, self.log.read_text()
            try:
                async with httpx.AsyncClient() as client:
                    answer = await client.get(f"http://127.0.0.1:{self.port}/health/ready")
            except httpx.TransportError:
                return False
            return answer.status_code == 200

        await eventually("the worker is ready", ready, within=60)
        return process

    async def more_and_more(self) -> None:
        """Records on its topic, without end."""
        broker = kafka_broker(self.services.kafka_url, "toys")
        await broker.start()
        try:
            version = 0
            while True:
                version += 1
                each = record(TOY, version)
                told = {name: text.decode() for name, text in each.headers}
                await KafkaOutlet(broker).send(self.topic, TOY, each.value or b"", told)
                await asyncio.sleep(0.1)
        finally:
            await broker.stop()


@pytest.fixture
async def worker(services: BackingServices, tmp_path: Path) -> AsyncGenerator[Worker]:
    worker = Worker(services, tmp_path / "toys.log")
    yield worker
    if worker.process is not None and worker.process.returncode is None:
        worker.process.kill()
        await worker.process.wait()


async def test_a_worker_whose_consumer_hangs_ends_itself_and_says_why(worker: Worker):
    process = await worker.start(TOYS_HANG="1", WATCHDOG_SECONDS="2")
    sending = asyncio.create_task(worker.more_and_more())
    try:
        async with asyncio.timeout(60):
            assert await process.wait() == 1
    finally:
        sending.cancel()
    lines = worker.log.read_text().splitlines()
    (line,) = [line for line in lines if "[critical" in line]
    assert "part=watchdog" in line
    assert f"toys.projections.1 has stood at 0 of {worker.topic}-0 for" in line
    assert not [line for line in lines if "Traceback" in line or line.startswith("  File")]
