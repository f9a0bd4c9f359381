"""Whoever wants a partner finds a colleague by name or address, and learns no more than who it is."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
from httpx import AsyncClient

from partnerships.person.words import name_words, search_words
from service_kit.http.middleware.rate_limits import Rate, RateLimits
from tests.contracts.partnerships_in_memory import PartnershipsInMemory, answered, refused

CAST = {
    "1": ("José Luis García-Márquez", "jose@example.com"),
    "2": ("Jürgen Müller", "Juergen.Mueller@Example.com"),
    "3": ("Siobhán O'Brien", "s.obrien@example.com"),
    "4": ("Łukasz Straße", None),
    "5": ("Müller $where .* (a+)+", None),
}


@pytest.fixture
async def service() -> PartnershipsInMemory:
    service = PartnershipsInMemory()
    await service.open()
    async with service.hr() as hr:
        for number, (name, email) in CAST.items():
            body = {"source": "hr", "external_id": number, "display_name": name, "email": email, "zone": "UTC"}
            answered(await hr.post("/people", json={**body, "unit": f"Unit {number}"}), 201)
    return service


@pytest.fixture
async def anna(service: PartnershipsInMemory) -> AsyncGenerator[AsyncClient]:
    async with service.client("anna") as client:
        yield client


async def search(client: AsyncClient, **asked: str) -> list[Any]:
    return answered(await client.get("/people/search", params=asked), 200)["items"]


async def names(client: AsyncClient, name: str) -> set[str]:
    return {each["display_name"] for each in await search(client, name=name)}


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("jose", "1"),
        ("JOSÉ", "1"),
        ("Jose\u0301", "1"),
        ("marq", "1"),
        ("garcia-m", "1"),
        ("garciamarquez", "1"),
        ("luis jos", "1"),
        ("jürg", "2"),
        ("jurg", "2"),
        ("juerg", "2"),
        ("mueller ju", "2"),
        ("o'brien", "3"),
        ("obri", "3"),
        ("siobhan o’b", "3"),
        ("brien", "3"),
        ("lukasz", "4"),
        ("STRASSE", "4"),
        ("straße", "4"),
    ],
)
async def test_the_beginnings_of_a_names_words_find_it(anna: AsyncClient, asked: str, number: str):
    assert await names(anna, asked) == {CAST[number][0]}


async def test_the_middle_of_a_word_and_a_word_of_somebody_else_find_nobody(anna: AsyncClient):
    assert await names(anna, "ose") == set()
    assert await names(anna, "jose mueller") == set()


async def test_an_address_finds_whose_it_is_whole_and_however_it_is_written(anna: AsyncClient):
    [found] = await search(anna, email=" JUERGEN.mueller@example.COM ")
    assert found["display_name"] == "Jürgen Müller"
    assert await search(anna, email="juergen.mueller@example") == []


async def test_no_more_is_told_than_id_name_unit_and_whether_they_may_be_asked(anna: AsyncClient):
    [found] = await search(anna, name="jose")
    assert set(found) == {"id", "display_name", "unit", "may_be_asked", "why_not"}
    assert found["unit"] == "Unit 1"


async def test_nobody_finds_themselves(anna: AsyncClient):
    assert await names(anna, "Anna Bauer") == set()
    assert await search(anna, email="anna.bauer@example.com") == []


async def test_who_is_inactive_neither_finds_nor_is_found(service: PartnershipsInMemory, anna: AsyncClient):
    async with service.client("ben") as ben, service.hr() as hr:
        me = answered(await ben.get("/people/me"), 200)
        assert me["display_name"] in await names(anna, me["display_name"])
        answered(await hr.post(f"/people/{me['id']}/deactivate"), 200)
        assert await names(anna, me["display_name"]) == set()
        refused(await ben.get("/people/search", params={"name": "jose"}), 403, "inactive-person")


async def test_a_new_name_finds_and_the_old_one_does_not(service: PartnershipsInMemory, anna: AsyncClient):
    [found] = await search(anna, name="lukasz")
    async with service.hr() as hr:
        answered(await hr.patch(f"/people/{found['id']}", json={"display_name": "Lee Novák"}), 200)
    assert await names(anna, "novak") == {"Lee Novák"}
    assert await names(anna, "lukasz") == set()


async def test_twenty_are_told_at_most(service: PartnershipsInMemory, anna: AsyncClient):
    async with service.hr() as hr:
        for number in range(25):
            body = {"source": "crowd", "external_id": str(number), "display_name": f"Twin {number}", "zone": "UTC"}
            answered(await hr.post("/people", json=body), 201)
    assert len(await search(anna, name="twin")) == 20


@pytest.mark.parametrize("asked", [".*", "$where", "(a+)+", "^mul", "m%", "[a-z]{2,}", "$ne"])
async def test_signs_of_other_languages_are_no_letters(anna: AsyncClient, asked: str):
    answer = await anna.get("/people/search", params={"name": asked})
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert {each["display_name"] for each in answer.json()["items"]} <= {CAST["5"][0], CAST["2"][0]}


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"name": "a"},
        {"name": "  "},
        {"name": ". *"},
        {"name": "x" * 201},
        {"name": "jo", "email": "a@b.example"},
        {"name": ""},
        {"name[$ne]": "x"},
    ],
)
async def test_too_little_too_much_and_other_things_are_422(anna: AsyncClient, asked: dict[str, str]):
    refused(await anna.get("/people/search", params=asked), 422, "invalid-request")


async def test_who_searches_too_often_waits_and_may_ask_for_other_things(
    service: PartnershipsInMemory, anna: AsyncClient
):
    limits = RateLimits(people=Rate(1, 50), systems=Rate(1, 50), searches=Rate(0.5, 3), now=lambda: 0.0)
    service.app.state.app_context = replace(service.app.state.app_context, limits=limits)
    for _ in range(3):
        await search(anna, name="jose")
    answer = await anna.get("/people/search", params={"name": "jose"})
    refused(answer, 429, "too-many-requests")
    assert answer.headers["Retry-After"] == "2"
    answered(await anna.get("/people/me"), 200)
    async with service.client("anna", "hr.directory") as as_hr:
        answers = [(await as_hr.get("/people/search", params={"name": "jose"})).status_code for _ in range(2)]
    assert answers == [429, 429], "another scope is no other person"


def test_words_of_scripts_with_marks_stay_whole():
    assert name_words("किरण राव") == tuple(sorted(("किरण", "राव")))
    assert search_words("ガ") != search_words("カ")
    assert name_words("...") == ()


async def test_a_search_says_whether_the_caller_may_propose_now_and_why_not(
    service: PartnershipsInMemory, anna: AsyncClient
):
    [ben] = await search(anna, name="ben ortiz")
    assert (ben["may_be_asked"], ben["why_not"]) == (True, None)
    pair = answered(await anna.post("/partnerships", json={"other": ben["id"]}), 201)["id"]
    [ben] = await search(anna, name="ben ortiz")
    assert ben["may_be_asked"] is False
    assert (ben["why_not"]["type"], ben["why_not"]["partnership"]) == ("already-open", pair)
    async with service.client("ben") as other:
        answered(await other.post(f"/partnerships/{pair}/decline", json={}), 200)
        [back] = await search(other, name="anna bauer")
        assert back["may_be_asked"], "who declined may propose"
    [ben] = await search(anna, name="ben ortiz")
    assert (ben["why_not"]["type"], ben["why_not"]["until"]) == ("declined-lately", "2026-05-31T08:00:00.000Z")
    assert ben["why_not"]["sentence"].startswith("They declined. Propose again after 90 days")
    async with service.client("kavya") as stranger:
        [ben] = await search(stranger, name="ben ortiz")
        assert (ben["may_be_asked"], ben["why_not"]) == (True, None), "a stranger learns nothing of their partnerships"
