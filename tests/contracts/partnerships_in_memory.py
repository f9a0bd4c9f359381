"""The partnerships service over a store in memory, with the example's roster."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from eventlog.commands import EventLog
from eventlog.consumers import Projections
from eventlog.outbox import OutboxRelay
from eventlog.service import ServiceContext
from eventlog.stores.memory import MemoryStore
from eventlog.timers import Deadlines
from partnerships.app import definition, service
from partnerships.roster.columns import RosterShape
from service_kit.authentication.keys import Keys
from service_kit.authentication.local_issuer import LocalIssuer
from service_kit.http.application import http_app
from service_kit.http.authentication import TokenVerifier
from tests.rules.partnerships.people import moment

EXAMPLES = Path(__file__).parents[2] / "examples"
ROSTER = (EXAMPLES / "roster.csv").read_text()
COLUMNS: dict[str, Any] = json.loads((EXAMPLES / "roster.columns.json").read_text())
SHAPE = RosterShape.model_validate(COLUMNS)
START = moment("2026-03-02T08:00Z")


class Nowhere:
    async def send(self, topic: str, key: str, value: bytes, record_headers: dict[str, str]) -> None: ...


@dataclass
class SetClock:
    at: datetime = START

    async def now(self) -> datetime:
        return self.at


@dataclass
class PartnershipsInMemory:
    """One process of the service. Tokens name people by their user names; ``hr`` is a system of the company."""

    clock: SetClock = field(default_factory=SetClock)
    store: MemoryStore = field(default_factory=MemoryStore)
    issuer: LocalIssuer = field(default_factory=LocalIssuer)
    log: EventLog = field(init=False)
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        projections = Projections("partnerships.projections", self.store, ())
        relay = OutboxRelay(service.name, service.writes, self.store, Nowhere())
        kinds = {aggregate.kind: aggregate for aggregate in service.aggregates}
        self.log = EventLog(service.name, self.store, relay, service.reference_source(self.store, projections), kinds)
        running = ServiceContext(service=service, log=self.log, projections=projections, store=self.store)
        access = TokenVerifier(self.issuer.issuer, self.issuer.audience, Keys(self.issuer.jwks()))
        self.app = http_app(running, self.clock, definition.people(running), access, definition.routers())

    def client(self, name: str, *scopes: str) -> AsyncClient:
        """A client that speaks for somebody."""
        bearer = self.issuer.token(name, scopes, timedelta(hours=1))
        return AsyncClient(
            transport=ASGITransport(self.app),
            base_url="http://partnerships",
            headers={"Authorization": f"Bearer {bearer}"},
        )

    def hr(self) -> AsyncClient:
        """The system that keeps the directory."""
        return self.client("hr-system", "hr.directory", "hr.identities")

    async def open(self) -> None:
        """Import the example's roster."""
        report = answered(await self._imported(), 200)
        assert report["registered"] == 27, report

    async def _imported(self) -> Response:
        async with self.hr() as hr:
            return await hr.post("/roster", json={"shape": COLUMNS, "csv": ROSTER})

    async def sweep(self, at: datetime) -> None:
        """Let the time come, and everything that is due by then."""
        self.clock.at = at
        while await Deadlines(self.log, self.clock).sweep():
            pass


def answered(answer: Response, status: int) -> Any:
    """The body of an answer with this status."""
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(answer: Response, status: int, type: str) -> Any:
    """The problem that a request got."""
    body = answered(answer, status)
    assert body["type"] == f"urn:tandem:problem:{type}", body
    return body
