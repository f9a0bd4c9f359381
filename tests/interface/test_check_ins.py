"""What two partners write around a check-in, over HTTP: questions of their own, revisions, replies, old ones."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from tests.interface.company_in_memory import START, CompanyInMemory, answered, open_company

QUESTIONS = ["What went well?", "What did you put off?"]
THURSDAY = START + timedelta(days=3)


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    async with open_company("anna", "ben", "carla") as company:
        yield company


@pytest.fixture
async def pair(company: CompanyInMemory) -> str:
    """On Thursday morning the first check-ins of the two are open."""
    partnership = await company.pair("anna", "ben", questions=QUESTIONS)
    await company.suite.comes(THURSDAY)
    return partnership


async def hers(company: CompanyInMemory, pair: str) -> str:
    return (await company.get("anna", "goals", f"/partnerships/{pair}/check-ins"))[0]["id"]


async def texts(company: CompanyInMemory, name: str) -> list[str]:
    return [item["text"] for item in (await company.get(name, "notifications", "/inbox"))["items"]]


async def test_the_questions_of_the_pair_are_part_of_the_check_in(company: CompanyInMemory, pair: str):
    stream = await hers(company, pair)
    assert (await company.get("anna", "goals", f"/check-ins/{stream}"))["current"]["questions"] == QUESTIONS
    terms = {"questions": ["What is next?"]}
    proposed = await company.post("ben", "partnerships", f"/partnerships/{pair}/terms", {"terms": terms})
    version = proposed["events"][0]["data"]["terms"]["version"]
    await company.post("anna", "partnerships", f"/partnerships/{pair}/terms/{version}/agree", {})
    path = f"/check-ins/{stream}/submit"
    too_many = {"to_questions": ["The draft", None, "A third"]}
    refused = answered(await company.ask("anna", "POST", "goals", path, too_many), 409)
    assert refused["type"].endswith("no-such-question")
    await company.post("anna", "goals", path, {"to_questions": [None, "The slides"]})
    seen = (await company.get("ben", "goals", f"/check-ins/{stream}"))["current"]
    assert (seen["questions"], seen["submitted"]["to_questions"]) == (QUESTIONS, [None, "The slides"])
    await company.suite.comes(THURSDAY + timedelta(days=7), by=timedelta(hours=1))
    seen = await company.get("ben", "goals", f"/check-ins/{stream}")
    assert (seen["current"]["questions"], seen["past"][0]["questions"]) == (terms["questions"], QUESTIONS)


@pytest.mark.parametrize("said", [{}, {"to_questions": [None]}, {"occasion": "2026-03-05"}, {"we_talked": False}])
async def test_a_check_in_that_says_nothing_is_refused(company: CompanyInMemory, pair: str, said: dict[str, Any]):
    path = f"/check-ins/{await hers(company, pair)}"
    answered(await company.ask("anna", "POST", "goals", f"{path}/submit", said), 422)
    await company.post("anna", "goals", f"{path}/submit", {"need": "An hour"})
    answered(await company.ask("anna", "POST", "goals", f"{path}/revise", said), 422)


async def test_we_talked_needs_no_text_and_both_see_it(company: CompanyInMemory, pair: str):
    stream = await hers(company, pair)
    await company.post("anna", "goals", f"/check-ins/{stream}/submit", {"we_talked": True})
    for name in ("anna", "ben"):
        seen = (await company.get(name, "goals", f"/check-ins/{stream}"))["current"]
        assert (seen["status"], seen["submitted"]["we_talked"], seen["submitted"]["need"]) == ("submitted", True, None)


async def test_a_revision_keeps_the_earlier_text_and_both_see_when(company: CompanyInMemory, pair: str):
    stream = await hers(company, pair)
    promise = await company.promise("anna", pair, "The draft", "2026-03-10T10:00:00Z")
    first = {"answers": {promise: "Half done"}, "need": "An hour", "to_questions": ["The talk"]}
    answer = await company.post("anna", "goals", f"/check-ins/{stream}/submit", first)
    await company.suite.comes(THURSDAY + timedelta(hours=1))
    again = await company.post("anna", "goals", f"/check-ins/{stream}/revise", {"need": "Two hours", "note": "Sorry"})
    assert again["events"][0]["type"] == "check-in-revised"
    seen = (await company.get("ben", "goals", f"/check-ins/{stream}"))["current"]["submitted"]
    assert (seen["need"], seen["answers"], seen["speaks_of"]) == ("Two hours", {}, [])
    assert seen["revised_at"] == again["events"][0]["at"]
    (earlier,) = seen["earlier"]
    assert earlier == {"at": answer["events"][0]["at"], **first}
    history = await company.ask("ben", "GET", "goals", f"/check-ins/{stream}/history")
    assert "Two hours" not in history.text
    assert any("has changed a check-in" in text for text in await texts(company, "ben"))
    refused = answered(await company.ask("ben", "POST", "goals", f"/check-ins/{stream}/revise", {"need": "Less"}), 409)
    assert refused["type"].endswith("not-your-check-in")


async def test_replies_are_shown_with_the_check_in_and_are_an_answer_to_its_author(company: CompanyInMemory, pair: str):
    stream = await hers(company, pair)
    path, day = f"/check-ins/{stream}/answer", "2026-03-05"
    nothing_yet = await company.ask("ben", "POST", "goals", path, {"occasion": day, "text": "?"})
    assert answered(nothing_yet, 409)["type"].endswith("nothing-written")
    await company.post("anna", "goals", f"/check-ins/{stream}/submit", {"need": "An hour"})
    for text in ("Friday at ten", "Or at two"):
        await company.post("ben", "goals", path, {"occasion": day, "text": text})
    for where in ("current", "listed"):
        if where == "current":
            shown: Any = (await company.get("anna", "goals", f"/check-ins/{stream}"))["current"]
        else:
            (shown,) = (await company.get("anna", "goals", "/check-ins", owner="me"))["items"]
        assert [reply["text"] for reply in shown["replies"]] == ["Friday at ten", "Or at two"], where
    history = await company.ask("anna", "GET", "goals", f"/check-ins/{stream}/history")
    assert "Friday at ten" not in history.text
    assert any("has answered your check-in" in text for text in await texts(company, "anna"))
    own = await company.ask("anna", "POST", "goals", path, {"occasion": day, "text": "Mine"})
    assert answered(own, 409)["type"].endswith("not-yours-to-answer")
    for what in ("answer", "revise"):
        body = {"occasion": day, **({"text": "Hello"} if what == "answer" else {"need": "Hello"})}
        answered(await company.ask("carla", "POST", "goals", f"/check-ins/{stream}/{what}", body), 404)


async def test_check_ins_of_all_time_are_read_and_old_ones_answered_but_not_revised(
    company: CompanyInMemory, pair: str
):
    stream, day = await hers(company, pair), "2026-03-05"
    await company.post("anna", "goals", f"/check-ins/{stream}/submit", {"need": "An hour"})
    await company.post("anna", "goals", f"/check-ins/{stream}/revise", {"need": "Two hours"})
    await company.post("ben", "goals", f"/check-ins/{stream}/answer", {"occasion": day, "text": "Friday at ten"})
    await company.suite.comes(START + timedelta(days=90), by=timedelta(hours=12))
    assert day not in {each["occasion"] for each in (await company.get("ben", "goals", f"/check-ins/{stream}"))["past"]}
    await company.post("ben", "goals", f"/check-ins/{stream}/answer", {"occasion": day, "text": "I read it again"})
    revision = await company.ask(
        "anna", "POST", "goals", f"/check-ins/{stream}/revise", {"occasion": day, "need": "Three"}
    )
    assert answered(revision, 409)["type"].endswith("check-in-closed")
    found = await company.pages("anna", "goals", f"/partnerships/{pair}/occasions", 5, owner="me")
    assert (len(found) > 12, found[0]["occasion"]) == (True, day)
    assert (found[0]["submitted"]["need"], found[0]["submitted"]["earlier"][0]["need"]) == ("Two hours", "An hour")
    assert [reply["text"] for reply in found[0]["replies"]] == ["Friday at ten", "I read it again"]
    assert found[0]["questions"] == QUESTIONS


async def test_one_partners_check_ins_come_latest_first_with_what_they_are_about(company: CompanyInMemory, pair: str):
    stream = await hers(company, pair)
    promise = await company.promise("anna", pair, "The agenda", "2026-04-10T10:00:00Z")
    await company.post("anna", "goals", f"/check-ins/{stream}/submit", {"answers": {promise: "Half done"}})
    await company.suite.comes(START + timedelta(days=30), by=timedelta(hours=12))
    path = f"/check-ins/{stream}/occasions"
    found = await company.pages("ben", "goals", path, 2)
    days = [each["occasion"] for each in found]
    assert len(days) > 3
    assert days == sorted(days, reverse=True)
    assert {each["check_ins"] for each in found} == {stream}
    assert found[-1]["subjects"] == [{"id": promise, "text": "The agenda"}]
    assert found == await company.pages("ben", "goals", path, 200)
