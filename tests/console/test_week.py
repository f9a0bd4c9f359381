"""The week page: what is open between a person and their partners."""

from datetime import timedelta

from coaching_events.moment import written
from tests.console.browser import Page
from tests.console.conftest import LocalConsole
from tests.console.furnished import morning
from tests.delivery.company import Company, answered


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


async def test_a_goal_whose_closing_waits_for_the_other_is_on_the_pages_of_both(
    company: Company, console: LocalConsole
):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    goal = answered(await anna.post("goals", f"/partnerships/{pair}/goals", {"title": "More walks"}), 201)["id"]
    answered(await ben.post("goals", f"/goals/{goal}/agree", {"revision": 1}))
    answered(await anna.post("goals", f"/goals/{goal}/close", {"outcome": "achieved"}))
    hers, his = await console.sign_in(anna), await console.sign_in(ben)
    waits = (await hers.open("/")).one("//section[@aria-labelledby='i-wait']")
    asked = (await his.open("/")).one("//section[@aria-labelledby='waiting']")
    assert all("More walks" in section.text_content() for section in (waits, asked))


async def test_the_list_of_partnerships_says_only_of_a_service_that_is_away_that_it_is(
    company: Company, console: LocalConsole
):
    anna, ben = await company.hire("anna", "ben")
    await company.pair(anna, ben)
    browser = await console.sign_in(anna)
    page = await browser.open("/partnerships")
    assert "Ben" in page.text
    assert not page.all("//*[@data-away]")
    await company.kill_serve("partnerships")
    try:
        assert (await browser.open("/partnerships")).all("//*[@data-away]")
    finally:
        await company.restart_serve("partnerships")


async def test_a_meeting_that_is_over_asks_how_it_was_until_the_person_has_said_it(
    company: Company, console: LocalConsole
):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    start = company.stage.now + timedelta(hours=1)
    asked = {"start": written(start), "minutes": 30, "title": "The draft"}
    meeting = answered(await anna.post("sessions", f"/partnerships/{pair}/sessions", asked), 201)["id"]
    answered(await ben.post("sessions", f"/sessions/{meeting}/accept"))
    await company.stage.play_until(start + timedelta(days=2))
    await company.stage.settle()
    browser = await console.sign_in(anna)
    page = await browser.open("/")
    assert "Did you two meet?" in page.one("//section[@aria-labelledby='waiting']").text_content()
    assert "Did you two meet?" in (await browser.open(f"/partnerships/{pair}")).text
    done = await browser.send(page, f"we-met-{meeting}")
    assert "Nothing is waiting for you." in done.text
    answered(await ben.post("sessions", f"/sessions/{meeting}/report", {"present": True, "partner_present": True}))
    await company.stage.settle()
    (link,) = (await browser.open(f"/partnerships/{pair}")).all("//details[@id='met']//a/@href")
    assert "The draft" in (await browser.open(link)).text


async def test_a_goal_that_was_reached_is_found_on_the_page_of_the_two(company: Company, console: LocalConsole):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    goal = answered(await anna.post("goals", f"/partnerships/{pair}/goals", {"title": "More walks"}), 201)["id"]
    answered(await ben.post("goals", f"/goals/{goal}/agree", {"revision": 1}))
    answered(await anna.post("goals", f"/goals/{goal}/close", {"outcome": "achieved"}))
    answered(await ben.post("goals", f"/goals/{goal}/confirm-closing"))
    await company.stage.settle()
    page = await (await console.sign_in(anna)).open(f"/partnerships/{pair}")
    assert page.all("//details[@id='settled-goals']//a/@href") == [f"/goals/{goal}"]


async def test_both_see_when_a_pause_ends_or_who_ends_it(company: Company, console: LocalConsole):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    answered(await anna.post("partnerships", f"/partnerships/{pair}/pause", {"last": str(company.today())}))
    answered(await ben.post("partnerships", f"/partnerships/{pair}/pause"))
    await company.stage.settle()
    for somebody, ends in ((anna, "It lasts until Ben goes on."), (ben, "It lasts until you go on.")):
        page = await (await console.sign_in(somebody)).open(f"/partnerships/{pair}")
        assert "Last day of the pause: " in page.text
        assert ends in page.text


async def test_news_is_read_from_the_page_and_what_comes_later_is_news_again(company: Company, console: LocalConsole):
    await morning(company)
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    browser = await console.sign_in(ben)

    async def is_asked(text: str) -> Page:
        asked = {"text": text, "due": {"on": str(company.today() + timedelta(days=3))}}
        answered(await anna.post("goals", f"/partnerships/{pair}/requests", asked), 201)
        await company.stage.play_until(company.stage.now + timedelta(hours=1))
        await company.stage.settle()
        return await browser.open("/")

    page = await is_asked("Bring the list.")
    assert "Bring the list." in page.one("//section[@aria-labelledby='news']").text_content()
    read = await browser.send(page, "read-all")
    assert not read.all("//section[@aria-labelledby='news']")
    page = await is_asked("Bring the map.")
    (news,) = page.all("//section[@aria-labelledby='news']//article")
    assert "Bring the map." in news.text_content()
