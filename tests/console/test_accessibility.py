"""Every page on a phone and for a screen reader, in both languages, light and dark, with hostile texts on it."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium

from tests.console.chromium import Window, long
from tests.console.conftest import LocalConsole
from tests.console.furnished import furnished
from tests.console.signing_in import NODE_MODULES
from tests.delivery.company import Company

KEEPER = ("partner", "hr.directory")
AXE = NODE_MODULES / "axe-core" / "axe.min.js"
"""The newest release; without npm, the one that comes with the package for Playwright."""
PHONE = {"width": 390, "height": 844}
FAITHFUL = """() => ({
  wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  injected: document.querySelectorAll("main script, main img, main b").length,
})"""


async def faults(window: Window, axe: Any, address: str) -> list[str]:
    """What is wrong with a page, light and dark."""
    answer = await window.open(address)
    found = [] if answer.ok else [f"status {answer.status}"]
    seen = await window.page.evaluate(FAITHFUL)
    found += [name for name, value in seen.items() if value]
    for scheme in ("light", "dark"):
        await window.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        told = await axe.run(window.page)
        found += [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in told.response["violations"]]
    return found


@pytest.mark.parametrize("language", ["en", pytest.param("de", marks=long)])
async def test_no_page_has_a_fault_that_axe_finds_or_scrolls_sideways(
    company: Company, console: LocalConsole, chromium: Chromium, language: str
):
    anna, ben = await company.hire("anna", "ben")
    pages = await furnished(company, anna, ben)
    window = await console.window(chromium, anna, scopes=KEEPER, viewport=PHONE)
    dialogs: list[str] = []
    window.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await window.page.locator("#language").select_option(language)
    await window.page.locator("form[action='/language'] button").click()
    await window.page.wait_for_load_state()
    assert await window.page.locator("html").get_attribute("lang") == language
    axe: Any = Axe.from_file(AXE) if AXE.exists() else Axe()
    found = {pattern: told for pattern, address in pages.items() if (told := await faults(window, axe, address))}
    assert not dialogs
    assert not found, found
