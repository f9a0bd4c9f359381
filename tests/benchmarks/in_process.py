"""A service over a real database inside this process, without a broker: for looking at what its requests do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from eventlog import wall_now
from eventlog.commands import EventLog
from eventlog.consumers import Projections
from eventlog.service import ServiceContext
from eventlog.stores.memory import MemoryPublisher
from eventlog.stores.mongo import MongoClient, MongoStore
from service_kit.authentication.keys import Keys
from service_kit.authentication.local_issuer import LocalIssuer
from service_kit.http.application import http_app
from service_kit.http.authentication import TokenVerifier
from service_kit.process import ServiceDefinition
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

    service_context: ServiceContext
    clock: StandingClock
    issuer: LocalIssuer
    definition: ServiceDefinition[Any]

    def client(self, login: str, *scopes: str) -> httpx.AsyncClient:
        """A client that speaks for whoever has this login."""
        access = TokenVerifier(self.issuer.issuer, self.issuer.audience, Keys(self.issuer.jwks()))
        people = self.definition.people(self.service_context)
        app = http_app(self.service_context, self.clock, people, access, self.definition.routers())
        token = self.issuer.token(login, scopes, lifetime=timedelta(hours=3))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://bench", headers={"Authorization": f"Bearer {token}"}
        )


async def in_process(definition: ServiceDefinition[Any], client: MongoClient, database: str) -> InProcess:
    """The service over a database, its indexes made. What it writes is published nowhere."""
    service = definition.service
    store = MongoStore(client, database, topic=service.writes, projection_version=service.projection_version)
    await store.prepare(
        [(kind.kind, name) for kind in service.aggregates for name in kind.indexes],
        [(kind.kind, name) for kind in service.projections for name in kind.indexes],
    )
    projections = Projections(f"{service.name}.projections", store, service.projections)
    log = EventLog(
        service.name,
        store,
        SilentRelay(service.name, service.writes, store, MemoryPublisher()),
        service.reference_source(store, projections),
        {aggregate.kind: aggregate for aggregate in service.aggregates},
    )
    service_context = ServiceContext(service=service, log=log, projections=projections, store=store)
    return InProcess(service_context, StandingClock(wall_now()), LocalIssuer(), definition)
