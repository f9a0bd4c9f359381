"""Dead letters over HTTP, for those who run the services: what they see, and what they can do about each."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from coaching_events.ids import StreamId
from eventlog.clock import RealClock
from eventlog.consumers import Projections
from eventlog.service import Service, ServiceContext
from eventlog.stores import ReadModel
from eventlog.stores.memory import MemoryPublisher, MemoryStore
from service_kit.authentication.keys import Keys
from service_kit.authentication.local_issuer import LocalIssuer
from service_kit.http.application import http_app
from service_kit.http.authentication import TokenVerifier
from tests.contracts import toys
from tests.contracts.store_samples import NOON, letter, seconds
from tests.contracts.toy_http_service import Neighbours, problem
from tests.contracts.toys import ANNA, BROKEN, TOPIC, TOYS, ToyMoved, command, move, path, record

TOY = StreamId("toy_a")
WORD = b'{"by": "person_anna", "to": "a word of somebody"}'


@dataclass
class Workshop:
    """A process that owns toys and follows them too; ``broken`` says whether a fix has not come yet."""

    broken: bool = True
    store: MemoryStore = field(default_factory=lambda: MemoryStore(TOPIC))
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    issuer: LocalIssuer = field(default_factory=LocalIssuer)
    projections: Projections = field(init=False)
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        rows = toys.toy_rows(self.broken)
        service = Service(
            name="toys",
            writes=TOPIC,
            listens=(TOPIC,),
            aggregates=(TOYS,),
            projections=(rows,),
            reference_source=lambda store, projections: toys.NoReferenceData(),
        )
        self.projections = Projections("toys.projections", self.store, [rows])
        self.log = toys.toy_log(self.store, self.publisher)
        running = ServiceContext(service=service, log=self.log, projections=self.projections, store=self.store)
        access = TokenVerifier(self.issuer.issuer, self.issuer.audience, Keys(self.issuer.jwks()))
        self.app = http_app(running, RealClock(), Neighbours(), access, [])

    def client(self, *scopes: str) -> AsyncClient:
        token = self.issuer.token("rosa", scopes or ("ops",), timedelta(hours=1))
        return AsyncClient(
            transport=ASGITransport(self.app), base_url="http://toys", headers={"Authorization": f"Bearer {token}"}
        )

    def mended(self) -> "Workshop":
        """The process that takes over, with a fix."""
        return Workshop(False, self.store, self.publisher, self.issuer)

    async def row(self) -> ReadModel:
        return (await self.store.read_models([TOY]))[TOY]


@pytest.fixture
async def workshop() -> Workshop:
    """Five moves of a toy of which the second cannot be folded."""
    workshop = Workshop()
    broken = record(TOY, 2, ToyMoved(by=ANNA, to=BROKEN))
    await workshop.projections.take([record(TOY, 1), broken, *(record(TOY, version) for version in (3, 4, 5))])
    return workshop


def at(version: int, what: str = "") -> str:
    return f"/ops/dead-letters/{quote(f'toys.projections|{TOY}@{version}', safe='')}{what}"


async def listed(client: AsyncClient, **query: Any) -> list[Any]:
    """All pages of two."""
    found: list[Any] = []
    while True:
        answer = await client.get("/ops/dead-letters", params={"limit": 2, **query})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        if page["next"] is None:
            return found
        query["after"] = page["next"]


async def test_they_are_listed_page_by_page_by_reason_and_handler(workshop: Workshop):
    await workshop.store.put_dead_letters([letter(9, handler="toys.reactions.follow", since=NOON - seconds(9))])
    async with workshop.client() as ops:
        every = await listed(ops)
        assert [each["version"] for each in every] == [9, 2, 3, 4, 5]
        assert [each["version"] for each in await listed(ops, reason="gap")] == [9, 3, 4, 5]
        assert [each["version"] for each in await listed(ops, handler="toys.projections", reason="failed")] == [2]
        assert every[0]["age"] > 3600
        assert every[1] | {"since": "", "next_try": ""} == {
            "id": f"toys.projections|{TOY}@2",
            "handler": "toys.projections",
            "reason": "failed",
            "type": "toy-moved",
            "position": f"{TOY}@2",
            "stream": TOY,
            "version": 2,
            "error": "RuntimeError",
            "tries": 1,
            "age": 0,
            "bytes": len(record(TOY, 2, ToyMoved(by=ANNA, to=BROKEN)).value or b""),
            "since": "",
            "next_try": "",
        }
        for wrong in ({"reason": "whatever"}, {"after": "nonsense"}, {"after": "YWZ0ZXI6bm93aGVyZQ"}):
            assert (await ops.get("/ops/dead-letters", params=wrong)).status_code in (400, 422)


async def test_what_a_letter_carries_is_shown_by_its_length_alone(workshop: Workshop):
    odd = StreamId("toy_with/many?strange%signs#")
    unreadable = record(odd, 1, value=WORD, changed={"ce_id": b"?"})
    await workshop.projections.take([record(odd, 1, value=WORD), unreadable])
    async with workshop.client() as ops:
        by_stream = {each["stream"]: each for each in await listed(ops, reason="undecodable")}
        assert [by_stream[stream]["position"] for stream in (odd, None)] == [f"{odd}@1", None]
        for each in by_stream.values():
            shown = await ops.get(f"/ops/dead-letters/{quote(each['id'], safe='')}")
            assert shown.status_code == 200, shown.text
            assert "word" not in shown.text
            assert (shown.json()["bytes"], shown.json()["headers"]["ce_source"]) == (len(WORD), "/toys")


async def test_a_letter_is_replayed_after_a_fix_and_not_before(workshop: Workshop):
    async with workshop.client() as ops:
        refused = await ops.post(at(2, "/replay"))
        assert problem(refused) == (409, "cannot-be-done")
        assert "RuntimeError" in refused.json()["detail"]
        assert (await ops.get(at(2))).json()["tries"] == 2
        assert (await workshop.row()).at == 1
    async with workshop.mended().client() as ops:
        assert (await ops.post(at(2, "/replay"))).json()["done"].endswith("is at 5.")
        assert await workshop.row() == ReadModel(TOY, 5, {"path": [100, BROKEN, 300, 400, 500]})
        assert await listed(ops) == []
        assert problem(await ops.post(at(2, "/replay"))) == (404, "not-found")


async def test_a_letter_is_discarded_by_the_one_who_asks_and_every_rebuild_does_the_same(workshop: Workshop):
    async with workshop.client() as ops:
        assert problem(await ops.post(at(4, "/discard"), json={"why": "not yet its turn"})) == (409, "cannot-be-done")
        for body in ({}, {"why": ""}, {"why": "I", "by": "somebody else"}):
            assert problem(await ops.post(at(2, "/discard"), json=body)) == (422, "invalid-request")
        assert (await ops.post(at(2, "/discard"), json={"why": "sent by mistake"})).status_code == 200
        assert await listed(ops) == []
    (decision,) = await workshop.store.discards([f"toys.projections|{TOY}@2"])
    assert (decision.by, decision.why) == ("rosa", "sent by mistake")
    assert await workshop.row() == ReadModel(TOY, 5, {"path": [100, 300, 400, 500]})

    rebuilt = MemoryStore()
    await rebuilt.discard(decision)
    again = [record(TOY, 1), record(TOY, 2, ToyMoved(by=ANNA, to=BROKEN)), *(record(TOY, at) for at in (3, 4, 5))]
    await Projections("toys.projections", rebuilt, [toys.toy_rows()]).take(again)
    assert (await rebuilt.read_models([TOY]))[TOY] == await workshop.row()


async def test_a_letter_of_ones_own_stream_is_sent_again_and_others_say_whom_to_ask(workshop: Workshop):
    await workshop.log.decide(TOYS, TOY, command("move"), move(100, 200))
    await workshop.log.relay.drain()
    kite = replace(letter(stream=StreamId("kite_1")), headers={"ce_source": "/kites"})
    await workshop.store.put_dead_letters([kite])
    async with workshop.client() as ops:
        assert "2 events" in (await ops.post(at(2, "/resend"))).json()["done"]
        refused = await ops.post(f"/ops/dead-letters/{quote(kite.id, safe='')}/resend")
        assert problem(refused) == (409, "others-stream")
        told = refused.json()
        assert (told["service"], told["command"]) == ("kites", "python -m kites resend kite_1")
        assert told["request"] == "POST /ops/streams/kite_1/resend"
    await workshop.projections.take(workshop.publisher.topics[TOPIC][2:])
    assert await workshop.row() == ReadModel(TOY, 5, path(5))
    await workshop.log.relay.drain()


async def test_a_stream_is_published_again_by_the_service_that_owns_it(workshop: Workshop):
    await workshop.log.decide(TOYS, TOY, command("move"), move(100, 200))
    await workshop.log.relay.drain()
    async with workshop.client() as ops:
        assert "2 events" in (await ops.post(f"/ops/streams/{TOY}/resend")).json()["done"]
        assert problem(await ops.post("/ops/streams/kite_1/resend")) == (404, "not-found")
    ids = [dict(each.headers)["ce_id"].decode() for each in workshop.publisher.topics[TOPIC]]
    assert ids == [f"{TOY}@1", f"{TOY}@2"] * 2
    await workshop.log.relay.drain()
