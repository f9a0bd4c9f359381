"""The language of a page: that of the browser, of the person, or the one that was chosen on a page."""

from tests.console.conftest import LocalConsole
from tests.delivery.company import Company, answered

GERMAN = {"Accept-Language": "de-AT, de;q=0.9, en;q=0.5"}


async def test_before_the_sign_in_a_page_is_in_the_language_of_the_browser(console: LocalConsole):
    browser = await console.browser()
    english = await browser.open("/sign-in")
    browser.http.headers.update(GERMAN)
    german = await browser.open("/sign-in")
    assert (english.one("//h1").text, german.one("//h1").text) == ("Who are you?", "Wer sind Sie?")
    assert (english.document.get("lang"), german.document.get("lang")) == ("en", "de")
    assert german.answer.headers["content-language"] == "de"


async def test_a_page_is_in_the_language_of_the_person_whatever_the_browser_asks_for(
    company: Company, console: LocalConsole
):
    anna, ben = await company.hire("anna", "ben")
    answered(await company.hr().ask("PATCH", "partnerships", f"/people/{ben.id}", json={"locale": "de-AT"}))
    await company.stage.settle()
    pair = await company.pair(anna, ben)
    due = {"on": "2027-01-21"}
    answered(
        await anna.post("goals", f"/partnerships/{pair}/requests", {"text": "The figures, please.", "due": due}), 201
    )
    browser = await console.sign_in(ben)
    page = await browser.open("/")
    assert page.title == "Diese Woche · Tandem"
    assert "Anna fragt, ob Sie" in page.text  # the words of a service
    row = page.one("//section[@aria-labelledby='waiting']").text_content()
    assert "The figures, please." in row
    assert "Anna bittet Sie darum, bis Donnerstag, 21. Jänner 2027" in " ".join(row.split())
    assert {"Ich sage es zu", "Diesmal nicht"} <= {
        each.text for each in page.all("//section[@aria-labelledby='waiting']//button")
    }


async def test_the_language_is_changed_on_a_page_and_stays_after_the_sign_in(company: Company, console: LocalConsole):
    (anna,) = await company.hire("anna")
    browser = await console.sign_in(anna)
    page = await browser.open("/inbox")
    assert page.one("//h1").text == "Inbox"
    changed = await browser.send(page, "/language", {"language": "de"})
    assert (changed.path, changed.one("//h1").text) == ("/inbox", "Posteingang")
    assert (await browser.open("/")).title == "Diese Woche · Tandem"


async def test_what_a_service_refuses_is_said_in_the_language_of_the_page(company: Company, console: LocalConsole):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    browser = await console.sign_in(anna)
    page = await browser.send(await browser.open(f"/partnerships/{pair}/promise"), "/language", {"language": "de"})
    refused = await browser.send(page, "promise", {"text": " "})
    assert refused.one("//*[@id='promise-problem']").text.startswith("Es ist noch nichts geschehen")
    assert "fehlt" in refused.one("//form[@id='promise']//*[@data-fault]").text
