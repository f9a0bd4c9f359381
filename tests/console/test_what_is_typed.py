"""Nothing that a person typed is lost or shown to somebody else when a session ends."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import pytest

from console.acting.forms import Form, Unreadable, faults_of
from console.acting.outcomes import Outcome, OutcomeStore
from console.browsers.sealing import Secret
from eventlog import wall_now
from tests.console.browser import Browser, Page
from tests.console.signing_in import SigningIn

TEXT = "What I typed, with “quotes” & <tags>"
SIGNED_OUT = "You were signed out. Your text is still here."


@pytest.fixture
async def browser(signing_in: SigningIn) -> AsyncGenerator[Browser]:
    """A browser in which Anna is signed in."""
    await signing_in.hire("anna", "ben")
    async with (browser := signing_in.browser()).http:
        await signing_in.sign_in(browser, "anna")
        yield browser


async def ended(signing_in: SigningIn, browser: Browser) -> None:
    """The session of the console has expired, and so has that of the provider."""
    await signing_in.sessions.remove(signing_in.secret(browser))
    await asyncio.to_thread(signing_in.provider.restart)


async def typed(browser: Browser, person: str) -> Page:
    """Send a form of a page that was shown to this person."""
    fields = {"_form": "note", "_page": "/", "_person": person, "_key": "k", "text": TEXT}
    return await browser.post("/act/partnerships/people/me/notes", fields)


async def kept(signing_in: SigningIn, browser: Browser, page: Page) -> Outcome | None:
    """What the console keeps of a form for this browser, whoever is signed in."""
    outcomes = OutcomeStore(signing_in.mongo, signing_in.database)
    named = page.path.partition("_outcome=")[2]
    return await outcomes.find(Secret(browser.http.cookies["tandem-outcomes"]), named)


def texts(outcome: Outcome | None) -> Sequence[str]:
    return () if outcome is None else [value for _, value in outcome.fields]


async def test_a_text_outlives_the_session_and_its_owner_sees_it_again(signing_in: SigningIn, browser: Browser):
    await ended(signing_in, browser)
    asked = await typed(browser, "anna")
    page = await browser.send(asked, asked.one("//form").get("action"), {"login": "anna"})
    assert page.path.startswith("/?_outcome=")
    assert SIGNED_OUT in page.text
    outcome = await kept(signing_in, browser, page)
    assert (texts(outcome), outcome and outcome.key) == ([TEXT], "k")


async def test_who_signs_in_on_the_same_browser_does_not_see_it(signing_in: SigningIn, browser: Browser):
    await ended(signing_in, browser)
    asked = await typed(browser, "anna")
    page = await browser.send(asked, asked.one("//form").get("action"), {"login": "ben"})
    assert "Signed in as Ben." in page.text
    assert SIGNED_OUT not in page.text
    assert texts(await kept(signing_in, browser, page)) == [TEXT]


async def test_a_form_of_one_person_is_never_sent_as_another(signing_in: SigningIn, browser: Browser):
    asked = signing_in.directory.log.read_text().count("POST")
    page = await typed(browser, "ben")
    assert signing_in.directory.log.read_text().count("POST") == asked
    assert SIGNED_OUT not in page.text
    assert texts(await kept(signing_in, browser, page)) == [TEXT]


async def test_another_browser_with_the_address_sees_nothing(signing_in: SigningIn, browser: Browser):
    page = await typed(browser, "anna")
    assert page.all("//main//p[@role='alert']")
    async with (other := signing_in.browser()).http:
        await signing_in.sign_in(other, "anna")
        assert not (await other.open(page.path)).all("//main//p[@role='alert']")


async def test_after_a_day_it_is_shown_no_more(signing_in: SigningIn, browser: Browser):
    page = await typed(browser, "anna")
    assert page.all("//main//p[@role='alert']")
    outcomes = signing_in.mongo.database(signing_in.database)["outcomes"]
    await outcomes.update_many({}, {"$set": {"expires_at": wall_now()}})  # the database has not removed it yet
    assert not (await browser.open(page.path)).all("//main//p[@role='alert']")


async def test_the_script_of_a_page_is_told_where_to_sign_in(signing_in: SigningIn, browser: Browser):
    await ended(signing_in, browser)
    browser.http.headers["HX-Request"] = "true"
    page = await typed(browser, "anna")
    assert page.answer.headers["hx-redirect"].startswith("/sign-in?to=/%3F_outcome%3D")


async def test_the_cookie_of_what_was_typed_lasts_a_day_and_no_script_reads_it(browser: Browser):
    fields = {"_form": "note", "_page": "/", "_person": "anna", "text": TEXT}
    answer = await browser.http.post("/act/partnerships/people/me/notes", data=fields, follow_redirects=False)
    (header,) = [each for each in answer.headers.get_list("set-cookie") if each.startswith("tandem-outcomes=")]
    assert header.endswith("; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax")
    assert len(header.partition("=")[2].partition(";")[0]) == 43, "256 random bits"


def test_a_fault_is_said_at_its_field_and_names_no_place_in_a_body():
    problem = {"errors": [{"where": "body.due", "what": "is missing"}, {"where": "body", "what": "give both"}]}
    form = Form([("text", ""), ("due.on", "")])
    assert faults_of(problem, form) == {"due.on": "is missing", "body": "give both"}
    assert (form.has("due.on"), form.has("body")) == (True, False)


def test_a_field_is_left_out_while_the_one_that_it_belongs_to_is_empty():
    def body(value: str) -> Mapping[str, Any]:
        return Form([("measure:int?value", "1"), ("value", value)]).body()

    assert (body("12"), body(" ")) == ({"measure": 1, "value": "12"}, {})


def test_a_time_before_all_time_cannot_be_read():
    with pytest.raises(Unreadable):
        Form([("start:moment", "0001-01-01T00:00"), ("_zone", "Europe/Berlin")]).body()
