"""The settings page: how a person is told, their logins, their calendar, and what others see."""

import json

import pytest

from tests.console.browser import Page
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


SLACK, TEAMS = "https://hooks.slack.com/services/T0/B0/abc", "https://prod-1.westeurope.logic.azure.com:443/workflows/x"


def alert(page: Page) -> str:
    """What is wrong, at the top of a page."""
    return page.all("//main/p[@role='alert']")[0].text_content().strip()


async def test_a_chat_gets_an_address_and_loses_it(company: Company, console: LocalConsole):
    (anna,) = await company.hire("anna")
    browser = await console.sign_in(anna)
    page = await browser.open("/settings")
    for refused in ("https://chat.example.org/hook", "http://hooks.slack.com/services/x", "no address"):
        page = await browser.send(page, "chat-address", {"chat.service": "teams", "chat.webhook": refused})
        assert "They are: hooks.slack.com" in alert(page), "it says which are allowed"
        assert page.one("//input[@name='chat.webhook']").get("value") == refused
        assert page.one("//select[@name='chat.service']/option[@selected]").get("value") == "teams"
    for service, address in (("teams", TEAMS), ("slack", SLACK)):
        page = await browser.send(page, "chat-address", {"chat.service": service, "chat.webhook": address})
        assert f"You gave an address for {service.title()}." in page.text
        assert address not in page.answer.text, "it is a secret"
    told = answered(await anna.get("notifications", "/recipients/me"))
    assert (told["channels"], told["chat"]) == (["inbox", "mail", "chat"], {"service": "slack", "refused": False})
    page = await browser.send(page, "forget-chat")
    told = answered(await anna.get("notifications", "/recipients/me"))
    assert (told["channels"], told["chat"]) == (["inbox", "mail"], None)


@pytest.mark.parametrize("wrong", ["-1", "101", "2.5", "few", "9" * 30])
async def test_a_weekly_ceiling_out_of_range_stays_and_says_so(company: Company, console: LocalConsole, wrong: str):
    (anna,) = await company.hire("anna")
    browser = await console.sign_in(anna)
    page = await browser.open("/settings")
    page = await browser.send(page, "choices", {"ceiling:int": wrong, "opt_ins[]": ["heads-up"], "channels[]": "inbox"})
    assert "body." not in page.text
    assert page.one("//form[@id='choices']//input[@name='ceiling:int']").get("value") == wrong
    assert page.all("//form[@id='choices']//input[@checked]/@value") == ["heads-up"]
    await browser.http.post("/language", data={"language": "de"})
    page = await browser.send(page, "choices")
    assert alert(page).startswith(("Es ist noch nichts geschehen", "Das ist keine ganze Zahl", "Eine ganze Zahl"))


async def test_each_switch_is_one_of_its_own(company: Company, console: LocalConsole):
    (anna,) = await company.hire("anna")
    browser = await console.sign_in(anna)
    page = await browser.open("/settings")
    page = await browser.send(page, "chat-address", {"chat.service": "slack", "chat.webhook": SLACK})
    switches = page.all("//input[@name='switched_off[]:json' and @type='checkbox']/@value")
    assert len(switches) == len(answered(await anna.get("notifications", "/recipients/me"))["matrix"])
    for each in switches:
        page = await browser.send(page, "choices", {"switched_off[]:json": [each]})
        assert page.all("//input[@name='switched_off[]:json' and @checked]/@value") == [each]
        assert len(page.all("//section[@aria-labelledby='told']/p[@class='quiet']")) == 1, "it says what is missed"
        told = answered(await anna.get("notifications", "/recipients/me"))
        assert told["switched_off"] == [json.loads(each)]


async def test_a_calendar_without_contents_is_refused(company: Company, console: LocalConsole):
    (anna,) = await company.hire("anna")
    browser = await console.sign_in(anna)
    page = await browser.send(await browser.open("/settings"), "open-feed", {"contents[]": []})
    assert "Choose at least one." in page.text
    assert not page.all("//form[@id='open-feed']//input[@checked]"), "not all, which would be more than was wanted"
    page = await browser.send(page, "open-feed", {"contents[]": ["sessions"]})
    page = await browser.send(page, "feed-contents", {"contents[]": []})
    assert "Choose at least one." in page.text
    assert answered(await anna.get("sessions", "/calendar-feed"))["contents"] == ["sessions"]
    open_page = await browser.open("/settings")
    await browser.send(open_page, "revoke-feed")
    page = await browser.send(open_page, "feed-contents", {"contents[]": ["promises"]})
    assert alert(page) == "Your calendar feed has no address any more: open it again first."


async def test_a_further_login_is_confirmed_or_refused(company: Company, console: LocalConsole):
    (anna,) = await company.hire("anna")
    for name in ("mine", "foreign"):
        body = {"source": company.issuer.issuer, "external_id": f"{name}-{anna.login}"}
        answered(await company.hr().post("partnerships", f"/people/{anna.id}/identities", body))
    browser = await console.sign_in(anna)
    page = await browser.open("/settings")
    mine, foreign = [form for form in page.all("//form/@id") if form.startswith("confirm-login")]
    page = await browser.send(page, mine)
    page = await browser.send(page, foreign.replace("confirm", "refuse"))
    logins = answered(await anna.get("partnerships", "/people/me/logins"))["items"]
    assert [each["status"] for each in logins] == ["works", "works", "refused"]
    assert "You said that it is not yours, so it opens nothing." in page.text
    await browser.http.post("/language", data={"language": "de"})
    page = await browser.open("/settings")
    assert "Sie verwenden es gerade." in page.text
    assert page.title == "Einstellungen · Tandem"
