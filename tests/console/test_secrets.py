"""What the database, the pages, the headers and the logs must not have."""

import asyncio

import httpx

from tests.console.browser import Browser
from tests.console.signing_in import SigningIn

TEXT = "a text of nobody else"


async def test_tokens_names_and_texts_are_in_no_document_page_header_or_log(signing_in: SigningIn):
    await signing_in.hire("zebulon")
    seen: list[bytes] = []

    async def see(answer: httpx.Response) -> None:
        if str(answer.url).startswith(signing_in.console.url):
            seen.append(await answer.aread() + repr(answer.headers.raw).encode())

    async with (browser := signing_in.browser()).http:
        browser.http.event_hooks["response"].append(see)
        await signing_in.sign_in(browser, "zebulon")
        tokens = await tokens_of(signing_in, browser)
        await signing_in.token_ends_in(browser, 10)
        await browser.open("/")
        tokens |= await tokens_of(signing_in, browser)
        assert len(tokens) >= 5, "two of each kind, but an ID token of the same second is the same"
        fields = {"_form": "f", "_page": "/", "_person": "zebulon", "x": TEXT}
        page = await browser.post("/act/partnerships/people/me/notes", fields)
        documents = await signing_in.documents()
        assert b"'sealed'" in documents
        secrets = (signing_in.secret(browser).text, browser.http.cookies["tandem-outcomes"])
        for private in (*tokens, *secrets, TEXT, "zebulon", "Zebulon"):
            assert private.encode() not in documents
        assert b"Signed in as Zebulon." in b"".join(seen), "what was seen is seen here"
        assert not any(token.encode() in each for token in tokens for each in seen)
        # Signing out names the ID token to the provider, in this one redirect (RP-Initiated Logout, section 2).
        await browser.send(page, "/sign-out")
        hinted = [token for token in tokens if any(token.encode() in each for each in seen)]
        assert len(hinted) <= 1
    logs = "".join(log.read_text() for log in signing_in.logs.glob("console*.log"))
    assert "console" in logs
    for private in (*tokens, *secrets, TEXT):
        assert private not in logs


async def tokens_of(signing_in: SigningIn, browser: Browser) -> set[str]:
    content = (await signing_in.stored(browser)).content
    return {content[name] for name in ("token", "refresh_token", "id_token")}


async def test_pages_are_kept_by_no_cache_and_cookies_by_the_browser_alone(signing_in: SigningIn):
    async with (browser := signing_in.browser()).http:
        page = await signing_in.sign_in(browser, "anna")
        assert page.answer.headers["cache-control"] == "no-store"
        first = await asyncio.gather(*(browser.http.get("/sign-in") for _ in range(2)))
        for answer in first:
            assert answer.headers["cache-control"] == "no-store"
