"""The pages of single things: what they show, what can be done there, and what becomes of an overtaken form."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx2
import pytest
from starlette.requests import Request

from console.api_client import ApiClient
from console.context import ConsoleContext
from console.pages import PAGES, beginning, things
from console.settings import SERVICES
from console.visit import Page as PageFunction
from console.visit import Visit
from tests.console.browser import Browser, Page
from tests.console.conftest import LocalConsole
from tests.delivery.company import Company, Somebody, answered

MOST_CALLS = 5
"""The most calls of a page, besides the one that says who the person is."""


class Two:
    """Anna and Ben with a partnership, each with a browser."""

    def __init__(self, company: Company, pair: str, anna: Somebody, ben: Somebody, hers: Browser, his: Browser) -> None:
        self.company, self.pair = company, pair
        self.anna, self.ben = anna, ben
        self.hers, self.his = hers, his

    async def does(self, who: Somebody, service: str, path: str, **body: Any) -> Any:
        """A command over HTTP; every service knows of it when this returns."""
        answer = await who.post(service, path, body)
        assert answer.status_code in (200, 201), answer.text
        await self.company.stage.settle()
        return answer.json()["id"]

    async def promise(self, who: Somebody, text: str, days: int = 3) -> str:
        due = {"on": str(self.company.today() + timedelta(days=days))}
        return await self.does(who, "goals", f"/partnerships/{self.pair}/commitments", text=text, due=due)

    async def goal(self, who: Somebody, **words: Any) -> str:
        return await self.does(who, "goals", f"/partnerships/{self.pair}/goals", **words)

    async def session(self, who: Somebody, hours: int = 26) -> str:
        start = (self.company.stage.now + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")
        return await self.does(who, "sessions", f"/partnerships/{self.pair}/sessions", start=start, minutes=30)


@pytest.fixture
async def two(company: Company, console: LocalConsole) -> Two:
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    return Two(company, pair, anna, ben, await console.sign_in(anna), await console.sign_in(ben))


def section(page: Page, name: str) -> str:
    return " ".join(page.one(f"//section[@aria-labelledby='{name}']").text_content().split())


async def test_a_promise_shows_every_date_that_it_had_and_all_that_was_said(two: Two):
    promise = await two.promise(two.anna, "I write the minutes.")
    page = await two.hers.open(f"/promises/{promise}")
    assert page.status == 200
    due = {"due.on": str(two.company.today() + timedelta(days=7)), "note": "The figures come late."}
    assert "Done." in (await two.hers.send(page, f"renegotiate-{promise}", due)).text
    page = await two.his.open(f"/promises/{promise}")
    assert "asks for another date" in page.text
    assert "Done." in (await two.his.send(page, f"agree-{promise}", {"note": "Good."})).text
    for browser, said in ((two.hers, "You asked for another date"), (two.his, "Anna asked for another date")):
        page = await browser.open(f"/promises/{promise}")
        dates = page.one("//section[@aria-labelledby='dates']").xpath(".//li")
        assert [" ".join(each.text_content().split()).partition(" ")[0] for each in dates] == ["Before:", "Until", "If"]
        assert said in section(page, "history")
        assert "The figures come late." in section(page, "history")


async def test_a_promise_is_kept_with_its_time_and_taken_back(two: Two):
    promise = await two.promise(two.anna, "I call the customer.")
    await two.company.stage.play_until(two.company.stage.now + timedelta(hours=2))
    an_hour_ago = two.company.stage.now.astimezone(ZoneInfo("Europe/Berlin")) - timedelta(hours=1)
    page = await two.hers.open(f"/promises/{promise}")
    kept = await two.hers.send(page, f"keep-{promise}", {"kept_at:moment": an_hour_ago.strftime("%Y-%m-%dT%H:%M")})
    assert kept.path.startswith(f"/promises/{promise}")
    assert "You said that it was done:" in section(kept, "history")
    page = await two.his.open(f"/promises/{promise}")
    assert "You said thank you." in (await two.his.send(page, f"thank-{promise}", {"note": "Well done."})).text
    page = await two.hers.open(f"/promises/{promise}")
    taken_back = await two.hers.send(page, f"take-back-{promise}")
    assert "You took back that it was done." in taken_back.text


async def test_a_date_without_work_moves_and_the_page_says_where_to(two: Two):
    sunday = two.company.today() + timedelta(days=13 - two.company.today().weekday())
    begin = await two.hers.open(f"/partnerships/{two.pair}/promise")
    promised = await two.hers.send(begin, "promise", {"text": "I water the plants.", "due.on": str(sunday)})
    monday = sunday + timedelta(days=1)
    assert f"The date moved to Monday {monday:%-d %B %Y}." in promised.text


async def test_a_goal_is_countered_measured_and_served_by_a_promise(two: Two):
    page = await two.hers.open(f"/partnerships/{two.pair}/goal")
    typed = {"title": "Answer within a day", "measures.0.name": "Answer time", "measures.0.unit": "hours"}
    proposed = await two.hers.send(page, "goal", {**typed, "measures.0.from_value": "52", "measures.0.to_value": "24"})
    goal = proposed.path.partition("?")[0].removeprefix("/goals/")
    await two.company.stage.settle()
    page = await two.his.open(f"/goals/{goal}")
    countered = await two.his.send(
        page, f"counter-{goal}", {"title": "Answer within two days", "measures.1.name": "Letters"}
    )
    assert "You suggested other words." in countered.text
    page = await two.hers.open(f"/goals/{goal}")
    assert "two" in [each.text for each in page.all("//ins")]
    assert [each.text_content().strip() for each in page.all("//tbody//th")] == ["Answer time (hours)", "Letters"]
    agreed = await two.hers.send(page, f"agree-{goal}")
    progress = {"value": "40.5", "note": "The rota helps."}
    written = await two.hers.send(agreed, f"progress-{goal}", progress)
    assert "40.5" in section(written, "measures")
    assert "The rota helps." in section(written, "progress")
    written = await two.hers.send(written, f"progress-{goal}", {"note": "Nobody counted."})
    assert "Nobody counted." in section(written, "progress"), "a line needs no value"
    begin = await two.hers.open(f"/partnerships/{two.pair}/promise?goal={goal}")
    promised = await two.hers.send(begin, "promise", {"text": "I sort the letters."})
    assert promised.path.startswith("/promises/")
    assert [each.get("href") for each in promised.all("//section[@aria-labelledby='links']//a")] == [f"/goals/{goal}"]
    assert "I sort the letters." in section(await two.his.open(f"/goals/{goal}"), "promises")


async def test_a_form_that_was_overtaken_says_what_changed_and_keeps_the_text(two: Two):
    goal = await two.goal(two.anna, title="Answer within a day")
    early = await two.his.open(f"/goals/{goal}")
    await two.does(two.ben, "goals", f"/goals/{goal}/counter", revision=1, title="Within a week", note="On the phone")
    await two.does(two.anna, "goals", f"/goals/{goal}/counter", revision=2, title="Within two days")
    late = await two.his.send(early, f"counter-{goal}", {"title": "Within three days", "note": "Three are enough."})
    assert "This changed while you were writing." in late.text
    changed = section(late, "meanwhile")
    assert "You suggested other words." in changed
    assert "Anna suggested other words." in changed
    form = late.form(f"counter-{goal}")
    assert form.fields["title"] == "Within three days"
    assert form.fields["note"].strip() == "Three are enough."
    assert "You suggested other words." in (await two.his.send(late, f"counter-{goal}")).text


async def test_the_text_is_kept_when_its_form_is_gone(two: Two):
    goal = await two.goal(two.anna, title="Answer within a day")
    early = await two.his.open(f"/goals/{goal}")
    await two.does(two.anna, "goals", f"/goals/{goal}/withdraw")
    late = await two.his.send(early, f"counter-{goal}", {"title": "Within three days"})
    assert "Anna took the suggestion back." in section(late, "meanwhile")
    assert "Within three days" in late.text


async def test_a_check_in_is_written_with_a_line_for_each_promise_answered_and_written_anew(
    company: Company, console: LocalConsole
):
    anna, ben = await company.hire("anna", "ben")
    thursday = company.today() + timedelta(days=(3 - company.today().weekday()) % 7 or 7)
    pair = await company.pair(anna, ben, starting=str(thursday), questions=["What went well?"])
    two = Two(company, pair, anna, ben, await console.sign_in(anna), await console.sign_in(ben))
    promise = await two.promise(anna, "I write the minutes.", days=20)
    (mine,) = [
        each
        for each in answered(await anna.get("goals", f"/partnerships/{pair}/check-ins"))
        if each["owner"] == anna.id
    ]
    await company.stage.play_until(datetime.fromisoformat(mine["current"]["opens"]) + timedelta(hours=1))
    at, day = f"/check-ins/{mine['id']}", mine["current"]["occasion"]
    page = await two.hers.open(at)
    lines = {f"answers.{promise}": "Half done", "to_questions[]:line": "The talk", "need": "An hour of yours"}
    written = await two.hers.send(page, f"submit-{mine['id']}-{day}", lines)
    for browser in (two.hers, two.his):
        text = (await browser.open(at)).one(f"//article[@id='day-{day}']").text_content()
        for each in ("I write the minutes.", "Half done", "What went well?", "The talk", "An hour of yours"):
            assert each in text
    page = await two.his.open(at)
    await two.his.send(page, f"answer-{mine['id']}-{day}", {"text": "Friday at ten"})
    form = f"revise-{mine['id']}-{day}"
    assert written.form(form).fields["need"].strip() == "An hour of yours"
    overtaken = await two.hers.send(written, form, {"need": "Two hours"})
    assert "Ben answered the check-in" in section(overtaken, "meanwhile")
    assert overtaken.form(form).fields["need"].strip() == "Two hours"
    revised = await two.hers.send(overtaken, form)
    article = revised.one(f"//article[@id='day-{day}']").text_content()
    for each in ("Two hours", "An hour of yours", "Friday at ten", "Half done"):
        assert each in article


async def test_a_meeting_has_an_agenda_notes_and_what_follows_from_it(two: Two):
    page = await two.hers.open(f"/partnerships/{two.pair}/session")
    start = (two.company.stage.now + timedelta(days=1)).strftime("%Y-%m-%dT15:00")
    proposed = await two.hers.send(page, "session", {"start:moment": start, "title": "The launch", "place": "Room 4"})
    session = proposed.path.partition("?")[0].removeprefix("/sessions/")
    await two.company.stage.settle()
    accepted = await two.his.send(await two.his.open(f"/sessions/{session}"), f"accept-{session}")
    assert "You agreed" in section(accepted, "history")
    page = await two.his.send(accepted, f"add-{session}", {"text": "Who decides?"})
    page = await two.his.send(page, "own-notes", {"text": "Ask about the summer."})
    page = await two.his.send(page, "own-items", {"items:lines": "The summer\n\nThe bonus"})
    assert page.form("own-items").fields["items:lines"].strip() == "The summer\nThe bonus"
    hers = await two.hers.open(f"/sessions/{session}")
    assert "From Ben." in section(hers, "agenda")
    for secret in ("Ask about the summer.", "The bonus"):
        assert secret in page.answer.text
        assert secret not in hers.answer.text
    (discussed,) = hers.all("//form[contains(@action, '/discussed')]")
    hers = await two.hers.send(hers, discussed.get("id"))
    assert "You talked about it." in section(hers, "agenda")
    await two.his.send(page, "notes", {"text": "We ship on Monday."})
    late = await two.hers.send(hers, "notes", {"text": "We ship on Friday."})
    assert "We ship on Monday." in section(late, "notes-of-both")
    assert "Ben wrote your shared notes." in section(late, "meanwhile")
    assert late.form("notes").fields["text"].strip() == "We ship on Friday."
    due = str(two.company.today() + timedelta(days=9))
    await two.hers.send(late, "follow-up", {"text": "I tell the team.", "owner": "me", "due.on": due})
    hers = await two.hers.open(f"/sessions/{session}")
    await two.hers.send(hers, "follow-up", {"text": "Could you call Carla?", "owner": "partner", "due.on": due})
    await two.company.stage.settle()
    follows = section(await two.his.open(f"/sessions/{session}"), "follow-ups")
    assert "Anna does it by" in follows
    assert "Anna asks you for it" in follows


async def test_two_look_back_and_read_each_other_only_then(two: Two):
    session = await two.session(two.anna)
    await two.does(two.ben, "sessions", f"/sessions/{session}/accept")
    await two.company.stage.play_until(two.company.stage.now + timedelta(hours=27))
    page = await two.hers.send(await two.hers.open(f"/sessions/{session}"), f"we-met-{session}")
    assert "You said that you were there. And that Ben was, too." in section(page, "reports")
    looked_back = {"heard:int": "4", "useful:int": "5", "line": "We took our time."}
    await two.hers.send(page, "reflection", looked_back)
    his = await two.his.open(f"/sessions/{session}")
    assert "Anna has written." in section(his, "looking-back")
    assert "We took our time." not in his.answer.text
    his = await two.his.send(his, "reflection", {**looked_back, "line": "I listened too little."})
    for browser in (two.hers, two.his):
        both = section(await browser.open(f"/sessions/{session}"), "looking-back")
        assert "We took our time." in both
        assert "I listened too little." in both


async def test_a_date_shows_what_else_is_due_before_the_promise_is_made(two: Two):
    await two.promise(two.anna, "I write the minutes.", days=3)
    on = str(two.company.today() + timedelta(days=4))
    page = await two.hers.open(f"/partnerships/{two.pair}/promise")
    page = await two.hers.send(page, "promise", {"_look": "true", "text": "I make the tea.", "due.on": on})
    assert "I write the minutes." in section(page, "what")
    assert page.one("//form[@id='promise']//textarea[@name='text']").text.strip() == "I make the tea."
    page = await two.hers.send(page, "promise", {"_look": "true", "due.on": "2020-01-01"})
    assert page.status == 200
    assert "It is due on" not in section(page, "what")
    page = await two.his.open(f"/partnerships/{two.pair}/request")
    page = await two.his.send(page, "request", {"_look": f"due.on={on}"})
    assert "Anna has promised you for that week already" in section(page, "what")
    assert page.one("//input[@name='due.on']").get("value") == on
    asked = await two.his.send(page, "request", {"text": "Could you send them to me?"})
    assert "You ask Anna" in asked.text


async def test_strangers_find_none_of_it(two: Two, company: Company, console: LocalConsole):
    (carla,) = await company.hire("carla")
    browser = await console.sign_in(carla)
    promise, goal = await two.promise(two.anna, "Ours"), await two.goal(two.anna, title="Ours")
    session = await two.session(two.anna)
    for path in (f"/promises/{promise}", f"/goals/{goal}", f"/sessions/{session}", f"/partnerships/{two.pair}/promise"):
        page = await browser.open(path)
        assert page.status == 404
        assert "Ours" not in page.answer.text


OURS = [each for each in PAGES.values() if each.__module__ in (beginning.__name__, things.__name__)]


@pytest.mark.parametrize("page", OURS, ids=lambda page: page.__qualname__)
async def test_a_page_needs_at_most_five_calls(page: PageFunction):
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        return httpx2.Response(503)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
        api = ApiClient(http, dict.fromkeys(SERVICES, "http://service"), "token", "en")
        scope: dict[str, Any] = {
            "type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [],
            "path_params": {"id": "some_1"}, "session": {},
        }  # fmt: skip
        context = cast("ConsoleContext", SimpleNamespace(settings=SimpleNamespace(sign_in="local")))
        shown = await page(Visit(Request(scope), context, api, datetime.fromisoformat("2026-03-02T09:00:00+00:00")))
    assert shown.status_code == 200
    assert asked.count("/people/me") == 1
    assert len(asked) <= MOST_CALLS + 1
