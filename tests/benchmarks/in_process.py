"""A service over a real database inside this process, without a broker: for looking at what its requests do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from eventlog.clock import wall_now
from eventlog.decide import EventLog
from eventlog.memory import MemoryOutlet
from eventlog.mongo import MongoClient, MongoStore
from eventlog.projection import Projections
from eventlog.service import Running
from service_kit.access import Access
from service_kit.app import http_app
from service_kit.composition import Composition
from service_kit.keys import Keys
from service_kit.local_issuer import LocalIssuer
from tests.benchmarks.commands import SilentRelay


@dataclass
class StandingClock:
    """Domain time stands until it is put forward."""

    at: datetime

    async def now(self) -> datetime:
        """The instant where it stands."""
        return self.at


@dataclass(frozen=True, slots=True)
class InProcess:
    """The service, its clock, and who may ask it."""

    running: Running
    clock: StandingClock
    issuer: LocalIssuer
    composition: Composition[Any]

    def client(self, login: str, *scopes: str) -> httpx.AsyncClient:
        """A client that speaks for whoever has this login."""
        access = Access(self.issuer.issuer, self.issuer.audience, Keys(self.issuer.jwks()))
        people = self.composition.people(self.running)
        app = http_app(self.running, self.clock, people, access, self.composition.routers())
        token = self.issuer.token(login, scopes, lifetime=timedelta(hours=3))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://bench", headers={"Authorization": f"Bearer {token}"}
        )


async def in_process(composition: Composition[Any], client: MongoClient, database: str) -> InProcess:
    """The service over a database, its indexes made. What it writes is published nowhere."""
    service = composition.service
    store = MongoStore(client, database, topic=service.writes, rows=service.rows)
    await store.prepare(
        [(kind.kind, name) for kind in service.aggregates for name in kind.indexes],
        [(kind.kind, name) for kind in service.projections for name in kind.indexes],
    )
    projections = Projections(f"{service.name}.projections", store, service.projections)
    log = EventLog(
        service.name,
        store,
        SilentRelay(service.name, service.writes, store, MemoryOutlet()),
        service.facts(store, projections),
        {aggregate.kind: aggregate for aggregate in service.aggregates},
    )
    running = Running(service=service, log=log, projections=projections, store=store)
    return InProcess(running, StandingClock(wall_now()), LocalIssuer(), composition)
