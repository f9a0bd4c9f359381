"""The week page: what is open between a person and their partners."""

from datetime import timedelta

from tests.console.conftest import LocalConsole
from tests.delivery.company import Company


async def test_a_partnership_that_is_proposed_waits_for_the_answer_of_the_other(
    company: Company, console: LocalConsole
):
    anna, ben = await company.hire("anna", "ben")
    await company.proposal(anna, ben)
    await company.stage.settle()
    mine, other = await console.sign_in(anna), await console.sign_in(ben)
    assert "Nothing is waiting for you." in (await mine.open("/")).text
    page = await other.open("/")
    assert page.status == 200
    assert "It waits for your answer" in page.text
    assert "Anna" in page.one("//section[@aria-labelledby='waiting']").text_content()


async def test_a_promise_is_kept_from_the_page(company: Company, console: LocalConsole):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    due = str(company.today() + timedelta(days=2))
    made = await anna.post(
        "goals", f"/partnerships/{pair}/commitments", {"text": "I write it down.", "due": {"on": due}}
    )
    assert made.status_code == 201, made.text
    browser = await console.sign_in(anna)
    page = await browser.open("/")
    assert "I write it down." in page.text
    (form,) = page.all("//form[contains(@action, '/keep')]")
    done = await browser.send(page, form.get("id"))
    assert "Done." in done.text
    assert "I write it down." not in done.text
