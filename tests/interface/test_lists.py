"""Lists of a person: filtered, sorted by date, page by page, and never anything of other people."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from tests.interface.company_in_memory import START, CompanyInMemory, answered, open_company

LISTS = {
    "/goals": "goals",
    "/commitments": "goals",
    "/check-ins": "goals",
    "/sessions": "sessions",
    "/partnerships/{}/goals": "goals",
    "/partnerships/{}/commitments": "goals",
    "/partnerships/{}/occasions": "goals",
    "/partnerships/{}/sessions": "sessions",
}


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    """Anna has partnerships with Ben and Carla, Dora one with Ben."""
    async with open_company("anna", "ben", "carla", "dora") as company:
        yield company


@pytest.fixture
async def with_ben(company: CompanyInMemory) -> str:
    return await company.pair("anna", "ben")


@pytest.fixture
async def with_carla(company: CompanyInMemory) -> str:
    return await company.pair("carla", "anna")


async def test_promises_of_all_partnerships_come_in_the_order_in_which_they_are_due(
    company: CompanyInMemory, with_ben: str, with_carla: str
):
    third = await company.promise("anna", with_ben, "third", "2026-03-12T10:00:00Z")
    first = await company.promise("ben", with_ben, "first", "2026-03-10T10:00:00Z")
    second = await company.promise("anna", with_carla, "second", "2026-03-10T10:00:00.500Z")
    asked = await company.promise("carla", with_carla, "asked", "2026-03-11T10:00:00Z", ask=True)
    found = await company.get("anna", "goals", "/commitments")
    assert [each["id"] for each in found["items"]] == [first, second, asked, third]
    assert [each["your_partner"]["display_name"] for each in found["items"]] == ["Ben", "Carla", "Carla", "Ben"]
    assert [each["waits_for"] for each in found["items"]] == [None, None, company.people["anna"], None]
    assert await company.pages("anna", "goals", "/commitments", 1) == found["items"]


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ({"owner": "me"}, ["mine"]),
        ({"owner": "partner"}, ["his", "hers"]),
        ({"owner": "BEN"}, ["his"]),
        ({"owner": "ANNA"}, ["mine"]),
        ({"owner": "DORA"}, []),
        ({"partnership": "WITH_CARLA"}, ["hers"]),
        ({"partnership": "WITH_BEN", "owner": "me"}, ["mine"]),
        ({"status": "requested"}, ["hers"]),
        ({"status": ["requested", "open"]}, ["his", "hers", "mine"]),
        ({"status": "kept"}, []),
        ({"due_from": "2026-03-11T10:00:00Z"}, ["hers", "mine"]),
        ({"due_from": "2026-03-11T11:00:00+01:00", "due_until": "2026-03-12T10:00:00Z"}, ["hers"]),
        ({"due_until": "2026-03-11T10:00:00Z"}, ["his"]),
    ],
)
async def test_promises_are_filtered(
    company: CompanyInMemory, with_ben: str, with_carla: str, query: dict[str, Any], texts: list[str]
):
    await company.promise("ben", with_ben, "his", "2026-03-10T10:00:00Z")
    await company.promise("anna", with_carla, "hers", "2026-03-11T10:00:00Z", ask=True)
    await company.promise("anna", with_ben, "mine", "2026-03-12T10:00:00Z")
    others = await company.pair("dora", "ben")
    await company.promise("dora", others, "a stranger's", "2026-03-11T10:00:00Z")
    names = {name.upper(): id for name, id in company.people.items()} | {"WITH_BEN": with_ben, "WITH_CARLA": with_carla}
    meant = {name: names.get(value, value) if isinstance(value, str) else value for name, value in query.items()}
    found = await company.get("anna", "goals", "/commitments", **meant)
    assert [each["text"] for each in found["items"]] == texts


async def test_promises_and_requests_out_of_a_session_are_found_by_it(company: CompanyInMemory, with_ben: str):
    session = await company.session("anna", with_ben, "2026-03-09T10:00:00Z")
    path, due = f"/partnerships/{with_ben}", {"at": "2026-03-12T10:00:00Z"}
    await company.promise("anna", with_ben, "another", "2026-03-10T10:00:00Z")
    for what in ("commitments", "requests"):
        body = {"text": what, "due": due, "session": session}
        await company.post("anna", "goals", f"{path}/{what}", body)
    for listed in ("/commitments", f"{path}/commitments"):
        found = (await company.get("ben", "goals", listed, session=session))["items"]
        assert {(each["text"], each["session"]) for each in found} == {("commitments", session), ("requests", session)}
        assert (await company.get("ben", "goals", listed, session="session_x"))["items"] == []
    body = {"text": "odd", "due": due, "session": with_ben}
    assert (await company.ask("anna", "POST", "goals", f"{path}/commitments", body)).status_code == 422


async def test_a_list_of_one_partnership_takes_the_same_filters(
    company: CompanyInMemory, with_ben: str, with_carla: str
):
    late = await company.promise("anna", with_ben, "late", "2026-03-12T10:00:00Z")
    early = await company.promise("ben", with_ben, "early", "2026-03-10T10:00:00Z")
    await company.promise("anna", with_carla, "another", "2026-03-11T10:00:00Z")
    path = f"/partnerships/{with_ben}/commitments"
    assert [each["id"] for each in await company.pages("anna", "goals", path, 1)] == [early, late]
    for query in ({"owner": "partner"}, {"due_from": "2026-03-11T00:00:00Z"}):
        assert [each["id"] for each in await company.pages("ben", "goals", path, 9, **query)] == [late]


async def test_pages_go_on_while_promises_are_made_and_kept(company: CompanyInMemory, with_ben: str):
    due = [f"2026-03-{day}T10:00:00Z" for day in (10, 12, 14, 16)]
    ids = [await company.promise("anna", with_ben, "one", each) for each in due]
    page = await company.get("anna", "goals", "/commitments", limit=2)
    assert [each["id"] for each in page["items"]] == ids[:2]
    await company.promise("ben", with_ben, "before", "2026-03-09T10:00:00Z")
    between = await company.promise("ben", with_ben, "between", "2026-03-15T10:00:00Z")
    await company.post("anna", "goals", f"/commitments/{ids[1]}/keep", {})
    rest = await company.get("anna", "goals", "/commitments", limit=9, after=page["next"])
    assert [each["id"] for each in rest["items"]] == [ids[2], between, ids[3]]
    assert rest["next"] is None


async def test_many_that_are_due_at_the_same_moment_are_each_met_once(
    company: CompanyInMemory, with_ben: str, with_carla: str
):
    made = {
        await company.promise(name, pair, "same", "2026-03-10T10:00:00Z")
        for name, pair in [("anna", with_ben), ("ben", with_ben), ("carla", with_carla), ("anna", with_carla)]
    }
    seen = [each["id"] for each in await company.pages("anna", "goals", "/commitments", 1)]
    assert seen == sorted(made)


async def test_sessions_of_all_partnerships_are_listed_by_their_start(
    company: CompanyInMemory, with_ben: str, with_carla: str
):
    late = await company.session("anna", with_ben, "2026-03-12T10:00:00Z")
    early = await company.session("carla", with_carla, "2026-03-10T10:00:00Z")
    await company.post("anna", "sessions", f"/sessions/{early}/accept", {})
    found = (await company.get("anna", "sessions", "/sessions"))["items"]
    assert [(each["id"], each["status"], each["your_partner"]["display_name"]) for each in found] == [
        (early, "scheduled", "Carla"),
        (late, "proposed", "Ben"),
    ]
    assert [each["waits_for"] for each in found] == [None, company.people["ben"]]
    assert await company.pages("anna", "sessions", "/sessions", 1) == found
    for query in ({"status": "proposed"}, {"start_from": "2026-03-11T00:00:00Z"}, {"partnership": with_ben}):
        assert [each["id"] for each in await company.pages("anna", "sessions", "/sessions", 9, **query)] == [late]
    until = await company.pages("anna", "sessions", "/sessions", 9, start_until="2026-03-12T10:00:00Z")
    assert [each["id"] for each in until] == [early]


async def test_partnerships_are_filtered_by_every_status_that_they_show(
    company: CompanyInMemory, with_ben: str, with_carla: str
):
    refused = await company.proposal("anna", "dora")
    await company.post("dora", "partnerships", f"/partnerships/{refused}/decline", {})
    await company.post("carla", "partnerships", f"/partnerships/{with_carla}/end", {})
    expected = {
        "formed": {with_ben},
        "ended": {with_carla},
        "declined": {refused},
        "closed": {refused},
        "lapsed": set[str](),
    }
    for status, ids in expected.items():
        found = await company.get("anna", "partnerships", "/partnerships", status=status)
        assert {each["id"] for each in found["items"]} == ids, status
    some = {"status": ["formed", "ended", "declined"]}
    everything = await company.pages("anna", "partnerships", "/partnerships", 1, **some)
    assert [each["id"] for each in everything] == sorted((with_ben, with_carla, refused))
    (one,) = await company.pages("anna", "partnerships", "/partnerships", 9, partner=company.people["ben"])
    assert (one["id"], one["your_partner"]) == (with_ben, {"id": company.people["ben"], "display_name": "Ben"})


async def test_check_ins_of_all_time_are_read_by_both_page_by_page(company: CompanyInMemory, with_ben: str):
    for week in range(14):
        await company.suite.comes(START + timedelta(days=3 + 7 * week), by=timedelta(hours=6))
        if week in (0, 13):
            (mine,) = await company.pages("anna", "goals", "/check-ins", 9, owner="me", status="opened")
            assert mine["waits_for"] == company.people["anna"]
            body = {"need": f"A word in week {week}"}
            await company.post("anna", "goals", f"/check-ins/{mine['check_ins']}/submit", body)
    path = f"/partnerships/{with_ben}/occasions"
    all_time = await company.pages("ben", "goals", path, 3)
    assert all_time == [
        {**each, "your_partner": {"id": company.people["anna"], "display_name": "Anna"}}
        for each in await company.pages("anna", "goals", path, 200)
    ]
    assert len(all_time) >= 28
    assert [each["due"] for each in all_time] == sorted(each["due"] for each in all_time)
    written = [each for each in all_time if each["status"] == "submitted"]
    assert [each["submitted"]["need"] for each in written] == ["A word in week 0", "A word in week 13"]
    recent = await company.pages("ben", "goals", "/check-ins", 7)
    assert 0 < len(recent) < len(all_time)
    assert all(each in all_time for each in recent)
    assert written[0] not in recent, "the state has forgotten it"


async def test_nothing_of_strangers_is_in_any_list(company: CompanyInMemory, with_ben: str):
    await company.promise("anna", with_ben, "ours", "2026-03-10T10:00:00Z")
    await company.session("anna", with_ben, "2026-03-10T10:00:00Z")
    for path, service in LISTS.items():
        after = (await company.get("anna", service, path.format(with_ben), limit=1))["next"]
        for query in ({}, {"limit": 1}, *([] if after is None else [{"after": after}])):
            answer = await company.ask("dora", "GET", service, path.format(with_ben), query=query)
            if "{}" in path:
                assert answer.status_code == 404, (path, query)
            else:
                assert answered(answer, 200) == {"items": [], "next": None}, (path, query)
    for path in ("/commitments", "/check-ins", "/sessions"):
        for partnership in (with_ben, "partnership_none"):
            answer = await company.ask("dora", "GET", LISTS[path], path, query={"partnership": partnership})
            assert answer.status_code == 404, path
    for path in ("/commitments", "/check-ins"):
        assert await company.pages("dora", "goals", path, 9, owner=company.people["anna"]) == []


@pytest.mark.parametrize("path", [path for path in LISTS if "{}" not in path])
@pytest.mark.parametrize(
    "query",
    [
        "status=done",
        "due_from=tomorrow",
        "due_from=2026-03-02",
        "due_until=2026-03-02T10:00:00",
        "owner=ben",
        "partnership=ben",
        "status=",
        "limit=0",
        "sort=due",
        "start_from=1772445600",
    ],
)
async def test_a_filter_that_cannot_be_meant_is_refused(company: CompanyInMemory, path: str, query: str):
    answer = await company.ask("anna", "GET", LISTS[path], f"{path}?{query}")
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("path", [path for path in LISTS if "{}" not in path])
async def test_a_cursor_of_another_list_is_refused(company: CompanyInMemory, path: str, with_ben: str, with_carla: str):
    foreign = (await company.get("anna", "partnerships", "/partnerships", limit=1))["next"]
    answer = await company.ask("anna", "GET", LISTS[path], path, query={"after": foreign})
    assert answered(answer, 400)["type"] == "urn:tandem:problem:malformed-cursor"
