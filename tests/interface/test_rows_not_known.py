"""Lists while this service does not know somebody in them: each item is there, without the name of the partner."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from coaching_events.ids import StreamId
from eventlog.stores.documents import ReadModelWrite
from tests.interface.company_in_memory import CompanyInMemory, open_company

DUE = "2026-03-10T10:00:00Z"
LISTS = {
    "goals": (
        "/goals",
        "/partnerships/{}/goals",
        "/commitments",
        "/partnerships/{}/commitments",
        "/check-ins",
        "/partnerships/{}/occasions",
    ),
    "sessions": ("/sessions", "/partnerships/{}/sessions"),
}


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    """Anna has promised something to Ben and to Carla, and offered both a session and a goal."""
    async with open_company("anna", "ben", "carla") as company:
        for other in ("ben", "carla"):
            pair = await company.pair("anna", other)
            await company.promise("anna", pair, f"for {other}", DUE)
            await company.session("anna", pair, DUE)
            await company.goal("anna", pair)
        yield company


async def spoil(company: CompanyInMemory, service: str, stream: StreamId, how: str) -> None:
    """Mark the row of a stream as one with a gap, or write a value that is none."""
    store = company.suite.services[service].store
    was = (await store.read_models([stream]))[stream]
    now = replace(was, gaps=1) if how == "a gap" else replace(was, value={"text": 7})
    assert not await store.write_read_models([ReadModelWrite(now, was)])


@pytest.mark.parametrize("how", ["a gap", "unreadable"])
async def test_a_partner_who_is_not_known_is_listed_without_a_name(company: CompanyInMemory, how: str):
    ben, carla = company.people["ben"], company.people["carla"]
    (pair,) = (await company.get("anna", "partnerships", "/partnerships", partner=ben))["items"]
    for service, paths in LISTS.items():
        before = {path: await company.get("anna", service, path.format(pair["id"])) for path in paths}
        await spoil(company, service, ben, how)
        for path in paths:
            after = await company.get("anna", service, path.format(pair["id"]))
            assert len(after["items"]) == len(before[path]["items"]) > 0
            names = {item["your_partner"]["id"]: item["your_partner"]["display_name"] for item in after["items"]}
            assert names == ({ben: None} if "{" in path else {ben: None, carla: "Carla"})


@pytest.mark.parametrize("how", ["a gap", "unreadable"])
async def test_an_inbox_tells_in_general_terms_what_is_not_known(company: CompanyInMemory, how: str):
    (promise, *_) = (await company.get("anna", "goals", "/commitments", owner="me"))["items"]
    await company.post("anna", "goals", f"/commitments/{promise['id']}/release", {})
    partner = promise["your_partner"]["display_name"].lower()
    told = (await company.get(partner, "notifications", "/inbox"))["items"]
    assert "Anna asks you to let “for " in told[0]["text"]
    for stream in (promise["id"], promise["owner"], promise["partnership"]):
        await spoil(company, "notifications", stream, how)
        after = (await company.get(partner, "notifications", "/inbox"))["items"]
        assert [message["id"] for message in after] == [message["id"] for message in told]
    assert after[0]["text"] == "Your partner asks you to let a promise go."
