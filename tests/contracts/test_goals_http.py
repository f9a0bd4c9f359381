"""Goals over HTTP and in the inbox: negotiated, pursued, closed, and nobody else's business."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient

from tests.faults.in_memory import Standing
from tests.interface.company_in_memory import START, CompanyInMemory, Json, answered, open_company


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    async with open_company("anna", "ben", "carla") as company:
        yield company


@pytest.fixture
async def pair(company: CompanyInMemory) -> str:
    return await company.pair("anna", "ben")


@pytest.fixture
async def goal(company: CompanyInMemory, pair: str) -> str:
    """The path of a goal that Anna has proposed to Ben."""
    return f"/goals/{await company.goal('anna', pair, 'Answer within a day', description='So that they rely on us')}"


async def does(company: CompanyInMemory, name: str, path: str, **body: Any) -> Json:
    return await company.post(name, "goals", path, body)


async def refused(company: CompanyInMemory, name: str, path: str, **body: Any) -> tuple[int, str]:
    answer = await company.ask(name, "POST", "goals", path, body)
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def told(company: CompanyInMemory, name: str) -> str:
    """The text of the newest message in an inbox."""
    return (await company.get(name, "notifications", "/inbox"))["items"][0]["text"]


def later(company: CompanyInMemory, after: timedelta) -> None:
    """So long after the start."""
    clock = company.suite.clock
    assert isinstance(clock, Standing)
    clock.at = START + after


async def agreed(company: CompanyInMemory, goal: str) -> None:
    await does(company, "ben", f"{goal}/agree", revision=1)


async def test_a_goal_is_negotiated_and_both_see_every_revision_and_what_it_changed(
    company: CompanyInMemory, goal: str
):
    anna, ben = company.people["anna"], company.people["ben"]
    assert "Anna suggests a goal for the two of you: “Answer within a day”." in await told(company, "ben")
    words = {"title": "Answer within two days", "measures": [{"name": "Answer time", "unit": "hours"}]}
    await does(company, "ben", f"{goal}/counter", revision=1, **words, note="One is too few")
    assert await refused(company, "anna", f"{goal}/agree", revision=1) == (409, "another-revision-is-current")
    assert "Ben suggests other words" in (text := await told(company, "anna"))
    assert "One is too few" in text
    seen = await company.get("anna", "goals", goal)
    assert (seen["status"], seen["revision"], seen["waits_for"], seen["proposed_by"]) == ("proposed", 2, anna, ben)
    assert [(each["number"], each["by"]) for each in seen["revisions"]] == [(1, anna), (2, ben)]
    assert [(each["what"], each["before"], each["after"]) for each in seen["changes"]] == [
        ("title", "Answer within a day", "Answer within two days"),
        ("description", "So that they rely on us", None),
        ("measure-from", "52", None),
        ("measure-to", "24", None),
    ]
    assert seen["changes"][0]["words"][:3] == [
        {"kind": "same", "text": "Answer within "},
        {"kind": "removed", "text": "a"},
        {"kind": "added", "text": "two"},
    ]
    assert await company.get("ben", "goals", f"{goal}/revisions/2/changes") == seen["changes"]
    everything = await company.get("ben", "goals", f"{goal}/revisions/1/changes")
    assert [each["before"] for each in everything] == [None] * 6
    backwards = await company.get("ben", "goals", f"{goal}/revisions/1/changes", since=2)
    assert backwards[0]["after"] == "Answer within a day"
    for path in (f"{goal}/revisions/3/changes", f"{goal}/revisions/2/changes?since=3"):
        assert (await company.ask("ben", "GET", "goals", path)).status_code == 404
    await does(company, "anna", f"{goal}/agree", revision=2)
    assert await told(company, "ben") == "Anna agrees: “Answer within two days” is the goal of both of you now."
    seen = await company.get("ben", "goals", goal)
    assert (seen["status"], seen["waits_for"], seen["agreed_at"]) == ("agreed", None, "2026-03-02T09:00:00.000Z")
    assert [each["note"] for each in seen["notes"]] == ["One is too few"]


async def test_progress_is_of_either_and_shows_the_latest_value(company: CompanyInMemory, goal: str):
    await agreed(company, goal)
    await does(company, "ben", f"{goal}/progress", measure=1, value="44.50", note="The new rota helps")
    second = await does(company, "anna", f"{goal}/progress", measure=1, value="38")
    await does(company, "anna", f"{goal}/progress", note="Sales join in")
    seen = await company.get("ben", "goals", goal)
    assert [(each["measure"], each["value"], each["note"]) for each in seen["progress"]] == [
        (None, None, "Sales join in"),
        (1, "38", None),
        (1, "44.50", "The new rota helps"),
    ]
    assert {each["take_back_until"] for each in seen["progress"]} == {"2026-03-03T09:00:00.000Z"}
    (measure,) = seen["measures"]
    assert (measure["from_value"], measure["to_value"], measure["value"]) == ("52", "24", "38")
    await does(company, "anna", f"{goal}/take-back", declaration=second["position"])
    assert (await company.get("ben", "goals", goal))["measures"][0]["value"] == "44.50"
    assert "Anna took back what they said about “Answer within a day”." in await told(company, "ben")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"measure": 1},
        {"value": "3"},
        {"measure": 1, "value": 3.5},
        {"measure": 1, "value": "1e5"},
        {"measure": 1, "value": "0.1234567"},
        {"measure": 0, "value": "1"},
        {"measure": True, "value": "1"},
    ],
)
async def test_progress_that_says_nothing_clear_is_refused(company: CompanyInMemory, goal: str, body: Json):
    await agreed(company, goal)
    assert (await refused(company, "anna", f"{goal}/progress", **body))[0] == 422


@pytest.mark.parametrize("outcome", ["achieved", "released"])
async def test_a_goal_is_closed_by_both_and_opened_again_by_either(company: CompanyInMemory, goal: str, outcome: str):
    await agreed(company, goal)
    await does(company, "anna", f"{goal}/close", outcome=outcome)
    assert {"achieved": "that you two have reached", "released": "letting"}[outcome] in await told(company, "ben")
    seen = await company.get("ben", "goals", goal)
    assert (seen["closing"]["outcome"], seen["waits_for"]) == (outcome, company.people["ben"])
    await does(company, "ben", f"{goal}/confirm-closing", note="Well done, us")
    assert "Ben agrees" in await told(company, "anna")
    seen = await company.get("anna", "goals", goal)
    assert (seen["status"], seen["closed_by"], seen["settled_by"]) == (outcome, "agreement", company.people["ben"])
    assert seen["reopen_until"] == "2026-04-01T09:00:00.000Z"
    await does(company, "anna", f"{goal}/reopen")
    assert "Anna opened “Answer within a day” again" in await told(company, "ben")
    assert (await company.get("ben", "goals", goal))["status"] == "agreed"


async def test_silence_closes_it_and_both_learn_it(company: CompanyInMemory, goal: str):
    await agreed(company, goal)
    await does(company, "anna", f"{goal}/close", outcome="achieved")
    until = (await company.get("anna", "goals", goal))["closing"]["answer_by"]
    assert until == "2026-03-16T16:00:00.000Z"
    later(company, timedelta(days=15))
    await company.suite.settles()
    for name in ("anna", "ben"):
        assert (await company.get(name, "goals", goal))["closed_by"] == "silence"
        assert "“Answer within a day” counts as reached" in await told(company, name)


async def test_a_proposal_that_nobody_answered_lapses_and_its_author_learns_it(company: CompanyInMemory, goal: str):
    later(company, timedelta(days=15))
    await company.suite.settles()
    assert (await company.get("ben", "goals", goal))["status"] == "lapsed"
    assert "was not answered in time" in await told(company, "anna")


async def test_the_end_of_the_partnership_releases_its_goals(company: CompanyInMemory, pair: str, goal: str):
    await agreed(company, goal)
    await company.goal("ben", pair, "Another one")
    await company.post("ben", "partnerships", f"/partnerships/{pair}/end", {})
    found = (await company.get("anna", "goals", "/goals"))["items"]
    assert {(each["title"], each["status"]) for each in found} == {
        ("Answer within a day", "released"),
        ("Another one", "lapsed"),
    }
    seen = await company.get("anna", "goals", goal)
    assert (seen["closed_by"], seen["reopen_until"]) == ("end of the partnership", None)
    assert "Ben ended your partnership" in await told(company, "anna")
    assert await refused(company, "anna", f"{goal}/reopen") == (409, "partnership-ended")


async def test_lists_are_filtered_and_say_for_whom_a_goal_waits(company: CompanyInMemory, pair: str, goal: str):
    await agreed(company, goal)
    later(company, timedelta(seconds=1))
    await company.goal("ben", pair, "Listen more")
    with_carla = await company.pair("carla", "anna")
    later(company, timedelta(seconds=2))
    await company.goal("anna", with_carla, "Write less")
    both = await company.get("anna", "goals", "/goals")
    assert [(each["title"], each["your_partner"]["display_name"]) for each in both["items"]] == [
        ("Answer within a day", "Ben"),
        ("Listen more", "Ben"),
        ("Write less", "Carla"),
    ]
    open_ones = await company.get("anna", "goals", "/goals", status="proposed", partnership=pair)
    assert [each["waits_for"] for each in open_ones["items"]] == [company.people["anna"]]
    assert await company.pages("anna", "goals", "/goals", 1) == both["items"]
    assert (await company.get("anna", "goals", "/goals", proposed_until="2026-03-02T09:00:00Z"))["items"] == []
    assert (await company.ask("carla", "GET", "goals", f"/partnerships/{pair}/goals")).status_code == 404


async def test_the_sixth_open_proposal_is_refused(company: CompanyInMemory, pair: str):
    for number in range(5):
        await company.goal("anna", pair, f"Goal {number}")
    path = f"/partnerships/{pair}/goals"
    assert await refused(company, "anna", path, title="One more") == (409, "too-many-goals-open")
    answered(await company.ask("ben", "POST", "goals", path, {"title": "His first"}), 201)


async def test_a_goal_that_is_proposed_and_withdrawn_again_and_again_is_refused(company: CompanyInMemory, pair: str):
    for number in range(5):
        made = await company.goal("anna", pair, f"Goal {number}")
        await does(company, "anna", f"/goals/{made}/withdraw")
    path = f"/partnerships/{pair}/goals"
    assert await refused(company, "anna", path, title="Once more") == (409, "taken-back-too-often")


async def test_a_promise_serves_a_goal_and_the_goal_shows_it(company: CompanyInMemory, pair: str, goal: str):
    named = goal.removeprefix("/goals/")
    path = f"/partnerships/{pair}/commitments"
    promise: Json = {"text": "Write the rota", "due": {"on": "2026-03-13"}, "goal": named}
    assert await refused(company, "ben", path, **promise) == (409, "goal-not-agreed")
    await agreed(company, goal)
    late = (await does(company, "ben", path, **promise))["id"]
    request = {**promise, "text": "Ask the sales team", "due": {"on": "2026-03-20"}}
    asked = (await does(company, "anna", f"/partnerships/{pair}/requests", **request))["id"]
    await does(company, "ben", f"/commitments/{asked}/make")
    await does(company, "ben", path, text="Something else", due={"on": "2026-03-13"})
    seen = (await company.get("anna", "goals", goal))["promises"]
    assert [(each["id"], each["text"], each["status"], each["owner"]) for each in seen] == [
        (asked, "Ask the sales team", "open", company.people["ben"]),
        (late, "Write the rota", "open", company.people["ben"]),
    ]
    for listed in (f"/partnerships/{pair}/commitments", "/commitments"):
        found = (await company.get("anna", "goals", listed, goal=named))["items"]
        assert [(each["id"], each["goal"]) for each in found] == [(late, named), (asked, named)]
    await does(company, "anna", f"{goal}/close", outcome="achieved")
    await does(company, "ben", f"{goal}/confirm-closing")
    assert await refused(company, "ben", path, **promise) == (409, "goal-closed")


async def test_a_repeated_promise_gets_its_first_answer_after_the_goal_was_closed(
    company: CompanyInMemory, pair: str, goal: str
):
    await agreed(company, goal)
    body: Json = {"text": "It", "due": {"on": "2026-03-13"}, "goal": goal.removeprefix("/goals/")}
    token = company.suite.issuer.token("ben", (), timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "once"}
    app = company.suite.services["goals"].app
    async with AsyncClient(transport=ASGITransport(app), base_url="http://company", headers=headers) as ben:
        first = await ben.post(f"/partnerships/{pair}/commitments", json=body)
        await does(company, "anna", f"{goal}/close", outcome="achieved")
        await does(company, "ben", f"{goal}/confirm-closing")
        again = await ben.post(f"/partnerships/{pair}/commitments", json=body)
    assert answered(again, 201) == answered(first, 201)


async def test_a_promise_for_a_goal_of_others_is_refused(company: CompanyInMemory, pair: str):
    with_carla = await company.pair("carla", "anna")
    theirs = await company.goal("carla", with_carla)
    await does(company, "anna", f"/goals/{theirs}/agree", revision=1)
    for named in (theirs, "goal_nowhere"):
        for what in ("commitments", "requests"):
            body: Json = {"text": "It", "due": {"on": "2026-03-13"}, "goal": named}
            path = f"/partnerships/{pair}/{what}"
            assert await refused(company, "anna", path, **body) == (422, "not-a-goal-of-yours")


async def test_a_check_in_says_how_a_goal_stands(company: CompanyInMemory, pair: str, goal: str):
    named = goal.removeprefix("/goals/")
    await agreed(company, goal)
    promise = await company.promise("anna", pair, "The rota", "2026-03-13T10:00:00Z")
    later(company, timedelta(days=3))
    await company.suite.settles()
    streams = await company.get("anna", "goals", f"/partnerships/{pair}/check-ins")
    (mine,) = [each["id"] for each in streams if each["owner"] == company.people["anna"]]
    submit = f"/check-ins/{mine}/submit"
    assert await refused(company, "anna", submit, speaks_of=["goal_nowhere"]) == (422, "not-a-goal-of-yours")
    assert (await refused(company, "anna", submit, speaks_of=["session_1"]))[0] == 422
    await does(company, "anna", submit, answers={named: "Half way", promise: "Done soon"})
    (seen,) = [
        each for each in await company.get("ben", "goals", f"/partnerships/{pair}/check-ins") if each["id"] == mine
    ]
    written = seen["current"]["submitted"]
    assert (written["speaks_of"], written["answers"]) == ([promise, named], {named: "Half way", promise: "Done soon"})


async def test_a_goal_that_waits_for_an_answer_is_suggested_for_the_agenda(
    company: CompanyInMemory, pair: str, goal: str
):
    session = await company.session("anna", pair, "2026-03-09T09:00:00Z")

    async def suggested() -> list[tuple[str, str, str]]:
        found = await company.get("anna", "sessions", f"/sessions/{session}/suggestions")
        return [(each["kind"], each["owner"], each["text"]) for each in found]

    anna, ben = company.people["anna"], company.people["ben"]
    assert await suggested() == [("waiting-goal", ben, "Answer within a day")]
    await does(company, "ben", f"{goal}/counter", revision=1, title="Answer within two days")
    assert await suggested() == [("waiting-goal", anna, "Answer within two days")]
    await does(company, "anna", f"{goal}/agree", revision=2)
    assert await suggested() == []
    await does(company, "ben", f"{goal}/close", outcome="released")
    assert await suggested() == [("waiting-goal", anna, "Answer within two days")]
    await does(company, "anna", f"{goal}/decline-closing")
    assert await suggested() == []
