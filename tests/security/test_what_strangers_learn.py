"""``After`` tells nothing to people who are no party of what they name: neither by the answer nor by its time."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient, Response

from coaching_events.ids import StreamId, kind_of
from service_kit.http import conditional_requests as conditions
from tests.interface.company_in_memory import CompanyInMemory, open_company

WAIT_SECONDS = 0.2
"""Seconds, instead of two: how long a request waits for a row."""
INVENTED = "0" * 32


@pytest.fixture
async def company(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[CompanyInMemory]:
    """Anna and Ben are a pair. Carla is a colleague, and Dora is no longer active."""
    monkeypatch.setattr(conditions, "WAIT_SECONDS", WAIT_SECONDS)
    async with open_company("anna", "ben", "carla", "dora") as company:
        path = f"/people/{company.people['dora']}/deactivate"
        gone = await company.ask("hr", "POST", "partnerships", path, scopes=("hr.directory",))
        assert gone.is_success, gone.text
        await company.suite.settles()
        yield company


async def positions(company: CompanyInMemory) -> dict[str, str]:
    """One of each kind that other services tell of, between Anna and Ben."""
    pair = await company.pair("anna", "ben")
    promise = await company.promise("anna", pair, "Slides", "2026-03-10T10:00:00Z")
    session = await company.session("anna", pair, "2026-03-10T10:00:00Z")
    check_ins = (await company.get("anna", "goals", "/check-ins", owner="me"))["items"][0]["check_ins"]
    return {
        kind_of(StreamId(each)): f"{each}@1" for each in (pair, promise, session, check_ins, company.people["anna"])
    }


async def asked(
    company: CompanyInMemory, name: str, after: str, service: str = "notifications"
) -> tuple[Response, float]:
    """A request of somebody after a position, and the seconds until it was answered."""
    token = company.suite.issuer.token(name, lifetime=timedelta(hours=1))
    transport = ASGITransport(company.suite.services[service].app)
    async with AsyncClient(transport=transport, base_url="http://company") as client:
        begun = monotonic()
        headers = {"Authorization": f"Bearer {token}", "After": after}
        answer = await client.get("/inbox", headers=headers)
        return answer, monotonic() - begun


def told(answer: Response, position: str) -> tuple[int, Any]:
    """All that an answer says, without the id that was sent."""
    body = {name: text for name, text in answer.json().items() if name != "trace_id"}
    return answer.status_code, str(body).replace(position.partition("@")[0], "…")


async def test_a_position_of_others_is_answered_like_one_that_does_not_exist(company: CompanyInMemory):
    for kind, position in (await positions(company)).items():
        invented = f"{kind}_{INVENTED}@1"
        existing, took = await asked(company, "carla", position)
        missing, took_as_long = await asked(company, "carla", invented)
        assert told(existing, position) == told(missing, invented), kind
        assert existing.status_code == 503, kind
        assert min(took, took_as_long) >= WAIT_SECONDS, f"{kind}: the answer came before the time was over"


@pytest.mark.parametrize(("name", "problem"), [("dora", "inactive-person"), ("stranger", "unknown-person")])
async def test_without_an_active_person_no_position_is_looked_at(company: CompanyInMemory, name: str, problem: str):
    for kind, position in (await positions(company)).items():
        for asked_for in (position, f"{kind}_{INVENTED}@1"):
            answer, _ = await asked(company, name, asked_for)
            assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (403, problem)


async def test_a_partner_is_answered_when_the_row_is_there(company: CompanyInMemory):
    for kind, position in (await positions(company)).items():
        for name in ("anna", "ben") if kind != "person" else ("anna",):
            answer, _ = await asked(company, name, position)
            assert answer.status_code == 200, (kind, name)


async def test_a_token_of_a_system_waits_for_nothing(company: CompanyInMemory):
    for position in (await positions(company)).values():
        token = company.suite.issuer.token("hr", ("hr.directory",), timedelta(hours=1))
        transport = ASGITransport(company.suite.services["goals"].app)
        async with AsyncClient(transport=transport, base_url="http://company") as client:
            headers = {"Authorization": f"Bearer {token}", "After": position}
            answer = await client.get("/check-ins", headers=headers)
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (403, "missing-scope")
