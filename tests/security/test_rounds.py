"""Somebody who asks and takes back in turn, or asks for everything at once: there is an end to it, and it is told."""

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from httpx import Response

from coaching_readmodels.asking_limits import ASKING, AskingSettings
from coaching_time import AskingLimits
from tests.contracts.toy_http_service import problem
from tests.interface.company_in_memory import CompanyInMemory, Json, answered, open_company

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
COLLEAGUES = [f"colleague-{number}" for number in range(11)]


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    async with open_company("anna", "ben") as company:
        yield company


async def asks(company: CompanyInMemory, name: str, service: str, path: str, body: Json | None = None) -> Response:
    """One request; what follows from it is heard by all, and a minute goes by."""
    answer = await company.ask(name, "POST", service, path, body or {})
    await company.suite.settles()
    company.suite.clock.at += MINUTE
    return answer


async def proposes(company: CompanyInMemory, name: str, other: str) -> Response:
    return await asks(company, name, "partnerships", "/partnerships", {"other": company.people[other]})


def until(refused: Response) -> datetime:
    return datetime.fromisoformat(refused.json()["facts"]["until"])


async def test_a_partnership_that_was_taken_back_is_proposed_again_a_day_later(company: CompanyInMemory) -> None:
    first = answered(await proposes(company, "anna", "ben"), 201)["id"]
    taken_back = company.suite.clock.at
    answered(await asks(company, "anna", "partnerships", f"/partnerships/{first}/withdraw"), 200)
    refused = await proposes(company, "anna", "ben")
    assert problem(refused) == (409, "withdrawn-lately")
    assert until(refused) == taken_back + DAY
    company.suite.clock.at = until(refused) - MINUTE
    assert problem(await proposes(company, "anna", "ben")) == (409, "withdrawn-lately")
    answered(await proposes(company, "anna", "ben"), 201)


async def test_who_was_asked_may_ask_meanwhile_and_so_may_others_be_asked(company: CompanyInMemory) -> None:
    await company.hire("carla")
    first = answered(await proposes(company, "anna", "ben"), 201)["id"]
    answered(await asks(company, "anna", "partnerships", f"/partnerships/{first}/withdraw"), 200)
    answered(await proposes(company, "anna", "carla"), 201)
    answered(await proposes(company, "ben", "anna"), 201)


async def test_ten_partnerships_may_be_proposed_at_once(company: CompanyInMemory) -> None:
    await company.hire(*COLLEAGUES)
    proposed = [answered(await proposes(company, "anna", other), 201)["id"] for other in COLLEAGUES[:10]]
    refused = await proposes(company, "anna", COLLEAGUES[10])
    assert problem(refused) == (409, "too-many-proposals-open")
    assert refused.json()["facts"] == {"open": 10, "most": 10}
    answered(await proposes(company, "ben", "anna"), 201)  # of theirs there are none
    answered(await asks(company, COLLEAGUES[0], "partnerships", f"/partnerships/{proposed[0]}/decline"), 200)
    answered(await proposes(company, "anna", COLLEAGUES[10]), 201)


async def test_five_sessions_may_wait_for_an_answer_of_a_partner(company: CompanyInMemory) -> None:
    pair = await company.pair("anna", "ben")
    offers = [await company.session("anna", pair, "2026-03-10T10:00:00Z") for _ in range(5)]
    refused = await asks(company, "anna", "sessions", f"/partnerships/{pair}/sessions", session())
    assert problem(refused) == (409, "too-many-sessions-open")
    assert refused.json()["facts"] == {"open": 5, "most": 5}
    answered(await asks(company, "ben", "sessions", f"/partnerships/{pair}/sessions", session()), 201)
    answered(await asks(company, "ben", "sessions", f"/sessions/{offers[0]}/accept"), 200)
    answered(await asks(company, "anna", "sessions", f"/partnerships/{pair}/sessions", session()), 201)


def session() -> Json:
    return {"start": "2026-03-10T11:00:00Z", "minutes": 30}


async def a_promise(company: CompanyInMemory, pair: str) -> str:
    return await company.promise("anna", pair, "The draft", "2026-03-20T10:00:00Z")


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
async def test_what_was_taken_back_five_times_is_asked_again_a_day_after_the_first(
    company: CompanyInMemory, what: str
) -> None:
    service, ask, body, take_back = ROUNDS[what]
    pair = await company.pair("anna", "ben")
    known: dict[str, Any] = {"pair": pair, "promise": await a_promise(company, pair)}
    times: list[datetime] = []
    for number in range(5):
        asked = await asks(company, "anna", service, ask.format(**known), body)
        assert asked.is_success, asked.text
        known |= {"id": asked.json()["id"], "version": number + 2}
        times.append(company.suite.clock.at)
        answered(await asks(company, "anna", service, take_back.format(**known)), 200)
    refused = await asks(company, "anna", service, ask.format(**known), body)
    assert problem(refused) == (409, "taken-back-too-often")
    assert until(refused) == times[0] + DAY
    assert refused.json()["facts"]["most"] == 5
    company.suite.clock.at = until(refused)
    assert (await asks(company, "anna", service, ask.format(**known), body)).is_success


@pytest.mark.parametrize("what", ["terms", "sessions", "requests"])
async def test_the_partner_may_ask_as_before(company: CompanyInMemory, what: str) -> None:
    service, ask, body, take_back = ROUNDS[what]
    pair = await company.pair("anna", "ben")
    for number in range(5):
        asked = await asks(company, "anna", service, ask.format(pair=pair), body)
        answered(
            await asks(
                company, "anna", service, take_back.format(pair=pair, id=asked.json()["id"], version=number + 2)
            ),
            200,
        )
    assert (await asks(company, "ben", service, ask.format(pair=pair), body)).is_success


async def test_the_limits_are_settings(company: CompanyInMemory, monkeypatch: pytest.MonkeyPatch) -> None:
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
    await company.hire("carla")
    first = answered(await proposes(company, "anna", "ben"), 201)["id"]
    assert problem(await proposes(company, "anna", "carla")) == (409, "too-many-proposals-open")
    answered(await asks(company, "anna", "partnerships", f"/partnerships/{first}/withdraw"), 200)
    company.suite.clock.at += half_an_hour
    answered(await proposes(company, "anna", "ben"), 201)
