"""A service small enough to hold in one's head: plants that two people look after. For the tests of the HTTP kit."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from httpx import ASGITransport, AsyncClient, Response
from pydantic import Field, TypeAdapter

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.ids import PersonId, StreamId
from eventlog import Aggregate, Projection, ReferenceData, Refused
from eventlog.clock import RealClock
from eventlog.commands import CurrentState, EventLog
from eventlog.consumers import ProjectedReferenceSource, Projections
from eventlog.outbox import OutboxRelay
from eventlog.service import Service, ServiceContext
from eventlog.stores.memory import MemoryStore
from partnerships.person.details import Zone
from service_kit.authentication.keys import Keys
from service_kit.authentication.local_issuer import LocalIssuer
from service_kit.bodies import Body, LocalDate, LongText, Moment, ShortText, View, WholeNumber, id_of
from service_kit.http import Accepted, AskedPage, Context, Page
from service_kit.http.application import http_app
from service_kit.http.authentication import TokenVerifier
from service_kit.process import PersonSeen
from service_kit.server.limits import ClientLimits, RequestSlots

ANNA, BEN, CLEO = (PersonId(StreamId(f"person_{name}")) for name in ("anna", "ben", "cleo"))


class Planted(Event):
    type: ClassVar[str] = "planted"
    name: str
    friend: PersonId


class Watered(Event):
    type: ClassVar[str] = "watered"


class Pruned(Event):
    type: ClassVar[str] = "pruned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    name: str
    keeper: PersonId
    friend: PersonId
    watered: int = 0
    status: Literal["growing"] = "growing"


def evolve(plant: Growing | None, recorded: Recorded[Planted | Watered | Pruned]) -> Growing:
    match recorded.event:
        case Planted() as planted:
            return Growing(name=planted.name, keeper=PersonId(StreamId(planted.by)), friend=planted.friend)
        case Watered():
            assert plant is not None
            return replace(plant, watered=plant.watered + 1)
        case Pruned():
            assert plant is not None
            return plant


plants = Aggregate[Growing, Planted | Watered | Pruned, ReferenceData](
    kind="plant",
    states=TypeAdapter(Growing),
    events={"planted": Planted, "watered": Watered, "pruned": Pruned},
    evolve=evolve,
    key=lambda plant: plant.keeper,
    parties=lambda plant: (plant.keeper, plant.friend),
)


def water(plant: Growing | None, *, by: PersonId) -> list[Watered]:
    assert plant is not None
    if plant.watered == 3:
        raise Refused("wet-enough", "It has had enough water.", watered=plant.watered)
    return [Watered(by=by)]


class Plant(Body):
    name: ShortText
    friend: Annotated[PersonId, id_of("person")]
    pots: Annotated[WholeNumber, Field(ge=1, le=10)] = 1
    on: LocalDate | None = None
    at: Moment | None = None
    zone: Zone | None = None
    note: LongText | None = None


class PlantView(View):
    id: StreamId
    name: str
    watered: int


def view(plant: CurrentState[Growing]) -> PlantView:
    return PlantView(id=plant.stream, name=plant.state.name, watered=plant.state.watered)


routes = APIRouter(tags=["plants"])


@routes.post("/plants", status_code=201)
async def plant_one(body: Plant, context: Context) -> Accepted:
    return await context.create(plants, lambda by, reference_data: [Planted(by=by, name=body.name, friend=body.friend)])


@routes.post("/plants/{plant}/water")
async def water_it(plant: StreamId, context: Context) -> Accepted:
    return await context.change(plants, plant, lambda found, by, reference_data: water(found, by=by))


@routes.post("/plants/{plant}/look")
async def look_at_it(plant: StreamId, context: Context) -> Accepted:
    return await context.change(plants, plant, lambda found, by, reference_data: [])


@routes.post("/plants/{plant}/prune")
async def prune_it(plant: StreamId, context: Context) -> Accepted:
    return await context.change(plants, plant, lambda found, by, reference_data: [Pruned(by=by)], scope="hr.directory")


@routes.get("/plants/{plant}")
async def see_one(plant: StreamId, context: Context) -> PlantView:
    return view(await context.current(plants, plant))


@routes.get("/plants")
async def see_mine(context: Context, page: AskedPage) -> Page[PlantView]:
    return await context.page(plants, {"keeper": await context.person()}, page, view)


@routes.get("/weather/{weather}")
async def see_weather(weather: StreamId, context: Context) -> int:
    return (await context.read_model(WEATHER, weather))["degrees"]


@routes.get("/broken")
async def broken(context: Context) -> int:
    raise RuntimeError("a word of somebody")


gate = APIRouter(default_response_class=HTMLResponse)


@gate.post("/gate/{token}")
async def open_the_gate(token: str) -> str:
    return "<p>It is open.</p>"


class Neighbours:
    """People whom the service knows: Anna, Ben and Cleo; Gus has gone."""

    async def find(self, source: str, external_id: str, at: datetime) -> PersonSeen | None:
        known = {"anna": True, "ben": True, "cleo": True, "gus": False}
        if external_id not in known:
            return None
        return PersonSeen(PersonId(StreamId(f"person_{external_id}")), known[external_id])


class Nowhere:
    async def send(self, topic: str, key: str, value: bytes, record_headers: dict[str, str]) -> None: ...


def no_news(value: dict[str, int] | None, recorded: Recorded[Event]) -> dict[str, int] | None:
    return value


WEATHER = Projection[dict[str, int]](kind="weather", values=TypeAdapter(dict[str, int]), events={}, evolve=no_news)


@dataclass
class ToyHttpService:
    """One process of the service, over a store in memory that another process may share."""

    store: MemoryStore = field(default_factory=MemoryStore)
    issuer: LocalIssuer = field(default_factory=LocalIssuer)
    slots: RequestSlots = field(default_factory=RequestSlots)
    client_limits: ClientLimits = field(default_factory=ClientLimits)
    health: bool = True
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        service = Service(
            name="toy",
            writes="coaching.toy.v1",
            listens=(),
            aggregates=(plants,),
            projections=(WEATHER,),
            reference_source=lambda _, projections: ProjectedReferenceSource(projections),
        )
        projections = Projections("toy.projections", self.store, service.projections)
        relay = OutboxRelay(service.name, service.writes, self.store, Nowhere())
        log = EventLog(service.name, self.store, relay, ProjectedReferenceSource(projections), {"plant": plants})
        running = ServiceContext(service=service, log=log, projections=projections, store=self.store)
        access = TokenVerifier(self.issuer.issuer, self.issuer.audience, Keys(self.issuer.jwks()))
        self.app = http_app(
            running,
            RealClock(),
            Neighbours(),
            access,
            [routes],
            title="Toy",
            pages=[gate],
            checks={"slots": self.slots.check},
            slots=self.slots,
            client_limits=self.client_limits,
            health=self.health,
        )

    def client(self, name: str = "anna", *scopes: str, token: str | None = None) -> AsyncClient:
        """A client that speaks for somebody."""
        bearer = token or self.issuer.token(name, scopes, timedelta(hours=1))
        transport = ASGITransport(self.app, raise_app_exceptions=False)
        return AsyncClient(transport=transport, base_url="http://toy", headers={"Authorization": f"Bearer {bearer}"})


FIG: Mapping[str, Any] = {"name": "fig", "friend": BEN}


async def planted(client: AsyncClient) -> Response:
    """A fig that Anna keeps and Ben is a friend of."""
    answer = await client.post("/plants", json=dict(FIG))
    assert answer.status_code == 201, answer.text
    return answer


def problem(answer: Response) -> tuple[int, str]:
    """Status and type of a refusal, which has the shape of every refusal."""
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["detail"]
    return answer.status_code, body["type"].removeprefix("urn:tandem:problem:")
