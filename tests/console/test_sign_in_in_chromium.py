"""Signing in and out in a real browser: its rules for forms, redirects and cookies are those that people meet."""

import asyncio

import pytest
from playwright.async_api import Browser, Page, expect

from tests.console.signing_in import SigningIn

TEXT = "We both learn to lead"


async def signs_in(page: Page, name: str) -> None:
    """At the provider, wherever the page has led to it."""
    await page.locator("input[name=login]").fill(name)
    await page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("with_script", [True, False], ids=["with script", "without script"])
async def test_a_text_outlives_the_session_and_stands_in_its_form_again(
    signing_in: SigningIn, chromium: Browser, with_script: bool
):
    await signing_in.hire("anna", "ben")
    context = await chromium.new_context(java_script_enabled=with_script, locale="en")
    page = await context.new_page()
    faults: list[str] = []
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    await page.goto(f"{signing_in.console.url}/propose?q=Ben")
    await signs_in(page, "anna")
    await page.locator("a[href^='/propose/']").click()
    await page.locator("#propose input[name=purpose]").fill(TEXT)
    (cookie,) = [each for each in await context.cookies(signing_in.console.url) if each.get("name") == "tandem"]
    assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Lax")
    await context.clear_cookies(name="tandem")  # the session has expired
    await asyncio.to_thread(signing_in.provider.restart)
    await page.get_by_role("button", name="Ask Ben").click()
    await signs_in(page, "anna")
    await expect(page.locator("#propose input[name=purpose]")).to_have_value(TEXT)
    await expect(page.locator("#propose [role=alert]")).to_have_text("You were signed out. Your text is still here.")
    await page.locator("form[action='/sign-out'] button").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("h1")).to_have_text("You are signed out")
    assert [fault for fault in faults if "Content Security Policy" in fault] == []
    await context.close()
