"""Signing in at a real OpenID provider."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from eventlog import wall_now
from tests.console.browser import Browser, Page
from tests.console.signing_in import RESOURCE, SigningIn


@pytest.fixture
async def browsers(signing_in: SigningIn) -> AsyncGenerator[AsyncExitStack]:
    """Closes the browsers of a test."""
    async with AsyncExitStack() as closing:
        yield closing


@pytest.fixture
async def browser(signing_in: SigningIn, browsers: AsyncExitStack) -> Browser:
    """A browser in which nobody is signed in."""
    return await another(signing_in, browsers)


async def another(signing_in: SigningIn, browsers: AsyncExitStack) -> Browser:
    browser = signing_in.browser()
    await browsers.enter_async_context(browser.http)
    return browser


async def sent_to(browser: Browser, path: str) -> tuple[str, dict[str, str]]:
    """Where ``/sign-in`` leads, and with which parameters."""
    page = Page(await browser.http.get(path))
    address = str(page.one("//meta[@http-equiv='refresh']/@content")).partition("url=")[2]
    return address, {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}


async def callback(signing_in: SigningIn, browser: Browser, name: str) -> str:
    """The address to which the provider sends the browser after signing in. The browser does not go there."""
    asked = await browser.open("/sign-in")
    browser.http.follow_redirects = False
    answer = await browser.http.post(asked.answer.url.join(asked.one("//form").get("action")), data={"login": name})
    while not (to := answer.headers["location"]).startswith(signing_in.console.url):
        answer = await browser.http.get(answer.url.join(to))
    browser.http.follow_redirects = True
    return to


async def test_who_signs_in_lands_on_the_page_that_was_asked_for(signing_in: SigningIn, browser: Browser):
    await signing_in.hire("anna")
    page = await signing_in.sign_in(browser, "anna", "/?from=a%20mail&x=1")
    assert page.path == "/?from=a%20mail&x=1"
    assert (page.status, page.title) == (200, "This week · Tandem")
    assert "Signed in as Anna." in page.text


async def test_the_provider_is_asked_with_pkce_state_nonce_and_resource(browser: Browser):
    _, asked = await sent_to(browser, "/sign-in")
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert asked["resource"] == RESOURCE
    assert min(len(asked[name]) for name in ("code_challenge", "state", "nonce")) >= 20
    _, again = await sent_to(browser, "/sign-in")
    assert all(asked[name] != again[name] for name in ("code_challenge", "state", "nonce"))


@pytest.mark.parametrize("changed", ["nonce", "code_verifier"])
async def test_an_answer_for_another_request_is_refused(signing_in: SigningIn, browser: Browser, changed: str):
    to = await callback(signing_in, browser, "anna")
    known = await signing_in.stored(browser)
    (state,) = (name for name in known.content if name.startswith("_state_"))
    begun = known.content[state]
    other = {**begun, "data": {**begun["data"], changed: "another-" * 8}}
    stored = replace(known, content={**known.content, state: other})
    assert await signing_in.sessions.replace(signing_in.secret(browser), stored)
    assert_failed(await browser.open(to))


async def test_a_code_is_taken_once_and_by_the_browser_that_asked_alone(
    signing_in: SigningIn, browser: Browser, browsers: AsyncExitStack
):
    to = await callback(signing_in, browser, "anna")
    other = await another(signing_in, browsers)
    await other.open("/sign-in")
    assert_failed(await other.open(to))
    assert (await browser.open(to)).path == "/"
    assert_failed(await browser.open(to))
    assert "Signed in" in (await browser.open("/")).text


async def test_an_invented_answer_is_refused(browser: Browser):
    assert_failed(await browser.open("/signed-in?code=x&state=y"))
    assert_failed(await browser.open("/signed-in"))
    await browser.open("/sign-in")
    assert_failed(await browser.open("/signed-in?code=x&state=y"))


async def test_who_cancels_at_the_provider_gets_a_kind_page(signing_in: SigningIn, browser: Browser):
    asked = await browser.open("/?x=1")
    form = asked.one("//form").get("action")
    page = Page(await browser.http.post(asked.answer.url.join(form), data={"cancel": "yes"}))
    assert_failed(page)
    assert page.one("//main//a").get("href") == "/sign-in?to=/%3Fx%3D1"


async def test_signing_in_gives_the_browser_another_secret(signing_in: SigningIn, browser: Browser):
    await browser.open("/sign-in")
    before = signing_in.secret(browser)
    await signing_in.sign_in(browser, "anna")
    assert signing_in.secret(browser) != before
    assert await signing_in.sessions.find(before, (await signing_in.stored(browser)).expires_at) is None


async def test_a_secret_that_somebody_else_chose_is_not_used(signing_in: SigningIn, browser: Browser):
    browser.http.cookies.set("tandem", "chosen-by-somebody-else", domain="127.0.0.1")
    await browser.open("/sign-in")
    assert "chosen-by-somebody-else" not in [each.value for each in browser.http.cookies.jar if each.name == "tandem"]


@pytest.mark.parametrize(
    "to",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/%5Cevil.example", "%2F%2Fevil.example", "\t/x"],
)
async def test_no_address_leads_to_another_site(signing_in: SigningIn, browser: Browser, to: str):
    asked = Page(await browser.http.get("/sign-in", params={"to": to}))
    at_provider = await browser.open(asked.one("//main//a").get("href"))
    page = await browser.send(at_provider, at_provider.one("//form").get("action"), {"login": "anna"})
    assert str(page.answer.url).startswith(signing_in.console.url + "/")
    assert page.path in ("/", "/%255Cevil.example", "/%5Cevil.example")


async def test_two_tabs_refresh_a_token_once(signing_in: SigningIn, browser: Browser):
    await signing_in.hire("anna")
    await signing_in.sign_in(browser, "anna")
    for seconds in (10, -10):  # it ends soon, and it has ended
        before = await signing_in.stored(browser)
        await signing_in.token_ends_in(browser, seconds)
        given = signing_in.granted()
        tabs = await asyncio.gather(*(browser.open("/") for _ in range(5)))
        assert ["Signed in as Anna." in tab.text for tab in tabs] == [True] * 5
        assert signing_in.granted() == given + 1
        after = await signing_in.stored(browser)
        assert all(after.content[name] != before.content[name] for name in ("token", "refresh_token"))


async def test_who_was_forgotten_by_the_provider_signs_in_again_and_comes_back(signing_in: SigningIn, browser: Browser):
    await signing_in.hire("anna")
    await signing_in.sign_in(browser, "anna")
    await signing_in.token_ends_in(browser, -10)
    await asyncio.to_thread(signing_in.provider.restart)
    page = await signing_in.sign_in(browser, "anna", "/?x=1")
    assert page.path == "/?x=1"
    assert "Signed in as Anna." in page.text


async def test_signing_out_ends_it_here_and_at_the_provider(signing_in: SigningIn, browser: Browser):
    await signing_in.hire("anna")
    page = await signing_in.sign_in(browser, "anna")
    secret, stored = signing_in.secret(browser), await signing_in.stored(browser)
    asked = await browser.send(page, "/sign-out")
    assert await signing_in.sessions.find(secret, stored.expires_at) is None
    out = Page(
        await browser.http.post(
            asked.one("//form").get("action"), data={**dict(asked.one("//form").form_values()), "logout": "yes"}
        )
    )
    assert (out.path.partition("?")[0], out.title) == ("/signed-out", "You are signed out · Tandem")
    at_provider = await browser.open("/")
    assert at_provider.all("//input[@name='login']"), "the provider asks who it is"


async def test_without_the_provider_the_page_says_so(signing_in: SigningIn, browser: Browser):
    await signing_in.hire("anna")
    await signing_in.sign_in(browser, "anna")
    await asyncio.to_thread(signing_in.provider.stop)
    try:
        await signing_in.token_ends_in(browser, 10)
        assert "Signed in as Anna." in (await browser.open("/")).text, "the old token is still valid"
        await signing_in.token_ends_in(browser, -10)
        page = await browser.open("/?x=1")
        assert (page.status, page.title) == (503, "Signing in is not possible at the moment · Tandem")
        assert page.answer.headers["retry-after"]
        assert page.one("//main//a").get("href") == "/sign-in?to=/%3Fx%3D1"
    finally:
        await asyncio.to_thread(signing_in.provider.start)


async def test_who_is_not_in_the_directory_is_told_so(signing_in: SigningIn, browser: Browser):
    page = await signing_in.sign_in(browser, "nobody-known")
    assert (page.status, page.path) == (403, "/")
    assert page.all("//main//h1")


@pytest.mark.parametrize(("minutes", "status"), [(0, 403), (10, 200)])
async def test_a_token_that_no_service_accepts_leads_to_no_circle(
    signing_in: SigningIn, browser: Browser, minutes: int, status: int
):
    await signing_in.sign_in(browser, "anna")
    known = await signing_in.stored(browser)
    began = (wall_now() - timedelta(minutes=minutes)).isoformat()
    other = replace(known, content={**known.content, "token": "accepted.by.nobody", "began": began})
    assert await signing_in.sessions.replace(signing_in.secret(browser), other)
    page = await browser.open("/")
    told = page.title == "You cannot come in yet · Tandem"
    assert (page.status, told) == (status, status == 403), "who signed in long ago is signed in again by the provider"


async def test_the_stream_of_a_page_does_not_keep_a_session_alive(signing_in: SigningIn, browser: Browser):
    await signing_in.sign_in(browser, "anna")
    known = await signing_in.stored(browser)
    soon = wall_now().replace(microsecond=0) + timedelta(hours=1)
    assert await signing_in.sessions.replace(signing_in.secret(browser), replace(known, expires_at=soon))
    async with browser.http.stream("GET", "/live") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
    assert (await signing_in.stored(browser)).expires_at == soon
    await browser.open("/")
    assert (await signing_in.stored(browser)).expires_at > soon


def assert_failed(page: Page) -> None:
    assert (page.status, page.title) == (400, "You are not signed in · Tandem")
    assert page.one("//main//a").get("href").startswith("/sign-in")
