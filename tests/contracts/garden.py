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
from eventlog.aggregate import Aggregate, Facts, Refused
from eventlog.clock import RealClock
from eventlog.decide import Current, EventLog
from eventlog.memory import MemoryStore
from eventlog.projection import Projections, RowFacts
from eventlog.relay import Relay
from eventlog.row import Projection
from eventlog.service import Running, Service
from partnerships.person.details import Zone
from service_kit.access import Access
from service_kit.answers import Accepted
from service_kit.app import http_app
from service_kit.asking import Asking
from service_kit.bodies import Body, LocalDate, Moment, ShortText, View, WholeNumber, Words, id_of
from service_kit.keys import Keys
from service_kit.local_issuer import LocalIssuer
from service_kit.paging import AskedPage, Page
from service_kit.patience import Patience
from service_kit.people import PersonSeen
from service_kit.places import Places

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


plants = Aggregate[Growing, Planted | Watered | Pruned, Facts](
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
    note: Words | None = None


class PlantView(View):
    id: StreamId
    name: str
    watered: int


def view(plant: Current[Growing]) -> PlantView:
    return PlantView(id=plant.stream, name=plant.state.name, watered=plant.state.watered)


routes = APIRouter(tags=["plants"])


@routes.post("/plants", status_code=201)
async def plant_one(body: Plant, ask: Asking) -> Accepted:
    return await ask.decide(
        plants, ask.new("plant"), lambda _, by, facts: [Planted(by=by, name=body.name, friend=body.friend)]
    )


@routes.post("/plants/{plant}/water")
async def water_it(plant: StreamId, ask: Asking) -> Accepted:
    return await ask.decide(plants, plant, lambda found, by, facts: water(found, by=by))


@routes.post("/plants/{plant}/look")
async def look_at_it(plant: StreamId, ask: Asking) -> Accepted:
    return await ask.decide(plants, plant, lambda found, by, facts: [])


@routes.post("/plants/{plant}/prune")
async def prune_it(plant: StreamId, ask: Asking) -> Accepted:
    return await ask.decide(plants, plant, lambda found, by, facts: [Pruned(by=by)], scope="hr.directory")


@routes.get("/plants/{plant}")
async def see_one(plant: StreamId, ask: Asking) -> PlantView:
    return view(await ask.current(plants, plant))


@routes.get("/plants")
async def see_mine(ask: Asking, page: AskedPage) -> Page[PlantView]:
    return await ask.page(plants, {"keeper": await ask.person()}, page, view)


@routes.get("/weather/{weather}")
async def see_weather(weather: StreamId, ask: Asking) -> int:
    return (await ask.fact(weather)).value["degrees"]


@routes.get("/broken")
async def broken(ask: Asking) -> int:
    raise RuntimeError("a word of somebody")


gate = APIRouter(default_response_class=HTMLResponse)


@gate.post("/gate/{token}")
async def open_the_gate(token: str) -> str:
    return "<p>It is open.</p>"


class Neighbours:
    """People of the garden: Anna, Ben and Cleo; Gus has gone."""

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
class Garden:
    """One process of the service, over a store in memory that another process may share."""

    store: MemoryStore = field(default_factory=MemoryStore)
    issuer: LocalIssuer = field(default_factory=LocalIssuer)
    places: Places = field(default_factory=Places)
    patience: Patience = field(default_factory=Patience)
    probes: bool = True
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        service = Service(
            name="garden",
            writes="coaching.garden.v1",
            listens=(),
            aggregates=(plants,),
            projections=(WEATHER,),
            facts=lambda _, projections: RowFacts(projections),
        )
        projections = Projections("garden.projections", self.store, service.projections)
        relay = Relay(service.name, service.writes, self.store, Nowhere())
        log = EventLog(service.name, self.store, relay, RowFacts(projections), {"plant": plants})
        running = Running(service=service, log=log, projections=projections, store=self.store)
        access = Access(self.issuer.issuer, self.issuer.audience, Keys(self.issuer.jwks()))
        self.app = http_app(
            running,
            RealClock(),
            Neighbours(),
            access,
            [routes],
            title="Garden",
            pages=[gate],
            checks={"places": self.places.check},
            places=self.places,
            patience=self.patience,
            probes=self.probes,
        )

    def client(self, name: str = "anna", *scopes: str, token: str | None = None) -> AsyncClient:
        """A client that speaks for somebody."""
        bearer = token or self.issuer.token(name, scopes, timedelta(hours=1))
        transport = ASGITransport(self.app, raise_app_exceptions=False)
        return AsyncClient(transport=transport, base_url="http://garden", headers={"Authorization": f"Bearer {bearer}"})


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
