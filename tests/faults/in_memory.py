"""The whole suite in one process over stores in memory: the real rules, routes, rows, reactions and deadlines."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from httpx import ASGITransport, AsyncClient

from coaching_events.ids import StreamId
from eventlog.commands import EventLog
from eventlog.consumers import Projections, Reactions
from eventlog.outbox import OutboxRelay
from eventlog.service import Service, ServiceContext
from eventlog.stores.memory import MemoryPublisher, MemoryStore
from eventlog.timers import Deadlines
from goals.app import definition as goals
from notifications.app import definition as notifications
from partnerships.app import definition as partnerships
from service_kit.authentication.keys import Keys
from service_kit.authentication.local_issuer import LocalIssuer
from service_kit.http.application import http_app
from service_kit.http.authentication import TokenVerifier
from service_kit.process import ServiceDefinition
from sessions.app import definition as sessions
from tests.faults.oracle.evidence import Answer, Document, Evidence, Letter, Record, Row, Written

DEFINITIONS: tuple[ServiceDefinition[Any], ...] = (partnerships, goals, sessions, notifications)


@dataclass
class Standing:
    """Domain time stands until it is put forward."""

    at: datetime

    async def now(self) -> datetime:
        """The instant where it stands."""
        return self.at


class OneService:
    """A service over its own store; what it says goes to topics that all share."""

    def __init__(
        self, definition: ServiceDefinition[Any], clock: Standing, publisher: MemoryPublisher, access: TokenVerifier
    ) -> None:
        self.service: Service = definition.service
        self.store = MemoryStore(self.service.writes)
        self.projections = Projections(f"{self.service.name}.projections", self.store, self.service.projections)
        relay = OutboxRelay(self.service.name, self.service.writes, self.store, publisher)
        kinds = {aggregate.kind: aggregate for aggregate in self.service.aggregates}
        reference_data = self.service.reference_source(self.store, self.projections)
        self.log = EventLog(self.service.name, self.store, relay, reference_data, kinds)
        self.reactions = Reactions(self.log, self.service.reactions, self.projections)
        self.deadlines = Deadlines(self.log, clock)
        running = ServiceContext(service=self.service, log=self.log, projections=self.projections, store=self.store)
        self.app = http_app(
            running,
            clock,
            definition.people(running),
            access,
            definition.routers(),
            problems=definition.problems,
            pages=definition.pages(),
        )
        self._outlet = publisher
        self._read = dict.fromkeys(self.service.listens, 0)

    async def moves(self) -> bool:
        """Publish, hear, react and see to what is due, once; whether there was anything to do."""
        await self.log.relay.drain()
        moved = False
        for topic, read in self._read.items():
            records = self._outlet.topics.get(topic, [])[read:]
            self._read[topic] = read + len(records)
            if records:
                await self.projections.take(records)
                await self.reactions.take(records)
                moved = True
        swept = await self.deadlines.sweep()
        await self.log.relay.drain()
        return moved or swept > 0


@dataclass
class SuiteInMemory:
    """All four, a clock that stands, and clients that ask them."""

    clock: Standing
    issuer: LocalIssuer = field(default_factory=LocalIssuer)
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    services: dict[str, OneService] = field(init=False)

    def __post_init__(self) -> None:
        access = TokenVerifier(self.issuer.issuer, self.issuer.audience, Keys(self.issuer.jwks()))
        self.services = {
            each.service.name: OneService(each, self.clock, self.publisher, access) for each in DEFINITIONS
        }

    def clients(self) -> dict[str, list[AsyncClient]]:
        """One instance of each service to ask."""
        return {
            name: [AsyncClient(transport=ASGITransport(each.app), base_url=f"http://{name}")]
            for name, each in self.services.items()
        }

    async def settles(self) -> None:
        """Until nobody has anything left to do now."""
        while any([await each.moves() for each in self.services.values()]):
            pass

    async def during(self, act: Awaitable[None]) -> None:
        """Let everybody go on with their work until an act is done: some wait for what other services hear."""
        acting = asyncio.ensure_future(act)
        while not acting.done():
            for each in self.services.values():
                await each.moves()
            await asyncio.sleep(0.001)
        await acting

    async def comes(self, moment: datetime, by: timedelta = timedelta(minutes=10)) -> None:
        """Put the clock forward in steps, each deadline met near its moment."""
        while self.clock.at < moment:
            wakes = [await each.store.next_wake() for each in self.services.values()]
            upcoming = [wake for wake in wakes if wake is not None]
            nearest = min([*upcoming, moment])
            self.clock.at = min(moment, max(nearest, self.clock.at + timedelta(seconds=1)) + by)
            await self.settles()

    async def evidence(self, answers: list[Answer], sealed: Sequence[str] = ()) -> Evidence:
        """Everything as it is now."""
        documents: list[Document] = []
        rows: list[Row] = []
        letters: list[Letter] = []
        for name, each in self.services.items():
            for aggregate in each.service.aggregates:
                found = await each.store.find(aggregate.kind, {}, limit=100_000)
                for document in found:
                    documents.append(await self._document(name, each, document.stream, document))
            for projection in each.service.projections:
                for row in await each.store.find_read_models(projection.kind, {}, limit=1_000_000):
                    rows.append(Row(service=name, stream=row.stream, at=row.at, value=row.value, waiting=row.gaps))
            for letter in await each.store.dead_letters():
                letters.append(Letter(service=name, id=letter.id, reason=letter.reason))
        return Evidence(
            now=self.clock.at,
            answers=tuple(answers),
            records=tuple(self._records()),
            documents=tuple(documents),
            rows=tuple(rows),
            letters=tuple(letters),
            sealed=tuple(sealed),
        )

    async def _document(self, name: str, each: OneService, stream: StreamId, document: Any) -> Document:
        history = tuple(
            Written(
                version=entry.version,
                type=entry.type,
                at=entry.at,
                command=entry.command,
                data=entry.data,
                cause=entry.cause,
            )
            for entry in await each.store.history(stream)
        )
        return Document(
            service=name,
            stream=stream,
            key=document.key,
            version=document.version,
            state=document.state,
            history=history,
            published={each.service.writes: document.published},
            wake_at=document.wake_at,
        )

    def _records(self) -> list[Record]:
        return [
            Record(
                topic=each.topic,
                partition=each.partition,
                offset=each.offset,
                value=each.value,
                key=dict(each.headers)["ce_partitionkey"],
                headers=tuple(each.headers),
            )
            for records in self.publisher.topics.values()
            for each in records
        ]
