"""The reliability of a pair is a figure for each direction, and a list that explains it page by page."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from goals.commitment import api
from tests.interface.company_in_memory import START, CompanyInMemory, open_company

COUNTED = 6


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    async with open_company("anna", "ben", "carla") as company:
        yield company


@pytest.fixture
async def pair(company: CompanyInMemory) -> str:
    """Ben has asked for something, and Anna kept six promises: two days later."""
    pair = await company.pair("anna", "ben", show_reliability=True)
    await company.promise("ben", pair, "asked", "2026-03-05T12:00:00Z", ask=True)
    for number in range(COUNTED):
        promise = await company.promise("anna", pair, f"promise {number}", f"2026-03-04T1{number}:00:00Z")
        await company.post("anna", "goals", f"/commitments/{promise}/keep", {})
    await company.promise("ben", pair, "later", "2026-03-20T12:00:00Z")
    company.suite.clock.at = START + timedelta(days=3)
    return pair


async def test_the_figure_of_each_direction_is_told_without_the_promises(company: CompanyInMemory, pair: str):
    shown = await company.get("ben", "goals", f"/partnerships/{pair}/reliability")
    assert shown["directions"] == [
        {"owner": company.people["anna"], "counted": COUNTED, "figure": 1.0},
        {"owner": company.people["ben"], "counted": 0, "figure": None},
    ]


async def test_the_list_explains_what_each_promise_counts_page_by_page(company: CompanyInMemory, pair: str):
    address = f"/partnerships/{pair}/reliability/promises"
    found = await company.get("anna", "goals", address)
    texts = [(each["text"], each["credit"]) for each in found["items"]]
    assert texts == [*((f"promise {number}", 1.0) for number in range(COUNTED)), ("later", None)]
    assert found["items"][0]["why"] == "kept on time"
    assert found["items"][-1]["why"] == "not due yet"
    assert await company.pages("ben", "goals", address, 2) == found["items"]
    assert [each["text"] for each in await company.pages("anna", "goals", address, 50, owner="partner")] == ["later"]


async def test_of_more_promises_than_are_counted_no_figure_is_made(
    company: CompanyInMemory, pair: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(api, "MOST", COUNTED - 1)
    shown = await company.get("anna", "goals", f"/partnerships/{pair}/reliability")
    assert [each["figure"] for each in shown["directions"]] == [None, None]


async def test_nobody_else_sees_what_they_count(company: CompanyInMemory, pair: str):
    for address in ("reliability", "reliability/promises"):
        answer = await company.ask("carla", "GET", "goals", f"/partnerships/{pair}/{address}")
        assert answer.status_code == 404
