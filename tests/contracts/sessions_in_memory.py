"""The sessions service over a store in memory: two partners ask it over HTTP, events come in, deadlines come."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from httpx import ASGITransport, AsyncClient
from pydantic import TypeAdapter

from coaching_events.envelope import Envelope, headers, source_of
from coaching_events.event import Event
from coaching_events.ids import StreamId, kind_of
from coaching_events.topics import SERVICE_OF_KIND
from coaching_readmodels import PartnershipReadModel, PersonReadModel, identity
from eventlog.commands import EventLog
from eventlog.consumers import Projections, Reactions
from eventlog.outbox import OutboxRelay
from eventlog.service import ServiceContext
from eventlog.stores import ReadModel
from eventlog.stores.documents import ReadModelWrite
from eventlog.stores.memory import MemoryPublisher, MemoryRecord, MemoryStore
from eventlog.timers import Deadlines
from service_kit.authentication.keys import Keys
from service_kit.authentication.local_issuer import LocalIssuer
from service_kit.http.application import http_app
from service_kit.http.authentication import TokenVerifier
from sessions.app import definition, service
from tests.rules.sessions.the_two import ANNA, BEN, CARLA, MONDAY, PAIR, pair
from tests.rules.the_pair import known_person

Json = dict[str, Any]


@cache
def one_issuer() -> LocalIssuer:
    """Making keys takes a while, so all tests here share them."""
    return LocalIssuer()


@dataclass
class Standing:
    """A clock that stands until it is put forward."""

    at: datetime = MONDAY

    async def now(self) -> datetime:
        return self.at


@dataclass
class Sessions:
    """The service, its clock, and what it has published."""

    clock: Standing = field(default_factory=Standing)
    store: MemoryStore = field(default_factory=MemoryStore)
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    issuer: LocalIssuer = field(default_factory=one_issuer)
    read: int = 0

    def __post_init__(self) -> None:
        projections = Projections("sessions.projections", self.store, service.projections)
        relay = OutboxRelay(service.name, service.writes, self.store, self.publisher)
        aggregates = {aggregate.kind: aggregate for aggregate in service.aggregates}
        source = service.reference_source(self.store, projections)
        self.log = EventLog(service.name, self.store, relay, source, aggregates)
        self.service_context = ServiceContext(service=service, log=self.log, projections=projections, store=self.store)
        self.reactions = Reactions(self.log, service.reactions, projections)
        self.deadlines = Deadlines(self.log, self.clock)
        people = definition.people(self.service_context)
        access = TokenVerifier(self.issuer.issuer, self.issuer.audience, Keys(self.issuer.jwks()))
        self.app = http_app(self.service_context, self.clock, people, access, list(definition.routers()))

    async def knows(self, stream: StreamId, kind: type[Any], value: Any, at: int = 2) -> None:
        """The read model of another service's stream, as it is now."""
        was = (await self.store.read_models([stream])).get(stream)
        row = ReadModel(stream, at, TypeAdapter(kind).dump_python(value, mode="json"))
        await self.store.write_read_models([ReadModelWrite(row, was)])

    async def knows_the_two(self, partnership: PartnershipReadModel | None = None) -> None:
        """Anna in Munich and Ben in New York are partners; Carla is somebody else."""
        for stream, name, zone in ((ANNA, "anna", "Europe/Berlin"), (BEN, "ben", "America/New_York")):
            await self.knows(stream, PersonReadModel, self._person(name, zone))
        await self.knows(CARLA, PersonReadModel, self._person("carla", "Europe/Berlin"))
        await self.knows(PAIR, PartnershipReadModel, partnership or pair())

    def _person(self, name: str, zone: str) -> PersonReadModel:
        return known_person(zone, identities=(identity(self.issuer.issuer, name),), display_name=name.title())

    def record(self, stream: StreamId, version: int, event: Event) -> MemoryRecord:
        """An event of another service, as it lies on its topic."""
        service_of_it = SERVICE_OF_KIND[kind_of(stream)]
        envelope = Envelope(
            stream=stream,
            version=version,
            type=event.type,
            source=source_of("tandem", service_of_it),
            at=self.clock.at,
            key=getattr(event, "partnership", stream),
        )
        sent = [(name, text.encode()) for name, text in headers(envelope).items()]
        return MemoryRecord(service_of_it, 0, version, event.model_dump_json(exclude_none=True).encode(), sent)

    async def hears(self, records: Sequence[MemoryRecord]) -> None:
        """Events arrive, and everything that follows from them follows."""
        await self.service_context.projections.take(records)
        await self.reactions.take(records)
        await self.settles()

    async def settles(self) -> None:
        """What this service said itself is heard until nothing new is said."""
        await self.log.relay.drain()
        if service.writes not in service.listens:
            return
        while self.read < len(said := self.said()):
            fresh, self.read = said[self.read :], len(said)
            await self.reactions.take(fresh)
            await self.log.relay.drain()

    async def comes(self, at: datetime) -> None:
        """The clock goes on to an instant. Every deadline on the way is handled at its moment."""
        await self.settles()
        while (due := await self.store.next_wake()) is not None and due <= at:
            self.clock.at = max(due, self.clock.at)
            await self.deadlines.sweep()
            await self.settles()
        self.clock.at = at

    def said(self) -> list[MemoryRecord]:
        """All records on the topic of the service."""
        return self.publisher.topics.get(service.writes, [])

    def client(self, name: str) -> AsyncClient:
        bearer = self.issuer.token(name, (), timedelta(hours=1))
        transport = ASGITransport(self.app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {bearer}"}
        return AsyncClient(transport=transport, base_url="http://sessions", headers=headers)

    async def ask(self, name: str, method: str, path: str, body: Json | None = None, status: int = 200) -> Any:
        """Ask as somebody, and expect this status."""
        async with self.client(name) as client:
            answer = await client.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        await self.settles()
        return answer.json() if answer.content else None

    async def does(self, name: str, path: str, body: Json | None = None, status: int = 200) -> Any:
        """A command of somebody."""
        return await self.ask(name, "POST", path, {} if body is None else body, status)

    async def sees(self, name: str, path: str, status: int = 200) -> Any:
        """What somebody reads."""
        return await self.ask(name, "GET", path, None, status)

    async def agreed(self, start: datetime, **more: Any) -> str:
        """Anna offers a session, Ben accepts it: its path."""
        body = {"start": start.isoformat(), "minutes": 60, **more}
        made = await self.does("anna", f"/partnerships/{PAIR}/sessions", body, 201)
        await self.does("ben", f"/sessions/{made['id']}/accept")
        return f"/sessions/{made['id']}"
