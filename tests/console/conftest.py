"""A console in front of the real suite, started once for all tests here; a failed test shows what they logged."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from secrets import randbelow
from typing import Any

import pytest
from playwright.async_api import Browser as Chromium

from deploy.local import BackingServices
from eventlog import fresh_id
from eventlog.stores.mongo import MongoClient
from service_kit.authentication.local_issuer import LocalIssuer
from tests.console.browser import Browser
from tests.console.chromium import PATIENCE, Window, chromium
from tests.console.signing_in import NODE_MODULES, SigningIn
from tests.console.signing_in import signing_in as processes
from tests.delivery.company import Company, Somebody
from tests.delivery.letterbox import Letterbox, letterbox
from tests.delivery.opening import opened
from tests.endings import ends_with_its_scope
from tests.process_logs import logs_in, pytest_runtest_makereport, pytest_runtest_setup

__all__ = ["chromium", "letterbox", "pytest_runtest_makereport", "pytest_runtest_setup"]


@dataclass
class LocalConsole:
    """A console at which people sign in from a list."""

    url: str
    people: Path
    closing: AsyncExitStack

    async def browser(self) -> Browser:
        """A browser in which nobody is signed in."""
        browser = Browser.at(self.url)
        await self.closing.enter_async_context(browser.http)
        return browser

    async def sign_in(self, somebody: Somebody, *scopes: str) -> Browser:
        """A browser in which this person is signed in. Only the test uses it."""
        browser = await self.browser()
        self.knows(somebody, *scopes)
        signed_in = await browser.http.post("/sign-in", data={"login": somebody.login, "to": "/static/icon.svg"})
        assert signed_in.status_code == 200, signed_in.text
        assert "tandem" in browser.http.cookies
        return browser

    def knows(self, somebody: Somebody, *scopes: str) -> None:
        """The only person of the list at which people sign in."""
        person = {"name": somebody.login.title(), "login": somebody.login, "scope": " ".join(scopes)}
        self.people.write_text(json.dumps([person]))

    async def window(
        self, chromium: Chromium, somebody: Somebody, *, scopes: Sequence[str] = (), **options: Any
    ) -> Window:
        """A window of Chromium in which this person signs in with a click in the list."""
        asked: dict[str, Any] = {"base_url": self.url, "locale": "en-GB", **options}
        context = await chromium.new_context(**asked)
        self.closing.push_async_callback(context.close)
        context.set_default_timeout(PATIENCE)
        window = Window(await context.new_page())
        self.knows(somebody, *scopes)
        await window.open("/")
        await window.page.get_by_role("button", name=somebody.login.title()).click()
        await window.page.wait_for_url(self.url + "/")
        return window


@pytest.fixture(scope="session")
async def company(
    services: BackingServices,
    letterbox: tuple[str, Letterbox],
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncGenerator[Company]:
    """A process for each service and one for the console, on a Monday morning of the simulated clock, without people.

    ``company.hire("anna", "ben")`` and ``company.pair(anna, ben)`` make people and pairs; ``company.stage`` moves time.
    """
    folder = tmp_path_factory.mktemp("console")
    issuer = LocalIssuer.of(folder / "issuer")
    console = {"SIGN_IN": "local", "LOCAL_ISSUER": str(folder / "issuer"), "LOCAL_PEOPLE": str(folder / "people.json")}
    logs = logs_in(pytestconfig, folder / "logs")
    # The issuer is the same in every run, so logins differ: an earlier run may have been on this broker.
    hired = 1000 * randbelow(10**6)
    prefix = f"console_{fresh_id()[:8]}"
    settings = {"SMTP_URL": letterbox[0], "MAIL_FROM": "tandem@example.com"}
    letters = letterbox[1].letters
    async with opened(
        services, issuer, prefix, logs, settings, letters, together=True, console=console, hired=hired
    ) as company:
        ends_with_its_scope(pytestconfig, company.suite.stop)
        yield company


@pytest.fixture
async def console(company: Company, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[LocalConsole]:
    """The console in front of the company. ``console.sign_in(person)`` gives a browser of that person."""
    front = company.suite.front
    assert front is not None
    assert company.suite.console is not None
    async with AsyncExitStack() as closing:
        yield LocalConsole(front.url, Path(company.suite.console["LOCAL_PEOPLE"]), closing)


@pytest.fixture(scope="session")
async def signing_in(
    services: BackingServices, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[SigningIn]:
    """A console at which people sign in at a certified OpenID provider. Skipped without the tools of npm."""
    if not (NODE_MODULES / "oidc-provider").exists():
        pytest.skip(
            "npm could not be reached: `make test` installs the OpenID provider into tests/interface/node_modules"
        )
    folder = logs_in(pytestconfig, tmp_path_factory.mktemp("signing-in"))
    async with AsyncExitStack() as closing:
        mongo = MongoClient(services.mongo_url)
        closing.push_async_callback(mongo.close)
        made = processes(services, f"sign_in_{fresh_id()[:8]}", folder, mongo)
        starts: list[Awaitable[None]] = []
        for server in (made.provider, made.directory, made.console):
            closing.push_async_callback(asyncio.to_thread, server.stop)
            ends_with_its_scope(pytestconfig, server.stop)
            starts.append(asyncio.to_thread(server.start))
        await asyncio.gather(*starts)
        yield made
