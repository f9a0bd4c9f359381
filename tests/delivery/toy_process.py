"""The worker of a small service of its own, as a process that may be spoilt."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from coaching_events.ids import StreamId
from deploy.local import BackingServices
from deploy.local.ports import free_ports
from eventlog import fresh_id
from eventlog.outbox import KafkaPublisher, kafka_broker
from service_kit.authentication.local_issuer import LocalIssuer
from tests.contracts.toys import record
from tests.delivery.company import Json, eventually

ROOT = Path(__file__).parents[2]
TOY = StreamId("toy_a")


@dataclass
class ToyWorker:
    """A worker of toys with a topic and a database of its own."""

    services: BackingServices
    log: Path
    topic: str = field(default_factory=lambda: f"toys.{fresh_id()}")
    port: int = field(default_factory=lambda: free_ports(1)[0])
    prefix: str = field(default_factory=lambda: f"t{fresh_id()[:8]}")
    process: Process | None = None

    async def start(self, mode: str = "work", **more: str) -> Process:
        """Start it with further settings; as ``serve`` it has no worker."""
        self.process = await self._run(mode, settings=more)
        return self.process

    async def stop(self) -> None:
        """Let it end in good order."""
        assert self.process is not None
        self.process.terminate()
        await self.process.wait()

    async def command(self, *arguments: str, **more: str) -> str:
        """What a command says that must succeed, beside the worker or without it."""
        process = await self._run(*arguments, settings=more, output=PIPE)
        told, _ = await process.communicate()
        assert process.returncode == 0, self.log.read_text()
        return told.decode()

    async def _run(self, *arguments: str, settings: Mapping[str, str], output: int | None = None) -> Process:
        issuer = LocalIssuer()
        all_settings = {
            "KAFKA_URL": self.services.kafka_url,
            "MONGO_URL": self.services.mongo_url,
            "TOKEN_ISSUER": issuer.issuer,
            "TOKEN_AUDIENCE": issuer.audience,
            "TOKEN_JWKS": issuer.jwks(),
            "HEALTH_PORT": str(self.port),
            "PORT": str(self.port),
            "DATABASE_PREFIX": self.prefix,
            "TOPIC_PARTITIONS": "1",
            "TOYS_TOPIC": self.topic,
            **settings,
        }
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.delivery.toy_service",
                *arguments,
                cwd=ROOT,
                env={**os.environ, **all_settings},
                stdout=output,
                stderr=log,
            )

    async def ready(self) -> Json | None:
        """What it says about being ready, once it answers; fails when it has ended."""
        assert self.process is not None
        assert self.process.returncode is None, self.log.read_text()
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"http://127.0.0.1:{self.port}/health/ready")).json()
        except httpx.TransportError:
            return None

    async def becomes(self, status: str, *waiting_for: str) -> Json:
        """Wait until it says so."""

        async def said() -> Json | None:
            told = await self.ready()
            return (
                told if told is not None and (told["status"], told["waiting_for"]) == (status, [*waiting_for]) else None
            )

        return await eventually(f"the worker is {status}", said, within=60)

    async def figure(self, name: str) -> float:
        """One figure of what it shows at /metrics."""
        async with httpx.AsyncClient() as client:
            lines = (await client.get(f"http://127.0.0.1:{self.port}/metrics")).text.splitlines()
        (figure,) = [float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")]
        return figure

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
                await KafkaPublisher(broker).send(self.topic, TOY, each.value or b"", told)
                await asyncio.sleep(0.1)
        finally:
            await broker.stop()
