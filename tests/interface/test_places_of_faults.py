"""What a 422 says is wrong has the place that the client knows, and says it once."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from tests.interface.company_in_memory import CompanyInMemory, answered, open_company


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    async with open_company("anna", "ben") as company:
        yield company


def meeting(**more: Any) -> dict[str, Any]:
    return {"terms": {"meetings": {"rhythm": "FREQ=DAILY", "local_time": "10:00:00", "minutes": 30, **more}}}


CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({"other": "x"}, {"body.other"}),
    ({"other": {"source": "hr"}}, {"body.other", "body.other.external_id"}),
    (meeting(zone="Mars/Olympus"), {"body.terms.meetings.zone"}),
    (meeting(place=""), {"body.terms.meetings.place"}),
    ({"terms": {"meetings": "never"}}, {"body.terms.meetings"}),
    ({"terms": {"sharing": [{"audience": "hr", "types": ["nothing"]}]}}, {"body.terms.sharing.0.types.0"}),
    ({"terms": {"sharing": [{"audience": "hr", "types": []}]}}, {"body.terms.sharing.0.types"}),
    ({"terms": {"unknown": 1}}, {"body.terms.unknown"}),
]


@pytest.mark.parametrize(("body", "places"), CASES)
async def test_a_place_has_only_names_of_the_request(company: CompanyInMemory, body: dict[str, Any], places: set[str]):
    proposal = {"other": company.people["ben"], **body}
    answer = await company.ask("anna", "POST", "partnerships", "/partnerships", proposal)
    assert {each["where"] for each in answered(answer, 422)["errors"]} == places


async def test_a_text_that_is_too_long_has_characters_and_no_entries(company: CompanyInMemory):
    pair = await company.pair("anna", "ben")
    goal = {"title": "Answer sooner", "measures": [{"name": "Answer time", "unit": "h" * 31}]}
    answer = await company.ask("anna", "POST", "goals", f"/partnerships/{pair}/goals", goal)
    (error,) = answered(answer, 422)["errors"]
    assert error == {"where": "body.measures.0.unit", "what": "String should have at most 30 characters"}


@pytest.mark.parametrize("due", [{}, {"on": "2026-03-05", "at": "2026-03-05T10:00:00Z"}])
async def test_a_due_moment_is_one_of_the_two(company: CompanyInMemory, due: dict[str, str]):
    pair = await company.pair("anna", "ben")
    for path in (f"/partnerships/{pair}/commitments", f"/partnerships/{pair}/requests"):
        answer = await company.ask("anna", "POST", "goals", path, {"text": "The draft", "due": due})
        assert [each["where"] for each in answered(answer, 422)["errors"]] == ["body.due"]
