"""Check-ins from the forming of a partnership to what both read, over HTTP, with reactions and the sweep."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from pydantic import TypeAdapter

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.events.partnership import PartnershipEnded, PartnershipFormed, TermsAgreed
from coaching_events.events.person import AbsenceRecorded
from coaching_events.ids import StreamId, position
from coaching_readmodels import AbsenceReadModel, PartnershipReadModel, PersonReadModel, identity
from eventlog.commands import EventLog
from eventlog.consumers import Projections, Reaction
from eventlog.outbox import OutboxRelay
from eventlog.service import ServiceContext
from eventlog.stores import ReadModel
from eventlog.stores.documents import ReadModelWrite
from eventlog.stores.memory import MemoryStore
from eventlog.timers import Deadlines
from goals.app import definition, service
from goals.check_ins import check_ins_of
from goals.reactions import (
    when_absence_changed_then_wake_their_check_ins,
    when_partnership_changed_then_wake_its_check_ins,
    when_partnership_formed_then_start_check_ins,
)
from service_kit.authentication.keys import Keys
from service_kit.authentication.local_issuer import LocalIssuer
from service_kit.http.application import http_app
from service_kit.http.authentication import TokenVerifier
from tests.contracts.toy_http_service import Nowhere, problem
from tests.rules.goals.the_two_who_check_in import ANNA, BEN, MONDAY, PAIR, agreed, away, moment, pair
from tests.rules.the_pair import known_person

HERS = check_ins_of(PAIR, ANNA)
CLEO = StreamId("person_cleo")
FRIDAY = moment("2026-03-06T17:00+01:00")


@dataclass
class Standing:
    """A clock that stands until it is put forward."""

    at: datetime = MONDAY

    async def now(self) -> datetime:
        return self.at


@dataclass
class Goals:
    """The goals service over a store in memory."""

    clock: Standing = field(default_factory=Standing)
    store: MemoryStore = field(default_factory=MemoryStore)
    issuer: LocalIssuer = field(default_factory=LocalIssuer)

    def __post_init__(self) -> None:
        projections = Projections("goals.projections", self.store, service.projections)
        relay = OutboxRelay(service.name, service.writes, self.store, Nowhere())
        aggregates = {aggregate.kind: aggregate for aggregate in service.aggregates}
        self.log = EventLog(
            service.name, self.store, relay, service.reference_source(self.store, projections), aggregates
        )
        running = ServiceContext(service=service, log=self.log, projections=projections, store=self.store)
        access = TokenVerifier(self.issuer.issuer, self.issuer.audience, Keys(self.issuer.jwks()))
        self.app = http_app(running, self.clock, definition.people(running), access, list(definition.routers()))

    async def knows(self, stream: StreamId, kind: type[Any], value: Any, at: int = 2) -> None:
        """The row of another service's stream, as it is now."""
        was = (await self.store.read_models([stream])).get(stream)
        row = ReadModel(stream, at, TypeAdapter(kind).dump_python(value, mode="json"))
        await self.store.write_read_models([ReadModelWrite(row, was)])

    async def hears(self, reaction: Reaction, stream: StreamId, version: int, event: Event) -> None:
        """An event arrives that the service reacts to, now."""
        await reaction.react(Recorded(stream=stream, version=version, at=self.clock.at, event=event), self.log)

    async def until(self, at: datetime) -> None:
        """Every moment up to this one comes, and is handled when it comes."""
        while (due := await self.store.next_wake()) is not None and due <= at:
            self.clock.at = due
            await Deadlines(self.log, self.clock).sweep()
        self.clock.at = at

    def client(self, name: str) -> AsyncClient:
        bearer = self.issuer.token(name, (), timedelta(hours=1))
        transport = ASGITransport(self.app, raise_app_exceptions=False)
        return AsyncClient(transport=transport, base_url="http://goals", headers={"Authorization": f"Bearer {bearer}"})


def known_as(name: str, *absences: AbsenceReadModel, issuer: LocalIssuer) -> PersonReadModel:
    zone = "Europe/Berlin" if name == "anna" else "America/New_York"
    return known_person(zone, *absences, identities=(identity(issuer.issuer, name),))


@pytest.fixture
async def goals() -> Goals:
    """Anna and Ben have formed a partnership on the Monday; Cleo is somebody else."""
    goals = Goals()
    for stream, name in ((ANNA, "anna"), (BEN, "ben"), (CLEO, "cleo")):
        await goals.knows(stream, PersonReadModel, known_as(name, issuer=goals.issuer))
    await goals.knows(PAIR, PartnershipReadModel, pair())
    formed = PartnershipFormed(by=BEN, partnership=PAIR, people=(ANNA, BEN), terms=agreed())
    await goals.hears(when_partnership_formed_then_start_check_ins.reaction, PAIR, 2, formed)
    return goals


@pytest.fixture
async def anna(goals: Goals) -> AsyncGenerator[AsyncClient]:
    async with goals.client("anna") as client:
        yield client


async def promise(anna: AsyncClient) -> str:
    body: dict[str, Any] = {"text": "Send the notes", "due": {"on": "2026-03-10"}}
    answer = await anna.post(f"/partnerships/{PAIR}/commitments", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_both_partners_have_check_ins_once_the_partnership_has_formed(goals: Goals, anna: AsyncClient):
    both = (await anna.get(f"/partnerships/{PAIR}/check-ins")).json()
    assert [(each["owner"], each["current"]["status"], each["current"]["due"]) for each in both] == [
        (ANNA, "scheduled", "2026-03-05T14:00:00.000Z"),
        (BEN, "scheduled", "2026-03-05T20:00:00.000Z"),
    ]
    formed = PartnershipFormed(by=BEN, partnership=PAIR, people=(ANNA, BEN), terms=agreed())
    await goals.hears(when_partnership_formed_then_start_check_ins.reaction, PAIR, 2, formed)
    assert (await anna.get(f"/partnerships/{PAIR}/check-ins")).json() == both


async def test_what_one_writes_both_read_and_no_event_tells(goals: Goals, anna: AsyncClient):
    about = await promise(anna)
    await goals.until(moment("2026-03-05T10:00+01:00"))
    body = {"answers": {about: "On its way"}, "need": "Half an hour of yours"}
    answer = await anna.post(f"/check-ins/{HERS}/submit", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["events"][0]["data"]["commitments"] == [about]
    async with goals.client("ben") as ben:
        seen = (await ben.get(f"/check-ins/{HERS}")).json()["current"]
        history = await ben.get(f"/check-ins/{HERS}/history")
    assert (seen["status"], seen["submitted"]["answers"], seen["submitted"]["need"]) == (
        "submitted",
        body["answers"],
        body["need"],
    )
    assert [told["type"] for told in history.json()] == [
        "check-ins-started",
        "check-ins-scheduled",
        "check-in-opened",
        "check-in-submitted",
    ]
    assert "On its way" not in history.text
    assert "Half an hour" not in history.text


async def test_a_request_sent_twice_is_one_check_in(goals: Goals, anna: AsyncClient):
    await goals.until(moment("2026-03-05T10:00+01:00"))
    headers = {"Idempotency-Key": "mine"}
    first = await anna.post(f"/check-ins/{HERS}/submit", json={"need": "Time"}, headers=headers)
    again = await anna.post(f"/check-ins/{HERS}/submit", json={"need": "Time"}, headers=headers)
    assert first.json() == again.json()
    other = await anna.post(f"/check-ins/{HERS}/submit", json={"need": "Money"})
    assert problem(other) == (409, "already-checked-in")
    assert (await anna.get(f"/check-ins/{HERS}")).json()["current"]["submitted"]["need"] == "Time"


async def test_a_check_in_speaks_of_promises_of_the_pair_only(goals: Goals, anna: AsyncClient):
    await goals.until(moment("2026-03-05T10:00+01:00"))
    strange = await anna.post(f"/check-ins/{HERS}/submit", json={"speaks_of": ["commitment_nowhere"]})
    assert problem(strange) == (422, "not-a-promise-of-yours")
    wrong_kind = await anna.post(f"/check-ins/{HERS}/submit", json={"answers": {"person_ben": "Well"}})
    assert problem(wrong_kind) == (422, "invalid-request")


async def test_the_partner_reads_and_a_stranger_finds_nothing(goals: Goals):
    await goals.until(moment("2026-03-05T10:00+01:00"))
    async with goals.client("ben") as ben, goals.client("cleo") as cleo:
        assert problem(await ben.post(f"/check-ins/{HERS}/submit", json={"need": "Help"})) == (409, "not-your-check-in")
        for path in (f"/partnerships/{PAIR}/check-ins", f"/check-ins/{HERS}", f"/check-ins/{HERS}/history"):
            assert problem(await cleo.get(path)) == (404, "not-found")
        assert problem(await cleo.post(f"/check-ins/{HERS}/submit", json={"need": "Help"})) == (404, "not-found")


async def test_a_miss_is_put_right_by_an_absence_that_becomes_known_later(goals: Goals, anna: AsyncClient):
    await goals.until(FRIDAY)
    missed = (await anna.get(f"/check-ins/{HERS}")).json()["past"][0]
    assert (missed["occasion"], missed["status"]) == ("2026-03-05", "missed")
    goals.clock.at = moment("2026-03-09T08:00+01:00")
    absence = away("2026-03-05", "2026-03-05", known="2026-03-09T08:00+01:00")
    await goals.knows(ANNA, PersonReadModel, known_as("anna", absence, issuer=goals.issuer), at=3)
    heard = AbsenceRecorded(by=ANNA, first=date(2026, 3, 5), last=date(2026, 3, 5))
    for _ in range(2):
        await goals.hears(when_absence_changed_then_wake_their_check_ins.reaction, ANNA, 3, heard)
    seen = (await anna.get(f"/check-ins/{HERS}")).json()
    assert (seen["past"][0]["status"], seen["past"][0]["cause"]) == ("excused", "absence")
    assert [told["type"] for told in (await anna.get(f"/check-ins/{HERS}/history")).json()].count(
        "check-in-excused"
    ) == 1


async def test_new_terms_bring_the_next_check_in_forward(goals: Goals, anna: AsyncClient):
    goals.clock.at = moment("2026-03-02T12:00+01:00")
    await goals.knows(PAIR, PartnershipReadModel, pair(agreed("FREQ=DAILY", version=2), based_on=3), at=3)
    other = TermsAgreed(by=BEN, partnership=PAIR, terms=agreed("FREQ=DAILY", version=2))
    for _ in range(2):
        await goals.hears(when_partnership_changed_then_wake_its_check_ins.reaction, PAIR, 3, other)
    seen = (await anna.get(f"/check-ins/{HERS}")).json()
    assert (seen["current"]["occasion"], seen["current"]["terms"], seen["past"]) == ("2026-03-04", 2, [])


async def test_the_end_stops_both(goals: Goals, anna: AsyncClient):
    over = moment("2026-03-05T10:00+01:00")
    await goals.until(over)
    await goals.knows(PAIR, PartnershipReadModel, pair(ended_at=over), at=9)
    ended = PartnershipEnded(by=BEN, partnership=PAIR, cause="partner")
    await goals.hears(when_partnership_changed_then_wake_its_check_ins.reaction, PAIR, 9, ended)
    both = (await anna.get(f"/partnerships/{PAIR}/check-ins")).json()
    assert [(each["status"], each["current"], each["past"][0]["cause"]) for each in both] == [
        ("stopped", None, "ended"),
        ("stopped", None, "ended"),
    ]
    assert problem(await anna.post(f"/check-ins/{HERS}/submit", json={"need": "Help"})) == (409, "partnership-ended")
    assert position(HERS, 5) == both[0]["position"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"need": "\\ud800"}', 422),
        (b'{"occasion": "2026-02-30"}', 422),
        (b'{"occasion": 20260305}', 422),
        (b'{"occasion": "2026-03-06", "need": "Help"}', 409),
        (b'{"mood": "fine"}', 422),
        (b'{"answers": ["fine"]}', 422),
        (b'{"need": ""}', 422),
        (b'{"need": " \\u0085 "}', 422),
        (b"[]", 422),
        (b"{", 400),
    ],
)
async def test_what_cannot_be_a_check_in_is_refused(goals: Goals, anna: AsyncClient, body: bytes, status: int):
    await goals.until(moment("2026-03-05T10:00+01:00"))
    headers = {"Content-Type": "application/json"}
    answer = await anna.post(f"/check-ins/{HERS}/submit", content=body, headers=headers)
    assert problem(answer)[0] == status
    assert (await anna.get(f"/check-ins/{HERS}")).json()["current"]["submitted"] is None
