"""A command that was refused is not done by a retry that comes late: for a day it gets the same answer."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient, Response

from tests.interface.office import Office, open_office

KEY = {"Idempotency-Key": "a-key-of-annas-client"}


@pytest.fixture
async def office() -> AsyncGenerator[Office]:
    async with open_office("anna", "ben") as office:
        yield office


async def ask(office: Office, name: str, path: str, body: Any) -> Response:
    token = office.village.issuer.token(name, (), timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}", **KEY}
    transport = ASGITransport(office.village.services["partnerships"].app)
    async with AsyncClient(transport=transport, base_url="http://office", headers=headers) as client:
        return await client.post(path, json=body)


async def refused_once(office: Office) -> tuple[str, Response]:
    """Anna ends a pause that she has not and is refused; then she makes one."""
    pair = f"/partnerships/{await office.pair('anna', 'ben')}"
    answer = await ask(office, "anna", f"{pair}/resume", {})
    assert answer.status_code == 409
    await office.post("anna", "partnerships", f"{pair}/pause", {"last": "2026-03-20"})
    return pair, answer


async def is_paused(office: Office, pair: str) -> bool:
    return bool((await office.get("anna", "partnerships", pair))["pauses"])


async def test_a_late_retry_gets_the_refusal_again_and_does_nothing(office: Office):
    pair, first = await refused_once(office)
    again = await ask(office, "anna", f"{pair}/resume", {})
    assert again.status_code == 409
    told = {name: each for name, each in again.json().items() if name != "trace_id"}
    assert told == {name: each for name, each in first.json().items() if name != "trace_id"}
    assert await is_paused(office, pair)


async def test_the_same_want_under_a_new_key_is_decided_anew(office: Office):
    pair, _ = await refused_once(office)
    await office.post("anna", "partnerships", f"{pair}/resume", {})
    assert not await is_paused(office, pair)


async def test_another_request_under_the_key_of_a_refused_one_is_refused_as_such(office: Office):
    pair, _ = await refused_once(office)
    other = await ask(office, "anna", f"{pair}/resume", {"note": "I am away."})
    assert (other.status_code, other.json()["type"].rpartition(":")[2]) == (422, "another-request")


async def test_a_key_is_its_callers_own(office: Office):
    pair, _ = await refused_once(office)
    await office.post("ben", "partnerships", f"{pair}/pause", {})
    assert (await ask(office, "ben", f"{pair}/resume", {})).status_code == 200
