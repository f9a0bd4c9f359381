"""Signing in at a real OpenID provider."""

from collections.abc import AsyncGenerator

import pytest

from tests.console.browser import Browser
from tests.console.signing_in import SigningIn


@pytest.fixture
async def browser(signing_in: SigningIn) -> AsyncGenerator[Browser]:
    """A browser in which nobody is signed in."""
    async with (browser := signing_in.browser()).http:
        yield browser


async def test_who_signs_in_lands_on_the_page_that_was_asked_for(signing_in: SigningIn, browser: Browser):
    await signing_in.hire("anna")
    page = await signing_in.sign_in(browser, "anna", "/?from=a%20mail&x=1")
    assert page.path == "/?from=a%20mail&x=1"
    assert (page.status, page.title) == (200, "This week · Tandem")
    assert "Signed in as Anna." in page.text
