"""What two people do with the console in a real browser, with JavaScript and without."""

import pytest
from playwright.async_api import Browser as Chromium

from tests.console.chromium import Window
from tests.console.conftest import LocalConsole
from tests.delivery.company import Company, Somebody

both = pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])


async def pair_of_windows(
    company: Company, console: LocalConsole, chromium: Chromium, script: bool
) -> tuple[Window, Window, str]:
    """Anna's window, Ben's, and the address of their partnership."""
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    one = await console.window(chromium, anna, java_script_enabled=script)
    other = await console.window(chromium, ben, java_script_enabled=script)
    return one, other, f"/partnerships/{pair}"


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
