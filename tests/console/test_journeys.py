"""What two people do with the console in a real browser, with JavaScript and without."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Locator, expect

from coaching_events.moment import written
from tests.console.chromium import Window, long
from tests.console.conftest import LocalConsole
from tests.console.furnished import links, morning
from tests.delivery.company import Company, Somebody, answered

both = pytest.mark.parametrize(
    "script", [pytest.param(True, id="with JavaScript"), pytest.param(False, id="without JavaScript", marks=long)]
)
"""The same journey with JavaScript and, among all journeys, without."""


async def pair_of_windows(
    company: Company, console: LocalConsole, chromium: Chromium, script: bool
) -> tuple[Window, Window, str]:
    """Anna's window, Ben's, and the address of their partnership."""
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    one = await console.window(chromium, anna, java_script_enabled=script)
    other = await console.window(chromium, ben, java_script_enabled=script)
    return one, other, f"/partnerships/{pair}"


def in_days(company: Company, number: int) -> str:
    return str(company.today() + timedelta(days=number))


async def promised(company: Company, somebody: Somebody, pair: str, text: str, days: int) -> None:
    """Somebody promises this to their partner, who hears of it."""
    body = {"text": text, "due": {"on": in_days(company, days)}}
    answered(await somebody.post("goals", f"/partnerships/{pair}/commitments", body), 201)


async def search_for(window: Window, somebody: Somebody) -> None:
    await window.page.get_by_label("Name or e-mail address").fill(f"{somebody.login}@example.com")
    await window.page.get_by_role("button", name="Find").click()
    await window.follow("See what a partnership would bring")


@both
async def test_two_people_agree_on_a_partnership(
    company: Company, console: LocalConsole, chromium: Chromium, script: bool
):
    anna, ben = await company.hire("anna", "ben")
    mine = await console.window(chromium, anna, java_script_enabled=script)
    await mine.shows("You have no partnership yet.")
    await mine.follow("Ask a colleague")
    await search_for(mine, ben)
    await mine.shows("Nothing is sent yet.", "What this brings in 13 weeks", "Nobody outside sees anything.")
    await mine.act("Ask Ben", typed={"What do you want to reach together?": "Write every day."})
    await mine.shows("Done.", "You asked Ben for a partnership.")

    theirs = await console.window(chromium, ben, java_script_enabled=script)
    await theirs.shows("It waits for your answer", "Anna asks you for a partnership.", "Write every day.")
    await theirs.follow("Read the terms")
    await theirs.follow("The terms, and who may see what")
    await theirs.fill(theirs.page.locator("main"), {"Working days that a promise may be late": "2"})
    await theirs.page.get_by_role("button", name="Show what this brings").click()
    await theirs.shows("What this brings in 13 weeks")
    await theirs.act("Suggest these terms", typed={"A line for your partner, if you like": "I travel a lot."})
    await theirs.shows("Done.")

    await mine.open("/")
    await mine.shows("It waits for your answer")
    await mine.act("I agree to these terms", mine.row("Ben"))
    await mine.shows("Done.")
    await mine.open("/partnerships")
    await mine.follow("Ben")
    await mine.shows("You and Ben", "Write every day.", "No promise is open.")


@both
async def test_a_promise_is_made_moved_and_kept(
    company: Company, console: LocalConsole, chromium: Chromium, script: bool
):
    mine, theirs, address = await pair_of_windows(company, console, chromium, script)
    await mine.open(address)
    await mine.follow("Promise something")
    await mine.act("I promise it", typed={"In your words": "I send the draft."})
    await mine.shows("Done.", "Your promise to Ben", "I send the draft.")
    await mine.open("/")
    row = mine.row("I send the draft.")
    await mine.act("New date", row, {"Until": in_days(company, 9)}, "Ask for this date")
    await theirs.open("/")
    await theirs.shows("It waits for your answer", "Anna asks for another date")
    await theirs.act("Yes", theirs.row("I send the draft."), button="I agree")
    await theirs.shows("Done.")
    await mine.open("/")
    await mine.act("Done", row, {"A line for your partner, if you like": "Here it is."}, "It is done")
    await mine.shows("Done.")
    await expect(mine.page.locator("#mine")).to_have_count(0)
    await theirs.open(address)
    await theirs.page.locator("summary", has_text="1 kept promise").click()
    await theirs.act("Say thank you", theirs.row("I send the draft."))
    await theirs.shows("Done.")


@long
@both
async def test_a_promise_is_asked_for_and_made_in_own_words_and_let_go(
    company: Company, console: LocalConsole, chromium: Chromium, script: bool
):
    mine, theirs, address = await pair_of_windows(company, console, chromium, script)
    await mine.open(address)
    await mine.follow("Ask for a promise")
    await mine.act("Ask for it", typed={"In your words": "Read the draft."})
    await mine.shows("Done.", "You ask Ben")
    await theirs.open("/")
    words = {"What you promise": "I read half of it.", "Until": in_days(company, 4)}
    await theirs.act("In other words", theirs.row("Read the draft."), words, "I promise this")
    await theirs.shows("Done.", "I read half of it.")
    await theirs.act("Let it go", theirs.row("I read half of it."))
    await theirs.shows("Done.")


@long
@both
async def test_two_people_meet(company: Company, console: LocalConsole, chromium: Chromium, script: bool):
    mine, theirs, address = await pair_of_windows(company, console, chromium, script)
    await mine.open(address)
    await mine.follow("Suggest a time")
    start = company.stage.now + timedelta(days=1)
    await mine.act("Suggest it", typed={"When": f"{start.date()}T14:00", "What it is about": "The draft"})
    await mine.shows("Done.", "The draft")
    meeting = mine.page.url.partition("?")[0].removeprefix(console.url)
    await theirs.open("/")
    await theirs.act("I will be there", theirs.row("The draft"))
    await theirs.shows("Done.")
    await theirs.open(meeting)
    await theirs.act("Put it on the agenda", typed={"What you want to talk about": "Who reads it"})
    await theirs.shows("Done.", "Who reads it")
    await company.stage.play_until(start.replace(hour=17))
    await mine.open(meeting)
    await mine.act("We met")
    await mine.shows("Done.", "Who reads it")
    await mine.act(
        "Write down what follows",
        typed={"What follows": "I write the end.", "Until": in_days(company, 5)},
        button="Write it down",
    )
    await mine.shows("Done.", "I write the end.")
    await mine.act("Look back", typed={"I was heard": "5", "It was useful": "4"}, button="Seal it")
    await mine.shows("Done.")


async def twice(window: Window, button: Locator) -> None:
    """Click it twice. Without JavaScript the second click ends the navigation of the first, so only the page counts."""
    await button.dblclick()
    await expect(window.page).to_have_url(re.compile("_outcome="))


@both
async def test_a_double_click_and_a_reload_do_it_once(
    company: Company, console: LocalConsole, chromium: Chromium, script: bool
):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    window = await console.window(chromium, anna, java_script_enabled=script)
    await window.open(f"/partnerships/{pair}/promise")
    await window.page.get_by_label("In your words").fill("Only once.")
    await twice(window, window.page.get_by_role("button", name="I promise it"))
    await window.page.reload()
    await window.shows("Only once.")
    made = answered(await anna.get("goals", f"/partnerships/{pair}/commitments"))["items"]
    assert [each["text"] for each in made] == ["Only once."]


async def focused(window: Window) -> str:
    """What is written on that which has the focus."""
    return (await window.page.evaluate("document.activeElement.innerText || ''")).strip()


async def tab_to(window: Window, label: str) -> None:
    """Press the tabulator until this has the focus."""
    for _ in range(80):
        await window.page.keyboard.press("Tab")
        if await focused(window) == label:
            return
    raise AssertionError(f"the tabulator does not reach {label}")


@both
async def test_all_is_done_by_keyboard_and_the_focus_stays(
    company: Company, console: LocalConsole, chromium: Chromium, script: bool
):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    await promised(company, anna, pair, "By keyboard.", 2)
    window = await console.window(chromium, anna, java_script_enabled=script)
    await window.open("/")
    for label in ("Done", "It is done"):
        await tab_to(window, label)
        await window.page.keyboard.press("Enter")
    await window.page.wait_for_url(lambda url: "_outcome=" in url)
    await window.shows("Done.")
    await window.lacks("By keyboard.")
    if script:
        assert (await focused(window)).startswith("Done.")


async def test_what_one_does_the_other_sees_without_a_reload(
    company: Company, console: LocalConsole, chromium: Chromium
):
    mine, theirs, address = await pair_of_windows(company, console, chromium, True)
    await mine.open("/")
    await theirs.open(f"{address}/request")
    await theirs.act("Ask for it", typed={"In your words": "See it at once."})
    await mine.shows("See it at once.")


async def test_the_focus_stays_while_the_page_is_brought_up_to_date(
    company: Company, console: LocalConsole, chromium: Chromium
):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    await promised(company, anna, pair, "The second.", 2)
    window = await console.window(chromium, anna)
    await window.open("/")
    await tab_to(window, "New date")
    await promised(company, anna, pair, "The first.", 1)
    await window.shows("The first.")
    assert await focused(window) == "New date"
    await window.page.keyboard.press("Enter")
    await expect(window.row("The second.").get_by_label("Until")).to_be_visible()
    await expect(window.row("The first.").get_by_label("Until")).to_be_hidden()


async def test_what_is_typed_stays_while_something_else_is_done(
    company: Company, console: LocalConsole, chromium: Chromium
):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    for text in ("Finished.", "Not finished."):
        await promised(company, anna, pair, text, 2)
    window = await console.window(chromium, anna)
    row = window.row("Not finished.")
    await row.locator("summary", has_text="Let it go").click()
    field = row.locator("details[open] textarea")
    await field.fill("Something came up, and")
    await window.act("Done", window.page.locator("article.row").filter(has_not_text="Not").first, {}, "It is done")
    await window.done()
    await expect(field).to_have_value("Something came up, and")
    await expect(field).to_be_visible()


async def test_what_is_unfolded_stays_while_the_page_is_brought_up_to_date(
    company: Company, console: LocalConsole, chromium: Chromium
):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    for number in range(7):
        await promised(company, anna, pair, f"Number {number}.", number + 1)
    window = await console.window(chromium, ben)
    await window.open(f"/partnerships/{pair}")
    await window.page.locator("#theirs-more summary").click()
    last = window.page.get_by_role("link", name="Number 6.")
    await expect(last).to_be_visible()
    await promised(company, anna, pair, "Number 7.", 8)
    await window.shows("Number 7.")
    await expect(last).to_be_visible()


@both
async def test_another_date_is_looked_at_without_losing_a_text(
    company: Company, console: LocalConsole, chromium: Chromium, script: bool
):
    mine, theirs, address = await pair_of_windows(company, console, chromium, script)
    form = mine.page.locator("#promise")
    await mine.open(f"{address}/promise")
    await mine.fill(form, {"In your words": "I call them.", "Until": "2020-01-06"})
    await mine.page.get_by_role("button", name="See what this date means").click()
    await expect(form.locator(".notice")).to_be_visible()
    await mine.fill(form, {"Until": in_days(company, 3)})
    await mine.page.get_by_role("button", name="See what this date means").click()
    await mine.shows("It is due on")
    await expect(form.get_by_label("In your words")).to_have_value("I call them.")
    await mine.act("I promise it")
    await mine.shows("Done.", "I call them.")
    await theirs.open(f"{address}/terms")
    await theirs.fill(theirs.page.locator("#other-terms"), {"A line for your partner": "I travel a lot."})
    await theirs.page.get_by_role("button", name="Show what this brings").click()
    await theirs.shows("What this brings in 13 weeks")
    await expect(theirs.page.get_by_label("A line for your partner")).to_have_value("I travel a lot.")


@long
@both
async def test_a_no_is_said_and_shown_kindly(company: Company, console: LocalConsole, chromium: Chromium, script: bool):
    mine, theirs, address = await pair_of_windows(company, console, chromium, script)
    await mine.open(f"{address}/request")
    await mine.act("Ask for it", typed={"In your words": "Take the late shift."})
    asked = mine.page.url.partition("?")[0]
    await theirs.open("/")
    row = theirs.row("Take the late shift.")
    await theirs.act("Not this time", row, {"A line for your partner, if you like": "My week is full."})
    await theirs.shows("Done.", "Nothing is waiting for you.")
    await mine.open(asked)
    await mine.shows("The answer was: not this time.", "My week is full.")
    await mine.open(address)
    await mine.page.locator("summary", has_text="1 let go or not promised").click()
    await mine.follow("Take the late shift.", mine.page.locator("details[open]"))
    assert mine.page.url == asked

    anna, carla = await company.hire("anna", "carla")
    await company.proposal(anna, carla)
    await company.stage.settle()
    hers = await console.window(chromium, carla, java_script_enabled=script)
    await hers.act("Not this time", hers.row("Anna"))
    await hers.shows("Done.")
    await hers.open("/partnerships")
    await hers.shows("The answer was: not this time.")


@long
@both
async def test_two_people_promise_in_german(company: Company, console: LocalConsole, chromium: Chromium, script: bool):
    anna, ben = await company.hire("anna", "ben")
    for each in (anna, ben):
        german = {"locale": "de-DE"}
        answered(await company.hr().ask("PATCH", "partnerships", f"/people/{each.id}", json=german))
    pair = await company.pair(anna, ben)
    mine, theirs = [await console.window(chromium, each, java_script_enabled=script) for each in (anna, ben)]
    await mine.open(f"/partnerships/{pair}")
    await mine.follow("Um eine Zusage bitten")
    await mine.act("Darum bitten", typed={"In Ihren Worten": "Den Entwurf lesen."})
    await mine.done()
    await theirs.open("/")
    await theirs.shows("Wartet auf Ihre Antwort", "Anna bittet Sie darum")
    await theirs.act("Ich sage es zu", theirs.row("Den Entwurf lesen."))
    await theirs.done()
    await theirs.act("Erledigt", theirs.row("Den Entwurf lesen."), {"Eine Zeile": "Gern."}, "Es ist erledigt")
    await theirs.done()
    await mine.open(f"/partnerships/{pair}")
    await mine.page.locator("summary", has_text="1 erfüllte Zusage").click()
    await mine.act("Danke sagen", mine.row("Den Entwurf lesen."))
    await mine.done()


@long
@both
async def test_a_killed_service_is_missing_on_the_page_and_comes_back(
    company: Company, console: LocalConsole, chromium: Chromium, script: bool
):
    mine, _, _ = await pair_of_windows(company, console, chromium, script)
    told, other = ("It comes by itself.", "Open the page again in a moment.")[:: 1 if script else -1]
    await company.kill_serve("sessions")
    try:
        await mine.open("/")
        await expect(mine.page.get_by_text(told)).to_be_visible()
        await expect(mine.page.get_by_text(other)).to_be_hidden()
    finally:
        await company.restart_serve("sessions")
    if not script:
        await mine.page.reload()
    await expect(mine.page.locator("[data-away]")).to_have_count(0)


@long
@both
async def test_somebody_checks_in(company: Company, console: LocalConsole, chromium: Chromium, script: bool):
    anna, ben = await company.hire("anna", "ben")
    while company.stage.now.weekday() > 2:
        await company.stage.play_until(company.stage.now + timedelta(days=1))
    await morning(company)
    pair = await company.pair(anna, ben, starting=in_days(company, 0), rhythm="FREQ=DAILY")
    await company.stage.play_until(company.stage.now + timedelta(days=1))
    mine = await console.window(chromium, anna, java_script_enabled=script)
    await mine.shows("Your check-ins")
    need = {"What do you need from Ben?": "An hour of quiet."}
    await mine.act("Check in", mine.row("Check-in for Ben").first, need, "Send the check-in")
    await mine.shows("Done.")
    theirs = await console.window(chromium, ben, java_script_enabled=script)
    await theirs.open(f"/partnerships/{pair}")
    await theirs.shows("Latest check-in", "An hour of quiet.")


@both
async def test_a_link_in_a_mail_acts_once_and_only_when_it_is_pressed(
    company: Company, console: LocalConsole, chromium: Chromium, script: bool
):
    await morning(company)
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    asked = {"text": "Bring the list.", "due": {"on": in_days(company, 3)}}
    answered(await anna.post("goals", f"/partnerships/{pair}/requests", asked), 201)
    await company.stage.play_until(company.stage.now + timedelta(hours=1))
    await company.stage.settle()
    token = links(company, ben, "answer")[0]
    theirs = await console.window(chromium, ben, java_script_enabled=script)
    before = await company.written()
    await theirs.open(f"/answer/{token}")
    await theirs.open(f"/answer/{token}")
    assert await company.written() == before
    await twice(theirs, theirs.page.locator("main form button").first)
    await theirs.open(f"/answer/{token}")
    await theirs.shows("Nothing to answer any more")


@both
async def test_a_partnership_is_paused_and_ended(
    company: Company, console: LocalConsole, chromium: Chromium, script: bool
):
    mine, theirs, address = await pair_of_windows(company, console, chromium, script)
    await mine.open(address)
    await mine.act("Pause", typed={"Last day of the pause": in_days(company, 9)})
    await mine.shows("Done.", "It is paused.")
    await mine.act("Go on")
    await mine.shows("Done.")
    await theirs.open(address)
    await theirs.act("End the partnership", button="End it")
    await theirs.shows("Done.", "It ended on")


async def test_a_field_is_empty_once_its_text_is_sent_and_the_page_follows_again(
    company: Company, console: LocalConsole, chromium: Chromium
):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    asked = {"start": written(company.stage.now + timedelta(days=1)), "minutes": 30}
    meeting = answered(await anna.post("sessions", f"/partnerships/{pair}/sessions", asked), 201)["id"]
    answered(await ben.post("sessions", f"/sessions/{meeting}/accept"))
    await company.stage.settle()
    mine = await console.window(chromium, anna)
    await mine.open(f"/sessions/{meeting}")
    notes, item = mine.page.get_by_label("My notes"), mine.page.get_by_label("What you want to talk about")
    await notes.fill("Not sent yet.")
    await mine.act("Put it on the agenda", typed={"What you want to talk about": "Who reads it"})
    await mine.shows("Done.")
    await expect(item).to_have_value("")
    await expect(notes).to_have_value("Not sent yet.")
    await mine.act("Keep my notes")
    await mine.shows("Done.")
    answered(await ben.post("sessions", f"/sessions/{meeting}/agenda", {"text": "When it is due"}))
    await mine.shows("Who reads it", "When it is due")


async def test_a_form_that_could_not_be_sent_says_so_and_keeps_its_text(
    company: Company, console: LocalConsole, chromium: Chromium
):
    mine, _, address = await pair_of_windows(company, console, chromium, True)
    await mine.open(f"{address}/promise")
    words, button = mine.page.get_by_label("In your words"), mine.page.get_by_role("button", name="I promise it")
    await words.fill("In the train.")
    await mine.page.context.set_offline(True)
    await button.click()
    await expect(mine.page.get_by_role("alert")).to_contain_text("It could not be sent now.")
    await mine.page.context.set_offline(False)
    await mine.page.route("**/act/**", lambda route: route.fulfill(status=502, body="<main id=main>Bad gateway</main>"))
    await button.click()
    await expect(mine.page.get_by_role("alert")).to_contain_text("It could not be sent now.")
    await expect(words).to_have_value("In the train.")
    await mine.page.unroute("**/act/**")
    await mine.act("I promise it")
    await mine.shows("Done.", "In the train.")
