"""Notifications over a store in memory: events of other services come in, deadlines come, and it is asked over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from httpx import ASGITransport, AsyncClient

from coaching_events.envelope import TYPE_PREFIX, Envelope, headers, source_of
from coaching_events.event import Event
from coaching_events.events.check_ins import CheckInMissed, CheckInOpened, CheckInsStarted, CheckInSubmitted
from coaching_events.events.commitment import CommitmentMade, CommitmentMissed, CommitmentRequested
from coaching_events.events.partnership import PartnershipFormed, PartnershipProposed
from coaching_events.events.person import PersonRegistered
from coaching_events.ids import CommitmentId, PartnershipId, PersonId, StreamId, kind_of, position
from coaching_events.topics import SERVICE_OF_KIND
from eventlog.commands import EventLog
from eventlog.consumers import Projections, Reactions
from eventlog.outbox import OutboxRelay
from eventlog.service import ServiceContext
from eventlog.stores.memory import MemoryPublisher, MemoryRecord, MemoryStore
from eventlog.timers import Deadlines
from notifications.app import definition, made_with
from notifications.channels.chat_channel import ChatChannel
from notifications.channels.mail_channel import MailChannel
from service_kit.authentication.keys import Keys
from service_kit.authentication.local_issuer import LocalIssuer
from service_kit.http.application import http_app
from service_kit.http.authentication import TokenVerifier
from tests.rules.notifications.a_week import ANNA, BEN, CARLA, WITH_BEN, WITH_CARLA, terms

__all__ = ["ANNA", "BEN", "CARLA", "WITH_BEN", "WITH_CARLA", "Notified"]

NAMES = {ANNA: "Anna", BEN: "Ben", CARLA: "Carla"}


@cache
def one_issuer() -> LocalIssuer:
    """Making keys takes a while, so all tests here share them."""
    return LocalIssuer()


@dataclass
class Standing:
    """A clock that stands until it is put forward."""

    at: datetime = datetime(2026, 1, 30, 16, tzinfo=UTC)

    async def now(self) -> datetime:
        return self.at


@dataclass
class Notified:
    """The service, the events it heard, and the clock."""

    post: MailChannel = field(default_factory=MailChannel)
    clock: Standing = field(default_factory=Standing)
    store: MemoryStore = field(default_factory=MemoryStore)
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    issuer: LocalIssuer = field(default_factory=one_issuer)
    versions: dict[StreamId, int] = field(default_factory=dict[StreamId, int])
    heard: dict[StreamId, list[MemoryRecord]] = field(default_factory=dict[StreamId, list[MemoryRecord]])
    read: int = 0
    chat: ChatChannel = field(default_factory=ChatChannel)

    def __post_init__(self) -> None:
        service = made_with(self.post, self.chat)
        projections = Projections("notifications.projections", self.store, service.projections)
        relay = OutboxRelay(service.name, service.writes, self.store, self.publisher)
        aggregates = {aggregate.kind: aggregate for aggregate in service.aggregates}
        log = EventLog(service.name, self.store, relay, service.reference_source(self.store, projections), aggregates)
        self.topic = service.writes
        self.service_context = ServiceContext(service=service, log=log, projections=projections, store=self.store)
        self.reactions = Reactions(log, service.reactions, projections)
        self.deadlines = Deadlines(log, self.clock)

    async def hears(self, stream: StreamId, *events: Event, at: datetime | None = None) -> None:
        """Events of another service arrive, and everything that follows from them follows."""
        records = [self._record(stream, event, at or self.clock.at) for event in events]
        self.heard.setdefault(stream, []).extend(records)
        await self.service_context.projections.take(records)
        await self.again(records)

    async def again(self, records: Sequence[MemoryRecord]) -> None:
        """Records come to the reactions, once more if they did before."""
        await self.reactions.take(records)
        await self.settles()

    async def settles(self) -> None:
        """What this service said itself is heard until nothing new is said."""
        await self.service_context.log.relay.drain()
        while (said := self.said()) and self.read < len(said):
            fresh, self.read = said[self.read :], len(said)
            await self.reactions.take(fresh)
            await self.service_context.log.relay.drain()

    async def comes(self, at: datetime) -> None:
        """The clock goes on to an instant; every deadline on the way is met at its moment."""
        while True:
            due = await self.store.next_wake()
            if due is None or due > at:
                break
            self.clock.at = max(due, self.clock.at)
            assert await self.deadlines.sweep()
            await self.settles()
        self.clock.at = at

    def said(self) -> list[MemoryRecord]:
        return self.publisher.topics.get(self.topic, [])

    def types(self, person: PersonId = ANNA) -> list[str]:
        """The types of all events about somebody that this service has published, each event once."""
        headers = [
            dict(record.headers) for record in self.said() if f'"person":"{person}"'.encode() in (record.value or b"")
        ]
        return list({told["ce_id"]: told["ce_type"].decode().removeprefix(TYPE_PREFIX) for told in headers}.values())

    async def dead_letters(self) -> list[str]:
        return [letter.error for letter in await self.store.dead_letters()]

    def client(self, name: str = "anna", *scopes: str) -> AsyncClient:
        access = TokenVerifier(self.issuer.issuer, self.issuer.audience, Keys(self.issuer.jwks()))
        app = http_app(
            self.service_context, self.clock, definition.people(self.service_context), access, definition.routers()
        )
        bearer = self.issuer.token(name, scopes, timedelta(hours=1))
        transport = ASGITransport(app, raise_app_exceptions=False)
        return AsyncClient(transport=transport, base_url="http://here", headers={"Authorization": f"Bearer {bearer}"})

    async def get(self, path: str, name: str = "anna", **query: Any) -> Any:
        async with self.client(name) as client:
            answer = await client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def knows_the_pairs(self, locale: str = "en") -> None:
        """Anna, her partners Ben and Carla, and two partnerships that formed long ago."""
        for person, name in NAMES.items():
            registered = PersonRegistered(
                by=person,
                display_name=name,
                email=f"{name.lower()}@example.com",
                zone="Europe/Berlin",
                locale=locale,
                source=self.issuer.issuer,
                external_id=name.lower(),
            )
            await self.hears(person, registered)
        for pair, other in ((WITH_BEN, BEN), (WITH_CARLA, CARLA)):
            await self.forms(pair, other)

    async def forms(self, pair: PartnershipId, other: PersonId, at: datetime | None = None) -> None:
        long_ago = at or self.clock.at - timedelta(days=90)
        proposed = PartnershipProposed(
            by=ANNA, partnership=pair, other=other, ordinal=1, terms=terms(), answer_by=long_ago
        )
        formed = PartnershipFormed(by=other, partnership=pair, people=(ANNA, other), terms=terms())
        records = [self._record(pair, proposed, long_ago), self._record(pair, formed, long_ago)]
        await self.service_context.projections.take(records)

    async def misses_a_promise(self, name: str = "report", pair: PartnershipId = WITH_BEN) -> StreamId:
        """Anna made a promise, and its grace has ended now."""
        promise, now = StreamId(f"commitment_{name}"), self.clock.at
        who = owned(pair)
        made = CommitmentMade(**who, text=f"the {name}", due=now, grace_end=now)
        await self.hears(promise, made, CommitmentMissed(**who, due=now, grace_end=now))
        return promise

    async def is_asked(self, name: str = "slides", pair: PartnershipId = WITH_BEN) -> StreamId:
        """Anna is asked for a promise."""
        promise, who = StreamId(f"commitment_{name}"), owned(pair)
        requested = CommitmentRequested(
            **who | {"by": who["partner"]},
            text=f"the {name}",
            due=self.clock.at + timedelta(days=9),
            answer_by=self.clock.at + timedelta(days=5),
        )
        await self.hears(promise, requested)
        return promise

    async def opens_a_check_in(self, pair: PartnershipId = WITH_BEN, day: date = date(2026, 2, 5)) -> StreamId:
        check_ins, who = StreamId(f"check-ins_{pair[-4:]}"), owned(pair)
        if check_ins not in self.versions:
            await self.hears(check_ins, CheckInsStarted(**who, zone="Europe/Berlin", based_on=position(pair, 2)))
        due = self.clock.at + timedelta(hours=30)
        await self.hears(check_ins, CheckInOpened(**who, occasion=day, due=due, grace_end=due + timedelta(hours=26)))
        return check_ins

    async def misses_a_check_in(self, pair: PartnershipId = WITH_BEN, day: date = date(2026, 2, 5)) -> None:
        now = self.clock.at
        missed = CheckInMissed(**owned(pair), occasion=day, due=now, grace_end=now)
        await self.hears(StreamId(f"check-ins_{pair[-4:]}"), missed)

    async def checks_in(self, *promises: StreamId, pair: PartnershipId = WITH_BEN) -> None:
        spoke = CheckInSubmitted(
            **owned(pair),
            occasion=date(2026, 2, 5),
            due=self.clock.at,
            late=False,
            commitments=tuple(CommitmentId(promise) for promise in promises),
        )
        await self.hears(StreamId(f"check-ins_{pair[-4:]}"), spoke)

    def _record(self, stream: StreamId, event: Event, at: datetime) -> MemoryRecord:
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        service = SERVICE_OF_KIND[kind_of(stream)]
        envelope = Envelope(
            stream=stream,
            version=version,
            type=event.type,
            source=source_of("tandem", service),
            at=at,
            key=getattr(event, "partnership", stream),
        )
        sent = [(name, text.encode()) for name, text in headers(envelope).items()]
        return MemoryRecord(service, 0, version, event.model_dump_json(exclude_none=True).encode(), sent)


def owned(pair: PartnershipId) -> dict[str, Any]:
    other = {WITH_BEN: BEN, WITH_CARLA: CARLA}[pair]
    return {"by": ANNA, "partnership": pair, "owner": ANNA, "partner": other}
