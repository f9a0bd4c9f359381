"""A command that was refused is not done by a retry that comes late: for a day it gets the same answer."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient, Response

from tests.interface.company_in_memory import CompanyInMemory, open_company

KEY = {"Idempotency-Key": "a-key-of-annas-client"}


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    async with open_company("anna", "ben") as company:
        yield company


async def ask(company: CompanyInMemory, name: str, path: str, body: Any) -> Response:
    token = company.suite.issuer.token(name, (), timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}", **KEY}
    transport = ASGITransport(company.suite.services["partnerships"].app)
    async with AsyncClient(transport=transport, base_url="http://company", headers=headers) as client:
        return await client.post(path, json=body)


async def refused_once(company: CompanyInMemory) -> tuple[str, Response]:
    """Anna ends a pause that she has not and is refused; then she makes one."""
    pair = f"/partnerships/{await company.pair('anna', 'ben')}"
    answer = await ask(company, "anna", f"{pair}/resume", {})
    assert answer.status_code == 409
    await company.post("anna", "partnerships", f"{pair}/pause", {"last": "2026-03-20"})
    return pair, answer


async def is_paused(company: CompanyInMemory, pair: str) -> bool:
    return bool((await company.get("anna", "partnerships", pair))["pauses"])


async def test_a_late_retry_gets_the_refusal_again_and_does_nothing(company: CompanyInMemory):
    pair, first = await refused_once(company)
    again = await ask(company, "anna", f"{pair}/resume", {})
    assert again.status_code == 409
    told = {name: each for name, each in again.json().items() if name != "trace_id"}
    assert told == {name: each for name, each in first.json().items() if name != "trace_id"}
    assert await is_paused(company, pair)


async def test_the_same_want_under_a_new_key_is_decided_anew(company: CompanyInMemory):
    pair, _ = await refused_once(company)
    await company.post("anna", "partnerships", f"{pair}/resume", {})
    assert not await is_paused(company, pair)


async def test_another_request_under_the_key_of_a_refused_one_is_refused_as_such(company: CompanyInMemory):
    pair, _ = await refused_once(company)
    other = await ask(company, "anna", f"{pair}/resume", {"note": "I am away."})
    assert (other.status_code, other.json()["type"].rpartition(":")[2]) == (422, "another-request")


async def test_a_key_is_its_callers_own(company: CompanyInMemory):
    pair, _ = await refused_once(company)
    await company.post("ben", "partnerships", f"{pair}/pause", {})
    assert (await ask(company, "ben", f"{pair}/resume", {})).status_code == 200
