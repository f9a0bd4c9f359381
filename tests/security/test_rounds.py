"""Somebody who asks and takes back in turn, or asks for everything at once: there is an end to it, and it is told."""

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from httpx import Response

from coaching_readmodels.asking_limits import ASKING, AskingSettings
from coaching_time import AskingLimits
from tests.contracts.garden import problem
from tests.interface.office import Json, Office, answered, open_office

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
COLLEAGUES = [f"colleague-{number}" for number in range(11)]


@pytest.fixture
async def office() -> AsyncGenerator[Office]:
    async with open_office("anna", "ben") as office:
        yield office


async def asks(office: Office, name: str, service: str, path: str, body: Json | None = None) -> Response:
    """One request; what follows from it is heard by all, and a minute goes by."""
    answer = await office.ask(name, "POST", service, path, body or {})
    await office.village.settles()
    office.village.clock.at += MINUTE
    return answer


async def proposes(office: Office, name: str, other: str) -> Response:
    return await asks(office, name, "partnerships", "/partnerships", {"other": office.people[other]})


def until(refused: Response) -> datetime:
    return datetime.fromisoformat(refused.json()["facts"]["until"])


async def test_a_partnership_that_was_taken_back_is_proposed_again_a_day_later(office: Office) -> None:
    first = answered(await proposes(office, "anna", "ben"), 201)["id"]
    taken_back = office.village.clock.at
    answered(await asks(office, "anna", "partnerships", f"/partnerships/{first}/withdraw"), 200)
    refused = await proposes(office, "anna", "ben")
    assert problem(refused) == (409, "withdrawn-lately")
    assert until(refused) == taken_back + DAY
    office.village.clock.at = until(refused) - MINUTE
    assert problem(await proposes(office, "anna", "ben")) == (409, "withdrawn-lately")
    answered(await proposes(office, "anna", "ben"), 201)


async def test_who_was_asked_may_ask_meanwhile_and_so_may_others_be_asked(office: Office) -> None:
    await office.hire("carla")
    first = answered(await proposes(office, "anna", "ben"), 201)["id"]
    answered(await asks(office, "anna", "partnerships", f"/partnerships/{first}/withdraw"), 200)
    answered(await proposes(office, "anna", "carla"), 201)
    answered(await proposes(office, "ben", "anna"), 201)


async def test_ten_partnerships_may_be_proposed_at_once(office: Office) -> None:
    await office.hire(*COLLEAGUES)
    proposed = [answered(await proposes(office, "anna", other), 201)["id"] for other in COLLEAGUES[:10]]
    refused = await proposes(office, "anna", COLLEAGUES[10])
    assert problem(refused) == (409, "too-many-proposals-open")
    assert refused.json()["facts"] == {"open": 10, "most": 10}
    answered(await proposes(office, "ben", "anna"), 201)  # of theirs there are none
    answered(await asks(office, COLLEAGUES[0], "partnerships", f"/partnerships/{proposed[0]}/decline"), 200)
    answered(await proposes(office, "anna", COLLEAGUES[10]), 201)


async def test_five_sessions_may_wait_for_an_answer_of_a_partner(office: Office) -> None:
    pair = await office.pair("anna", "ben")
    offers = [await office.session("anna", pair, "2026-03-10T10:00:00Z") for _ in range(5)]
    refused = await asks(office, "anna", "sessions", f"/partnerships/{pair}/sessions", session())
    assert problem(refused) == (409, "too-many-sessions-open")
    assert refused.json()["facts"] == {"open": 5, "most": 5}
    answered(await asks(office, "ben", "sessions", f"/partnerships/{pair}/sessions", session()), 201)
    answered(await asks(office, "ben", "sessions", f"/sessions/{offers[0]}/accept"), 200)
    answered(await asks(office, "anna", "sessions", f"/partnerships/{pair}/sessions", session()), 201)


def session() -> Json:
    return {"start": "2026-03-10T11:00:00Z", "minutes": 30}


async def a_promise(office: Office, pair: str) -> str:
    return await office.promise("anna", pair, "The draft", "2026-03-20T10:00:00Z")


ROUNDS: Mapping[str, tuple[str, str, Json, str]] = {
    "terms": (
        "partnerships",
        "/partnerships/{pair}/terms",
        {"terms": {"reminders": 3}},
        "/partnerships/{pair}/terms/{version}/withdraw",
    ),
    "sessions": ("sessions", "/partnerships/{pair}/sessions", session(), "/sessions/{id}/withdraw"),
    "requests": (
        "goals",
        "/partnerships/{pair}/requests",
        {"text": "The draft", "due": {"at": "2026-03-20T10:00:00Z"}},
        "/commitments/{id}/withdraw-request",
    ),
    "other dates": (
        "goals",
        "/commitments/{promise}/renegotiate",
        {"due": {"at": "2026-03-27T10:00:00Z"}},
        "/commitments/{promise}/withdraw",
    ),
    "releases": ("goals", "/commitments/{promise}/release", {}, "/commitments/{promise}/withdraw"),
}


@pytest.mark.parametrize("what", ROUNDS)
async def test_what_was_taken_back_five_times_is_asked_again_a_day_after_the_first(office: Office, what: str) -> None:
    service, ask, body, take_back = ROUNDS[what]
    pair = await office.pair("anna", "ben")
    known: dict[str, Any] = {"pair": pair, "promise": await a_promise(office, pair)}
    times: list[datetime] = []
    for number in range(5):
        asked = await asks(office, "anna", service, ask.format(**known), body)
        assert asked.is_success, asked.text
        known |= {"id": asked.json()["id"], "version": number + 2}
        times.append(office.village.clock.at)
        answered(await asks(office, "anna", service, take_back.format(**known)), 200)
    refused = await asks(office, "anna", service, ask.format(**known), body)
    assert problem(refused) == (409, "taken-back-too-often")
    assert until(refused) == times[0] + DAY
    assert refused.json()["facts"]["most"] == 5
    office.village.clock.at = until(refused)
    assert (await asks(office, "anna", service, ask.format(**known), body)).is_success


@pytest.mark.parametrize("what", ["terms", "sessions", "requests"])
async def test_the_partner_may_ask_as_before(office: Office, what: str) -> None:
    service, ask, body, take_back = ROUNDS[what]
    pair = await office.pair("anna", "ben")
    for number in range(5):
        asked = await asks(office, "anna", service, ask.format(pair=pair), body)
        answered(
            await asks(office, "anna", service, take_back.format(pair=pair, id=asked.json()["id"], version=number + 2)),
            200,
        )
    assert (await asks(office, "ben", service, ask.format(pair=pair), body)).is_success


async def test_the_limits_are_settings(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("KAFKA_URL", "127.0.0.1:9092"),
        ("MONGO_URL", "mongodb://127.0.0.1"),
        ("TOKEN_ISSUER", "https://login"),
        ("TOKEN_AUDIENCE", "tandem"),
        ("OPEN_PROPOSALS", "1"),
        ("OPEN_SESSIONS", "2"),
        ("OPEN_REQUESTS", "3"),
        ("ROUNDS_A_DAY", "4"),
        ("PROPOSE_AGAIN_HOURS", "0.5"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(ASKING, "limits", ASKING.limits)
    ASKING.use(AskingSettings.from_environment())
    half_an_hour = timedelta(minutes=30)
    assert ASKING.limits == AskingLimits(proposals=1, sessions=2, requests=3, rounds=4, after=half_an_hour)
    await office.hire("carla")
    first = answered(await proposes(office, "anna", "ben"), 201)["id"]
    assert problem(await proposes(office, "anna", "carla")) == (409, "too-many-proposals-open")
    answered(await asks(office, "anna", "partnerships", f"/partnerships/{first}/withdraw"), 200)
    office.village.clock.at += half_an_hour
    answered(await proposes(office, "anna", "ben"), 201)
