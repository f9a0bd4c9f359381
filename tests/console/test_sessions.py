"""Sessions of browsers: requests side by side, in several processes, save and end them safely."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from console.browsers.sealing import NotSealed, Secret
from console.browsers.sessions import LONGEST, UNTIL_SIGNED_IN, BrowserSession, Cookie, SessionMiddleware, SessionStore
from deploy.local import BackingServices
from eventlog import fresh_id, wall_now
from eventlog.stores.mongo import MongoClient

HOURS = timedelta(hours=12)


async def away(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("away", 503)(scope, receive, send)


@dataclass
class Pages:
    """An application whose requests wait until a test lets them go on."""

    store: SessionStore
    may_go: asyncio.Event = field(default_factory=asyncio.Event)
    has_come: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def browser(self, *, is_secure: bool = False) -> AsyncGenerator[httpx.AsyncClient]:
        middleware = Middleware(
            SessionMiddleware,
            store=self.store,
            cookie=Cookie("tandem", is_secure),
            lifetime=HOURS,
            away=away,
            in_background=("/live",),
        )
        app = Starlette(
            routes=[
                Route("/sign-in", self._sign_in),
                Route("/sign-out", self._sign_out),
                Route("/begin", self._set),
                Route("/set", self._set),
                Route("/slow", self._slow),
                Route("/live", self._read),
                Route("/", self._read),
            ],
            middleware=[middleware],
        )
        address = "https://tandem.example.com" if is_secure else "http://tandem.example.com"
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=address) as client:
            yield client

    async def _sign_in(self, request: Request) -> Response:
        session: BrowserSession = request.scope["session"]
        session.begin_again()
        session.update(subject="anna", token="first")
        return PlainTextResponse("signed in")

    async def _sign_out(self, request: Request) -> Response:
        request.scope["session"].end()
        return PlainTextResponse("signed out")

    async def _set(self, request: Request) -> Response:
        request.scope["session"].update(request.query_params)
        return PlainTextResponse("set")

    async def _slow(self, request: Request) -> Response:
        request.scope["session"].update(request.query_params)
        self.has_come.set()
        await self.may_go.wait()
        return PlainTextResponse("slow")

    async def _read(self, request: Request) -> Response:
        return PlainTextResponse(repr(dict(request.scope["session"])))


@pytest.fixture(scope="session")
async def mongo(services: BackingServices) -> AsyncGenerator[MongoClient]:
    client = MongoClient(services.mongo_url)
    yield client
    await client.close()


@pytest.fixture
def pages(mongo: MongoClient) -> Pages:
    return Pages(SessionStore(mongo, f"sessions_{fresh_id()[:8]}"))


async def meanwhile(
    pages: Pages, browser: httpx.AsyncClient, slow: str, do: Callable[[], Awaitable[object]]
) -> httpx.Response:
    """The answer to a request that began before something else happened, and ended after it."""
    asked = asyncio.create_task(browser.get(slow))
    await pages.has_come.wait()
    await do()
    pages.may_go.set()
    return await asked


def secret(browser: httpx.AsyncClient) -> Secret:
    return Secret(browser.cookies["tandem"])


async def test_two_requests_that_save_at_the_same_time_lose_nothing(pages: Pages):
    async with pages.browser() as browser:
        await browser.get("/sign-in")
        await meanwhile(pages, browser, "/slow?zone=Berlin", lambda: browser.get("/set?token=second&language=de"))
        found = await pages.store.find(secret(browser), wall_now())
        assert found is not None
        assert found.content.items() >= {"zone": "Berlin", "token": "second", "language": "de"}.items()


async def test_an_older_request_does_not_bring_back_a_session_that_was_ended(pages: Pages):
    async with pages.browser() as browser:
        await browser.get("/sign-in")
        ended = secret(browser)
        answer = await meanwhile(pages, browser, "/slow?zone=Berlin", lambda: browser.get("/sign-out"))
        assert "set-cookie" not in answer.headers
        assert "tandem" not in browser.cookies
        assert await pages.store.find(ended, wall_now()) is None


async def test_an_older_request_does_not_take_a_new_session_from_the_browser(pages: Pages):
    async with pages.browser() as browser:
        await browser.get("/begin?to=/x")
        answer = await meanwhile(pages, browser, "/slow?zone=Berlin", lambda: browser.get("/sign-in"))
        assert "set-cookie" not in answer.headers
        assert "'subject': 'anna'" in (await browser.get("/")).text


async def test_signing_in_ends_the_session_before_it(pages: Pages):
    async with pages.browser() as browser:
        await browser.get("/begin?to=/x")
        before = secret(browser)
        await browser.get("/sign-in")
        assert secret(browser) != before
        assert await pages.store.find(before, wall_now()) is None


async def test_a_person_renews_a_session_and_a_page_by_itself_does_not(pages: Pages):
    async with pages.browser() as browser:
        await browser.get("/sign-in")
        known = await pages.store.find(secret(browser), wall_now())
        assert known is not None
        soon = wall_now() + timedelta(hours=1)
        assert await pages.store.replace(secret(browser), replace(known, expires_at=soon))
        for ask in (browser.get("/live"), browser.get("/set?x=1", headers={"Tandem-Background": "1"})):
            assert "set-cookie" not in (await ask).headers
            assert near(await pages.store.find(secret(browser), wall_now()), soon - wall_now())
        assert "Max-Age=43" in (await browser.get("/")).headers["set-cookie"]
        assert near(await pages.store.find(secret(browser), wall_now()), HOURS)


async def test_a_session_ends_after_a_week_however_it_is_used(pages: Pages):
    async with pages.browser() as browser:
        await browser.get("/sign-in")
        known = await pages.store.find(secret(browser), wall_now())
        assert known is not None
        left = timedelta(hours=2)
        began = {**known.content, "began": (wall_now() - LONGEST + left).isoformat()}
        old = replace(known, content=began, expires_at=wall_now() + timedelta(minutes=1))
        assert await pages.store.replace(secret(browser), old)
        await browser.get("/")
        assert near(await pages.store.find(secret(browser), wall_now()), left)


async def test_a_browser_in_which_nobody_signed_in_is_forgotten_after_an_hour(pages: Pages):
    async with pages.browser() as browser:
        await browser.get("/begin?to=/x")
        assert near(await pages.store.find(secret(browser), wall_now()), UNTIL_SIGNED_IN)


async def test_a_visit_that_stores_nothing_makes_no_session(pages: Pages):
    async with pages.browser() as browser:
        assert "set-cookie" not in (await browser.get("/")).headers


async def test_one_of_many_requests_may_refresh_until_its_time_is_over(pages: Pages):
    async with pages.browser() as browser:
        await browser.get("/sign-in")
        now = wall_now()
        asked = [pages.store.lease(secret(browser), now, HOURS) for _ in range(5)]
        assert sorted(await asyncio.gather(*asked)) == [False] * 4 + [True]
        assert await pages.store.lease(secret(browser), now + HOURS, HOURS)
        await pages.store.release(secret(browser))
        assert await pages.store.lease(secret(browser), now, HOURS)


@pytest.mark.parametrize(("is_secure", "name", "rest"), [(False, "tandem", ""), (True, "__Host-tandem", "; Secure")])
async def test_cookies_have_all_their_attributes(pages: Pages, is_secure: bool, name: str, rest: str):
    async with pages.browser(is_secure=is_secure) as browser:
        header = (await browser.get("/sign-in")).headers["set-cookie"]
        value, _, attributes = header.partition("; ")
        assert value.startswith(f"{name}=")
        assert len(value.partition("=")[2]) == 43, "256 random bits"
        assert attributes.endswith("; HttpOnly; SameSite=Lax" + rest)
        assert attributes.startswith("Path=/; Max-Age=43")
        assert (await browser.get("/sign-out")).headers["set-cookie"] == (
            f"{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{rest}"
        )


@pytest.mark.parametrize(
    "cookie", ["tandem=", "tandem=x", 'tandem="\\303"', "tandem; a=b", ";;;=", "tandem=" + "x" * 8000]
)
async def test_any_cookie_is_read_without_an_error(pages: Pages, cookie: str):
    async with pages.browser() as browser:
        answer = await browser.get("/", headers={"Cookie": cookie})
        assert (answer.status_code, answer.text) == (200, "{}")


def test_another_secret_opens_nothing():
    one, other = Secret.fresh(), Secret.fresh()
    assert one.unseal(one.seal({"x": 1})) == {"x": 1}
    assert one.name("session") != one.name("outcome") != other.name("session")
    with pytest.raises(NotSealed):
        other.unseal(one.seal({"x": 1}))


async def test_without_the_database_pages_say_so():
    mongo = MongoClient("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=50")
    async with Pages(SessionStore(mongo, "away")).browser() as browser:
        assert (await browser.get("/")).status_code == 200, "without a cookie nothing is read"
        assert (await browser.get("/sign-in")).text == "away"
        assert (await browser.get("/", headers={"Cookie": "tandem=x"})).text == "away"
    await mongo.close()


def near(stored: object, lasts: timedelta) -> bool:
    """Whether a session ends after this time, give or take what a slow machine needs."""
    left = getattr(stored, "expires_at", wall_now()) - wall_now()
    return abs(left - lasts) < timedelta(minutes=1)
