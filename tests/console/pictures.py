"""Pictures of the pages for the README: ``python -m tests.console.pictures ADDRESS LOGIN`` of a console that runs.

The address is that of the console of ``KEEP=1 make demo``, and the login that of a person who has a partnership.
"""

import asyncio
import sys
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from playwright.async_api import Page, async_playwright

from tests.console.chromium import FOUND

FOLDER: Final = Path(__file__).parents[2] / "docs" / "console"
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
PAGES: Final = {
    "week": "/",
    "partnership": "//a[starts-with(@href, '/partnerships/partnership_')]",
    "goal": "//a[starts-with(@href, '/goals/')]",
    "promise": "//a[starts-with(@href, '/promises/')]",
    "session": "//a[starts-with(@href, '/sessions/')]",
    "check-ins": "//a[starts-with(@href, '/check-ins/')]",
    "terms": "//a[contains(@href, '/terms')]",
    "inbox": "/inbox",
    "settings": "/settings",
    "help": "/help",
    "propose": "/propose",
}
"""Name of the picture → address of the page, or the first such link of the pages of the partnerships."""


async def take(address: str, login: str) -> None:
    """Take all pictures, light and dark."""
    FOLDER.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=FOUND, args=["--no-sandbox"])
        for scheme in SCHEMES:
            page = await browser.new_page(viewport={"width": 860, "height": 900}, color_scheme=scheme)
            await page.goto(f"{address}/sign-in?as={quote(login)}")
            await page.get_by_role("main").get_by_role("button").click()
            for name, place in PAGES.items():
                if await _open(page, address, place):
                    await page.screenshot(path=FOLDER / f"{name}-{scheme}.png")
        await browser.close()


async def _open(page: Page, address: str, place: str) -> bool:
    if place.startswith("/") and not place.startswith("//"):
        await page.goto(address + place)
        return True
    await page.goto(f"{address}/partnerships")
    pairs = [await each.get_attribute("href") for each in await page.locator("//article//a").all()]
    for pair in filter(None, pairs):
        await page.goto(address + pair)
        found = page.locator(f"xpath={place}")
        target = pair if "'/partnerships/partnership_'" in place else None
        if target is None and await found.count():
            target = await found.first.get_attribute("href")
        if target:
            await page.goto(address + target)
            return True
    return False


if __name__ == "__main__":
    asyncio.run(take(*sys.argv[1:3]))
