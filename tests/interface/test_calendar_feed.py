"""The calendar feed over HTTP: a secret address, revocable, with what its person chose."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient, Response
from ics import Calendar, Event

from service_kit.http.middleware.rate_limits import Rate, RateLimits
from sessions.settings import PAGES
from tests.interface.company_in_memory import START, CompanyInMemory, answered, open_company


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    async with open_company("anna", "ben", "carla") as company:
        yield company


async def opened(company: CompanyInMemory, name: str = "anna", **chosen: Any) -> str:
    return (await company.post(name, "sessions", "/calendar-feed", chosen))["path"]


async def fetched(company: CompanyInMemory, path: str, **headers: str) -> Response:
    """What a calendar program gets: it has no token."""
    app = company.suite.services["sessions"].app
    async with AsyncClient(transport=ASGITransport(app), base_url="http://company") as client:
        return await client.get(path, headers=headers)


async def events(company: CompanyInMemory, path: str) -> dict[str, Event]:
    answer = await fetched(company, path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return {event.uid.partition("_")[0]: event for event in Calendar(answer.text).events}


async def test_it_has_sessions_promises_and_check_ins_without_words(company: CompanyInMemory):
    pair = await company.pair("anna", "ben")
    session = await company.session("ben", pair, "2026-03-05T14:00:00Z", title="My fear of heights")
    await company.promise("anna", pair, "Tell nobody", "2026-03-06T10:00:00Z")
    found = await events(company, await opened(company))
    assert found.keys() == {"session", "commitment", "check-ins"}
    assert found["session"].uid == f"{session}@tandem"
    assert (found["session"].name, found["session"].status) == ("Session with your partner", "TENTATIVE")
    assert found["session"].begin.datetime.isoformat() == "2026-03-05T14:00:00+00:00"
    assert (found["commitment"].name, found["check-ins"].name) == ("A promise is due", "A check-in is due")
    ben = await events(company, await opened(company, "ben"))
    assert ben.keys() == {"session", "check-ins"}, "a promise is in the calendar of its owner"
    carla = await events(company, await opened(company, "carla"))
    assert carla == {}, "nothing of other people"


async def test_titles_come_only_if_they_are_wanted_and_the_address_stays(company: CompanyInMemory):
    pair = await company.pair("anna", "ben")
    await company.session("ben", pair, "2026-03-05T14:00:00Z", title="Plans")
    await company.promise("anna", pair, "The draft", "2026-03-06T10:00:00Z")
    path = await opened(company, contents=["promises"])
    assert (await events(company, path)).keys() == {"commitment"}
    chosen = {"contents": ["sessions", "promises"], "with_titles": True}
    answered(await company.ask("anna", "PUT", "sessions", "/calendar-feed", chosen), 200)
    found = await events(company, path)
    assert {event.name for event in found.values()} == {"Plans", "Due: The draft"}


async def test_with_a_console_each_date_has_the_address_of_its_page(
    company: CompanyInMemory, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(PAGES, "console", "https://tandem.example.com")
    pair = await company.pair("anna", "ben")
    session = await company.session("ben", pair, "2026-03-05T14:00:00Z")
    promise = await company.promise("anna", pair, "Tell nobody", "2026-03-06T10:00:00Z")
    found = await events(company, await opened(company))
    assert found["session"].url == f"https://tandem.example.com/sessions/{session}"
    assert found["commitment"].url == f"https://tandem.example.com/promises/{promise}"
    assert str(found["check-ins"].url).startswith("https://tandem.example.com/check-ins/check-ins_")


async def test_what_changes_has_the_same_uid_and_a_higher_sequence_and_what_is_over_is_gone(company: CompanyInMemory):
    pair = await company.pair("anna", "ben")
    session = await company.session("ben", pair, "2026-03-05T14:00:00Z")
    path = await opened(company, contents=["sessions", "promises"])
    before = await fetched(company, path)
    await company.post("anna", "sessions", f"/sessions/{session}/accept", {})
    after = await fetched(company, path)
    assert _sequence(after) > _sequence(before)
    assert (await events(company, path))["session"].status == "CONFIRMED"
    await company.post("anna", "sessions", f"/sessions/{session}/cancel", {})
    promise = await company.promise("anna", pair, "The draft", "2026-03-06T10:00:00Z")
    assert (await events(company, path)).keys() == {"commitment"}
    await company.post("anna", "goals", f"/commitments/{promise}/keep", {})
    assert await events(company, path) == {}


def _sequence(answer: Response) -> int:
    return next(int(line[9:]) for line in answer.text.splitlines() if line.startswith("SEQUENCE:"))


async def test_a_calendar_that_has_not_changed_is_not_sent_again(company: CompanyInMemory):
    pair = await company.pair("anna", "ben")
    path = await opened(company)
    first = await fetched(company, path)
    again = await fetched(company, path, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    await company.session("ben", pair, "2026-03-05T14:00:00Z")
    changed = await fetched(company, path, **{"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_an_address_that_is_revoked_replaced_or_made_up_answers_404(company: CompanyInMemory):
    first = await opened(company)
    second = await opened(company)
    assert [(await fetched(company, path)).status_code for path in (first, second)] == [404, 200]
    await company.post("anna", "sessions", "/calendar-feed/revoke", {})
    assert (await fetched(company, second)).status_code == 404
    assert (await fetched(company, "/calendar/x.ics")).status_code == 404
    seen = await company.get("anna", "sessions", "/calendar-feed")
    assert (seen["status"], "path" in seen) == ("revoked", False)
    assert (await company.ask("carla", "GET", "sessions", "/calendar-feed")).status_code == 404


async def test_who_left_the_company_reads_nothing_until_they_are_back(company: CompanyInMemory):
    await company.pair("anna", "ben")
    path, anna = await opened(company), company.people["anna"]
    for change, status in (("deactivate", 404), ("reactivate", 200)):
        answered(
            await company.ask("hr", "POST", "partnerships", f"/people/{anna}/{change}", scopes=("hr.directory",)), 200
        )
        await company.suite.settles()
        assert (await fetched(company, path)).status_code == status


async def test_a_session_that_was_held_stays_in_the_calendar(company: CompanyInMemory):
    pair = await company.pair("anna", "ben")
    session = await company.session("ben", pair, "2026-03-02T14:00:00Z")
    path = await opened(company, contents=["sessions"])
    await company.post("anna", "sessions", f"/sessions/{session}/accept", {})
    company.suite.clock.at = START + timedelta(hours=8)
    for name in ("anna", "ben"):
        await company.post(name, "sessions", f"/sessions/{session}/report", {"present": True})
    assert (await company.get("anna", "sessions", f"/sessions/{session}"))["status"] == "held"
    assert (await events(company, path))["session"].status == "CONFIRMED"


async def test_the_secret_is_in_no_document_and_in_no_event(company: CompanyInMemory):
    secret = (await opened(company)).removeprefix("/calendar/").removesuffix(".ics")
    service = company.suite.services["sessions"]
    (document,) = await service.store.find("feed", {"person": company.people["anna"]})
    history = await service.store.history(document.stream)
    assert secret not in repr(document)
    assert secret not in repr(history)


async def test_one_address_is_read_only_so_often(company: CompanyInMemory):
    path = await opened(company)
    state = company.suite.services["sessions"].app.state
    limits = RateLimits(people=Rate(0.001, 2), systems=Rate(1, 1))
    state.app_context = replace(state.app_context, limits=limits)
    statuses = [(await fetched(company, path)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
