"""A real browser, and windows of it: with JavaScript or without, on a screen or on a phone."""

import os
import re
import shutil
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.async_api import Browser, Locator, Page, Response, async_playwright, expect

FOUND: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NOT_FOUND: Final = "there is no Chromium on this machine: neither chromium, chromium-browser nor google-chrome"
PATIENCE: Final = 30_000
"""Milliseconds within which a window must show what a test waits for."""

long: Final = pytest.mark.skipif(os.environ.get("JOURNEYS") != "all", reason="runs with JOURNEYS=all")
"""For the journeys that are no part of the short selection."""

expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Window:
    """A page of a browser in which one person is signed in."""

    page: Page

    async def open(self, path: str) -> Response:
        """Go to an address of the console."""
        answer = await self.page.goto(path)
        assert answer is not None
        return answer

    async def follow(self, label: str, within: Locator | None = None) -> None:
        """Follow a link, and wait for its page."""
        before, links = self.page.url, (within or self.page.locator("main")).locator("a")
        await links.filter(has_text=re.compile(rf"^\s*{re.escape(label)}\s*$")).first.click()
        await self.page.wait_for_url(lambda url: url != before)

    def row(self, text: str) -> Locator:
        """The row of a thing."""
        return self.page.locator("article.row").filter(has_text=text)

    async def fill(self, within: Locator, typed: Mapping[str, str]) -> None:
        """Fill in fields by their labels."""
        for label, value in typed.items():
            field = within.get_by_label(re.compile(rf"^\s*{re.escape(label)}")).first
            if await field.evaluate("it => it.matches('select')"):
                await field.select_option(value)
            else:
                await field.fill(value)

    async def act(
        self,
        label: str,
        within: Locator | None = None,
        typed: Mapping[str, str] | None = None,
        button: str | None = None,
    ) -> None:
        """Press a button, or what unfolds a form and then its ``button``; the page shows what came of it then."""
        place = within or self.page.locator("main")
        exactly = re.compile(rf"^\s*{re.escape(label)}\s*$")
        summary = place.locator("summary").filter(has_text=exactly)
        if await summary.count():
            place = place.locator("details[id]").filter(has=self.page.locator("summary").filter(has_text=exactly))
            if await place.get_attribute("open") is None:
                await summary.click()
        pressed = self.page.get_by_role("button", name=button or label, exact=True)
        place = place.locator("form").filter(has=pressed)
        await self.fill(place, typed or {})
        before = self.page.url
        await place.get_by_role("button", name=button or label, exact=True).click()
        await self.page.wait_for_url(lambda url: url != before and "_outcome=" in url)

    async def done(self) -> None:
        """What was done last was accepted."""
        notices = self.page.locator("main > .notice[role=status]")
        await expect(notices.filter(has_text=re.compile(r"Done\.|Erledigt\.")).first).to_be_visible()

    async def shows(self, *texts: str) -> None:
        """All of these are on the page."""
        for text in texts:
            await expect(self.page.locator("main")).to_contain_text(text)

    async def lacks(self, *texts: str) -> None:
        """None of these is on the page."""
        for text in texts:
            await expect(self.page.locator("main")).not_to_contain_text(text)


@pytest.fixture(scope="session")
async def chromium() -> AsyncGenerator[Browser]:
    """The browser, started once. Each window has cookies of its own."""
    if FOUND is None:
        pytest.skip(NOT_FOUND)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=FOUND, args=["--no-sandbox"])
        yield browser
        await browser.close()
