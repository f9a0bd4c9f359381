"""Names and texts that no page may take for its own, and texts that are too long to be taken at all."""

import csv
import io

import pytest

from console.pages import PAGES
from tests.console.conftest import LocalConsole
from tests.console.furnished import furnished
from tests.delivery.company import Company, Somebody, answered

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "quotes": 'O\'Brien "& Söhne" <b>',
    "template": "{{ 7 * 7 }} {% raw %}",
    "right to left": "محمد بن سلمان",
    "emoji": "🦊 Fox 👩‍👩‍👧",
}


async def named(company: Company, somebody: Somebody, name: str) -> None:
    """Give somebody another name, as HR's roster does."""
    written = io.StringIO()
    csv.writer(written).writerows([["id", "name", "zone"], [somebody.login, name, "Europe/Berlin"]])
    columns = {"external_id": "id", "display_name": "name", "zone": "zone"}
    body = {"shape": {"source": company.prefix, "columns": columns}, "csv": written.getvalue()}
    answered(await company.hr().post("partnerships", "/roster", body))
    await company.stage.settle()


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_name_is_only_a_name(company: Company, console: LocalConsole, name: str):
    anna, ben = await company.hire("anna", "ben")
    await named(company, ben, name)
    addresses = await furnished(company, anna, ben)
    shown = answered(await anna.get("partnerships", "/partnerships"))["items"][0]["your_partner"]["display_name"]
    browser = await console.sign_in(anna, "partner", "hr.directory")
    for pattern in PAGES:
        page = await browser.open(addresses[pattern])
        assert page.status == 200, pattern
        assert not page.all("//main//script | //main//b | //main//img"), pattern
        assert "49" not in page.text.split(), "no template is run twice"
    assert shown in (await browser.open("/partnerships")).text


async def test_a_text_that_is_too_long_is_refused_and_kept(company: Company, console: LocalConsole):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    browser, long = await console.sign_in(anna), "ä" * 10_000
    page = await browser.open(f"/partnerships/{pair}/goal")
    (form,) = page.all("//form[contains(@action, '/goals')]/@id")
    refused = await browser.send(page, form, {"title": "Short", "description": long})
    (kept,) = refused.all("//textarea[@name='description']")
    assert kept.text_content().strip() == long
    assert refused.all("//main//*[@role='alert']")
    assert answered(await anna.get("goals", f"/partnerships/{pair}/goals"))["items"] == []


async def test_a_time_that_does_not_exist_is_explained_and_kept(company: Company, console: LocalConsole):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    browser = await console.sign_in(anna)
    page = await browser.open(f"/partnerships/{pair}/session")
    (form,) = page.all("//form[contains(@action, '/sessions')]/@id")
    refused = await browser.send(page, form, {"start:moment": "2026-03-29T02:30"})
    assert "this time does not exist" in refused.text
    assert refused.one("//input[@name='start:moment']").get("value") == "2026-03-29T02:30"


@pytest.mark.parametrize("name", ["_key", "_if_match", "_zone", "_page", "_then", "_form"])
async def test_a_forged_field_breaks_nothing_and_keeps_the_text(company: Company, console: LocalConsole, name: str):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    browser = await console.sign_in(anna)
    page = await browser.open(f"/partnerships/{pair}/promise")
    fields = dict(page.form("promise").form_values()) | {"text": "I call them.", "due.on": "", name: "ü\n//x\x00"}
    answered_with = await browser.post(page.form("promise").get("action"), fields)
    assert answered_with.status in (200, 404)
    assert answered_with.answer.url.host == "127.0.0.1"
    if name not in ("_page", "_form"):
        assert "I call them." in answered_with.one("//form[@id='promise']//textarea[@name='text']").text


async def test_an_address_cannot_give_somebody_the_name_of_another(company: Company, console: LocalConsole):
    anna, ben = await company.hire("anna", "ben")
    browser = await console.sign_in(anna)
    by_address = await browser.open(f"/propose/{ben.id}?name=The+Head+of+Sales")
    assert "Head of Sales" not in by_address.one("//main").text_content()
    assert "Ask your colleague" in by_address.text
    (link,) = (await browser.open(f"/propose?q={ben.login}@example.com")).all("//a[contains(@href, '/propose/')]/@href")
    assert "Ask Ben" in (await browser.open(link)).text


async def test_a_search_that_is_too_short_is_refused_at_its_field(company: Company, console: LocalConsole):
    (anna,) = await company.hire("anna")
    page = await (await console.sign_in(anna)).open("/propose?q=x")
    assert page.one("//input[@id='q']").get("value") == "x"
    assert "has fewer than 2 letters" in page.one("//*[@id='q-hint']").text
