"""Sessions of browsers, in the console's own database. The cookie has a random secret, and nothing else.

A session ends after ``lifetime`` without a request. Signing in gives the browser another secret, so nobody can prepare
one for somebody else (session fixation).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.sealing import NotSealed, Secret
from eventlog import wall_now
from eventlog.stores import StoreUnavailable
from eventlog.stores.mongo import MongoClient, translating_errors

RENEWED_AFTER: Final = 0.05
"""The part of its lifetime after which a used session is written again."""
LONGEST: Final = 7
"""Days after which a session ends in any case."""


@translating_errors
class SessionStore:
    """The documents of sessions. The database removes them when they have expired (TTL index)."""

    def __init__(self, mongo: MongoClient, database: str) -> None:
        self._documents = mongo.database(database)["sessions"]

    async def prepare(self) -> None:
        """Create the index."""
        await self._documents.create_index("expires_at", expireAfterSeconds=0)

    async def find(self, secret: Secret, now: datetime) -> tuple[dict[str, Any], datetime] | None:
        """The content and the end of a session; None if there is none, or it has expired."""
        found = await self._documents.find_one({"_id": secret.name("session"), "expires_at": {"$gt": now}})
        if found is None:
            return None
        try:
            return secret.unseal(found["sealed"]), found["expires_at"]
        except NotSealed:
            return None

    async def save(self, secret: Secret, content: dict[str, Any], expires_at: datetime) -> None:
        """Write a session."""
        name = secret.name("session")
        document = {"_id": name, "sealed": secret.seal(content), "expires_at": expires_at}
        await self._documents.replace_one({"_id": name}, document, upsert=True)

    async def remove(self, secret: Secret) -> None:
        """End a session at once."""
        await self._documents.delete_one({"_id": secret.name("session")})


@dataclass(eq=False)
class BrowserSession(dict[str, Any]):
    """The content of the session of one request. A change is saved before the answer begins."""

    secret: Secret
    expires_at: datetime | None = None
    was: dict[str, Any] = field(default_factory=dict[str, Any])
    former: Secret | None = None

    def begin_again(self) -> None:
        """Empty the session, and give the browser another secret."""
        self.clear()
        self.former, self.secret = self.secret, Secret.fresh()

    @property
    def has_changed(self) -> bool:
        """Whether it must be written."""
        return dict(self) != self.was or self.former is not None


@dataclass(frozen=True)
class Cookie:
    """The name and the attributes of a cookie. With TLS the name has the prefix that keeps other hosts out."""

    name: str
    is_secure: bool

    def header(self, value: str, seconds: int) -> str:
        """The header that sets it."""
        secure = "; Secure" if self.is_secure else ""
        return f"{self.full_name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"

    @property
    def full_name(self) -> str:
        """The name as browsers know it."""
        return f"__Host-{self.name}" if self.is_secure else self.name

    def read(self, scope: Scope) -> str | None:
        """Its value in a request."""
        return next(iter(self._values(scope)), None)

    def _values(self, scope: Scope) -> Iterator[str]:
        for name, value in scope["headers"]:
            if name == b"cookie":
                try:
                    found = SimpleCookie(value.decode("latin-1")).get(self.full_name)
                except CookieError:
                    continue
                if found is not None:
                    yield found.value


class SessionMiddleware:
    """Gives each request its session as ``scope["session"]``, and saves it."""

    def __init__(self, app: ASGIApp, store: SessionStore, cookie: Cookie, lifetime: timedelta) -> None:
        self._app = app
        self._store = store
        self._cookie = cookie
        self._lifetime = lifetime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        session = await self._session(scope)
        scope["session"] = session

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._save(session, MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, answer)

    async def _session(self, scope: Scope) -> BrowserSession:
        text = self._cookie.read(scope)
        if text:
            found = await self._store.find(Secret(text), wall_now())
            if found is not None:
                session = BrowserSession(secret=Secret(text), expires_at=found[1], was=dict(found[0]))
                session.update(found[0])
                return session
        return BrowserSession(secret=Secret.fresh())

    async def _save(self, session: BrowserSession, headers: MutableHeaders) -> None:
        now = wall_now()
        if session.former is not None:
            await self._store.remove(session.former)
        if not session:
            if session.was:
                await self._store.remove(session.secret)
                headers.append("set-cookie", self._cookie.header("", 0))
            return
        session.setdefault("began", now.isoformat())
        last = datetime.fromisoformat(session["began"]) + timedelta(days=LONGEST)
        expires_at = min(now + self._lifetime, last)
        is_old = session.expires_at is None or session.expires_at < expires_at - RENEWED_AFTER * self._lifetime
        if session.has_changed or is_old:
            await self._store.save(session.secret, dict(session), expires_at)
            seconds = int((expires_at - now).total_seconds())
            headers.append("set-cookie", self._cookie.header(session.secret.text, seconds))


__all__ = ["BrowserSession", "Cookie", "SessionMiddleware", "SessionStore", "StoreUnavailable"]
