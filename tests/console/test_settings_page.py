"""The settings page: how a person is told, their logins, their calendar, and what others see."""

import json

from tests.console.conftest import LocalConsole
from tests.delivery.company import Company, answered


async def test_a_person_chooses_how_they_are_told(company: Company, console: LocalConsole):
    (anna,) = await company.hire("anna")
    browser = await console.sign_in(anna)
    page = await browser.open("/settings")
    assert "You are in your working hours, so a message can come now." in page.text
    off = json.dumps({"channel": "mail", "kind": "digests"})
    typed = {"ceiling:int": "2", "opt_ins[]": ["heads-up"], "switched_off[]:json": [off], "news_in_digest:flag": "true"}
    page = await browser.send(page, "choices", typed)
    assert (page.status, page.path.partition("?")[0]) == (200, "/settings")
    assert "Done." in page.text
    assert "You get no digest by mail" in page.one("//section[@aria-labelledby='told']/p").text_content()
    told = answered(await anna.get("notifications", "/recipients/me"))
    assert (told["ceiling"], told["opt_ins"], told["news_in_digest"]) == (2, ["heads-up"], True)
    assert (told["channels"], told["switched_off"]) == (["inbox", "mail"], [{"kind": "digests", "channel": "mail"}])
    (box,) = [each for each in page.form("choices").inputs["switched_off[]:json"] if each.checked]
    assert box.get("value") == off
    page = await browser.send(page, "choices", {"ceiling:int": "1000", "switched_off[]:json": []})
    assert page.one("//input[@name='ceiling:int' and @aria-invalid]").get("value") == "1000", "what was typed stays"
    page = await browser.send(page, "choices", {"ceiling:int": "3"})
    assert "Done." in page.text
    assert answered(await anna.get("notifications", "/recipients/me"))["switched_off"] == []


async def test_the_address_of_a_calendar_is_shown_once(company: Company, console: LocalConsole):
    (anna,) = await company.hire("anna")
    browser = await console.sign_in(anna)
    page = await browser.send(await browser.open("/settings"), "open-feed", {"contents[]": ["sessions"]})
    address = page.one("//input[@id='feed-address']").get("value")
    feed = await browser.http.get(address)
    assert feed.text.startswith("BEGIN:VCALENDAR")
    page = await browser.open("/settings")
    assert not page.all("//input[@id='feed-address']")
    page = await browser.send(page, "feed-contents", {"contents[]": ["sessions", "promises"]})
    assert answered(await anna.get("sessions", "/calendar-feed"))["contents"] == ["sessions", "promises"]
    await browser.send(page, "revoke-feed")
    assert (await browser.http.get(address)).status_code == 404


async def test_it_says_what_others_see_and_leads_to_sharing_less(company: Company, console: LocalConsole):
    anna, ben = await company.hire("anna", "ben")
    sharing = [{"audience": "learning", "types": ["commitment-kept"], "until": None}]
    pair = await company.pair(anna, ben, sharing=sharing)
    browser = await console.sign_in(anna)
    section = (await browser.open("/settings")).one("//section[@aria-labelledby='sharing']")
    assert "learning may see these events: commitment-kept." in " ".join(section.text_content().split())
    (link,) = section.xpath(".//a/@href")
    assert link == f"/partnerships/{pair}/terms"
    page = await browser.open(link)
    page = await browser.send(page, "narrow-learning")
    assert (page.status, page.path.partition("?")[0]) == (200, link)
    assert "Nobody outside sees anything." in page.text


async def test_help_us_meet_is_there_for_everybody(company: Company, console: LocalConsole):
    (anna,) = await company.hire("anna")
    page = await (await console.sign_in(anna)).open("/help")
    assert page.title == "Help us meet · Tandem"
    assert "not encrypted" in page.text
