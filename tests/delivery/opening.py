"""Opens a company: the suite as processes, on a Monday morning of the simulated clock, without any people."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from pymongo import AsyncMongoClient

from deploy.local import BackingServices
from eventlog.simulation import SimulatedClock
from eventlog.stores.mongo import MongoClient
from examples.quarter.stage import Stage
from examples.quarter.suite import LocalSuite
from service_kit.authentication.local_issuer import LocalIssuer
from tests.delivery.company import LIFETIME, Company, Json, Letters

MONDAY = datetime(2026, 2, 2, 8, tzinfo=UTC)
"""Nine o'clock in Berlin."""


@asynccontextmanager
async def opened(
    services: BackingServices,
    issuer: LocalIssuer,
    prefix: str,
    logs: Path,
    own: Mapping[str, str],
    mail: Letters = (),
    *,
    together: bool = False,
    console: Mapping[str, str] | None = None,
    hired: int = 0,
) -> AsyncGenerator[Company]:
    """``own`` are settings of its services. ``together`` and ``console`` are those of LocalSuite."""
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
        **own,
    }
    suite = LocalSuite(settings, logs, together=together, console=console)
    async with AsyncExitStack() as closing:
        mongo = MongoClient(services.mongo_url)
        closing.push_async_callback(mongo.close)
        database = await closing.enter_async_context(AsyncMongoClient[Json](services.mongo_url, tz_aware=True))
        clock = SimulatedClock(mongo, f"{prefix}_clock")
        await clock.set(MONDAY)
        closing.push_async_callback(asyncio.to_thread, suite.stop)
        await asyncio.to_thread(suite.start)
        clients = {
            name: await closing.enter_async_context(httpx.AsyncClient(base_url=address, timeout=30))
            for name, address in suite.addresses.items()
        }
        stage = Stage(clock, dict(clients), issuer.token("operations", ["ops"], LIFETIME), MONDAY)
        await stage.set(MONDAY)
        await stage.settle()
        yield Company(services, suite, issuer, stage, prefix, clients, database, mail, hired)
