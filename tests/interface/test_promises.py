"""Promises over HTTP: what a rule moved, and what the partner does about a kept promise."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from tests.interface.company_in_memory import START, CompanyInMemory, answered, open_company

SATURDAY = {"on": "2026-03-14"}
MOVED = {"asked": "2026-03-14", "to": "2026-03-16", "because": "no-working-hours"}


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    async with open_company("anna", "ben", "carla") as company:
        yield company


@pytest.fixture
async def pair(company: CompanyInMemory) -> str:
    return await company.pair("anna", "ben")


async def test_each_command_that_sets_a_due_date_says_that_a_rule_moved_it_and_why(company: CompanyInMemory, pair: str):
    body = {"text": "The draft", "due": SATURDAY}
    asked = await company.post("ben", "goals", f"/partnerships/{pair}/requests", body)
    made = await company.post("anna", "goals", f"/partnerships/{pair}/commitments", body)
    as_asked = await company.post("anna", "goals", f"/commitments/{asked['id']}/make", {})
    promise = await company.promise("anna", pair, "The notes", "2026-03-10T10:00:00Z")
    proposed = await company.post("anna", "goals", f"/commitments/{promise}/renegotiate", {"due": SATURDAY})
    waiting = (await company.get("ben", "goals", f"/commitments/{promise}"))["proposal"]
    agreed = await company.post("ben", "goals", f"/commitments/{promise}/agree", {})
    for answer in (asked, made, as_asked, proposed, agreed):
        assert answer["moved"] == [MOVED]
    assert waiting["moved"] == MOVED
    for each in (asked["id"], made["id"], promise):
        seen = await company.get("ben", "goals", f"/commitments/{each}")
        assert (seen["moved"], seen["due_date"], seen["due"]) == (MOVED, "2026-03-14", "2026-03-16T16:00:00.000Z")


async def test_a_date_that_stays_says_nothing(company: CompanyInMemory, pair: str):
    body = {"text": "The draft", "due": {"on": "2026-03-13"}}
    made = await company.post("anna", "goals", f"/partnerships/{pair}/commitments", body)
    assert made["moved"] == []
    assert (await company.get("ben", "goals", f"/commitments/{made['id']}"))["moved"] is None


async def test_thanks_and_a_clean_slate_reach_the_owner_with_their_notes(company: CompanyInMemory, pair: str):
    promise = await company.promise("anna", pair, "The draft", "2026-03-04T10:00:00Z")
    await company.suite.comes(START + timedelta(days=4))
    await company.post("anna", "goals", f"/commitments/{promise}/keep", {})
    late = (await company.get("ben", "goals", f"/partnerships/{pair}/reliability/promises"))["items"]
    assert late[0]["credit"] < 1
    await company.post("ben", "goals", f"/commitments/{promise}/thank", {"note": "It helped a lot"})
    await company.post("ben", "goals", f"/commitments/{promise}/clean-slate", {"note": "No harm done"})
    seen = await company.get("anna", "goals", f"/commitments/{promise}")
    assert (seen["status"], seen["clean_slate"], seen["missed"]) == ("kept", True, True)
    assert seen["thanked_at"] == "2026-03-06T09:00:00.000Z"
    assert [note["note"] for note in seen["notes"]] == ["It helped a lot", "No harm done"]
    counted = (await company.get("anna", "goals", f"/partnerships/{pair}/reliability/promises"))["items"]
    assert (counted[0]["credit"], "clean slate" in counted[0]["why"]) == (1.0, True)
    told = [item["text"] for item in (await company.get("anna", "notifications", "/inbox"))["items"]]
    assert any("thanks you for “The draft”" in text and "It helped a lot" in text for text in told), told
    assert any("clean slate" in text and "No harm done" in text for text in told), told


async def test_people_outside_the_pair_cannot_thank_for_a_promise(company: CompanyInMemory, pair: str):
    promise = await company.promise("anna", pair, "The draft", "2026-03-10T10:00:00Z")
    await company.post("anna", "goals", f"/commitments/{promise}/keep", {})
    for what in ("thank", "clean-slate"):
        answered(await company.ask("carla", "POST", "goals", f"/commitments/{promise}/{what}", {}), 404)
        answered(await company.ask("anna", "POST", "goals", f"/commitments/{promise}/{what}", {}), 409)


async def anna_is_away(company: CompanyInMemory, absence: dict[str, str]) -> None:
    path = f"/people/{company.people['anna']}/absences"
    answered(await company.ask("hr", "POST", "partnerships", path, absence, scopes=("hr.directory",)), 200)
    await company.suite.settles()


async def test_a_preview_says_what_a_date_would_mean_and_writes_nothing(company: CompanyInMemory, pair: str):
    with_carla = await company.pair("anna", "carla")
    for partnership, text in ((pair, "one"), (with_carla, "two"), (pair, "three")):
        await company.promise("anna", partnership, text, "2026-03-16T09:00:00Z")
    await company.promise("anna", pair, "another week", "2026-03-23T09:00:00Z")
    await company.promise("ben", pair, "his own", "2026-03-16T09:00:00Z")
    absence = {"first": "2026-03-17", "last": "2026-03-18"}
    await anna_is_away(company, absence)
    before = await company.get("anna", "goals", "/commitments", limit=50)
    path = f"/partnerships/{pair}/commitments/preview"
    seen = answered(await company.ask("anna", "POST", "goals", path, {"due": SATURDAY}), 200)
    assert await company.get("anna", "goals", "/commitments", limit=50) == before
    made = await company.post("anna", "goals", f"/partnerships/{pair}/commitments", {"text": "It", "due": SATURDAY})
    said = made["events"][0]["data"]
    assert (seen["due"], seen["grace_end"], seen["moved"]) == (said["due"], said["grace_end"], MOVED)
    assert {each["text"] for each in seen["promised"]} == {"one", "two", "three"}
    assert (seen["away"], seen["realistic"], seen["holidays"]) == ([absence], "2026-03-19", [])


async def test_a_preview_of_a_request_shows_nothing_of_other_partnerships(company: CompanyInMemory, pair: str):
    with_carla = await company.pair("anna", "carla")
    await company.promise("anna", pair, "one", "2026-03-16T09:00:00Z")
    await company.promise("anna", with_carla, "two", "2026-03-16T09:00:00Z")
    await anna_is_away(company, {"first": "2026-03-17", "last": "2026-03-18"})
    path = f"/partnerships/{pair}/requests/preview"
    seen = answered(await company.ask("ben", "POST", "goals", path, {"due": SATURDAY}), 200)
    assert [each["text"] for each in seen["promised"]] == ["one"]
    assert (seen["owner"], seen["away"]) == (company.people["anna"], [])
    answered(await company.ask("carla", "POST", "goals", path, {"due": SATURDAY}), 404)


@pytest.mark.parametrize("due", [{"on": "2026-02-27"}, {"on": "2029-01-01"}])
async def test_a_preview_refuses_the_dates_that_making_refuses(
    company: CompanyInMemory, pair: str, due: dict[str, str]
):
    path = f"/partnerships/{pair}/commitments"
    refused = answered(await company.ask("anna", "POST", "goals", f"{path}/preview", {"due": due}), 409)
    making = answered(await company.ask("anna", "POST", "goals", path, {"text": "It", "due": due}), 409)
    assert (refused["type"], refused["detail"]) == (making["type"], making["detail"])
