"""Sessions of browsers, in the console's own database. The cookie has a random secret, and nothing else.

A session ends after ``lifetime`` without a request. Signing in gives the browser another secret, so nobody can prepare
one for somebody else (session fixation). Requests of one browser run side by side, also in several processes: each
saves only what it changed itself, and none brings back a session that another one has ended.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.browsers.sealing import NotSealed, Secret
from eventlog import wall_now
from eventlog.stores import StoreUnavailable
from eventlog.stores.mongo import MongoClient, translating_errors

RENEWED_AFTER: Final = 0.05
"""The part of its lifetime after which a used session is written again."""
LONGEST: Final = timedelta(days=7)
"""After this time a session ends in any case."""
BACKGROUND: Final = b"tandem-background"
"""The header of requests that the script of a page sends by itself."""
UNTIL_SIGNED_IN: Final = timedelta(hours=1)
"""How long a session of a browser lasts in which nobody is signed in."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A session as it is in the database. Each change raises its version."""

    content: dict[str, Any]
    expires_at: datetime
    version: int


@translating_errors
class SessionStore:
    """The documents of sessions. The database removes them when they have expired (TTL index)."""

    def __init__(self, mongo: MongoClient, database: str) -> None:
        self._documents = mongo.database(database)["sessions"]

    async def prepare(self) -> None:
        """Create the index."""
        await self._documents.create_index("expires_at", expireAfterSeconds=0)

    async def find(self, secret: Secret, now: datetime) -> Stored | None:
        """A session; None if there is none, or it has expired."""
        found = await self._documents.find_one({"_id": secret.name("session"), "expires_at": {"$gt": now}})
        if found is None:
            return None
        try:
            return Stored(secret.unseal(found["sealed"]), found["expires_at"], found["version"])
        except NotSealed:
            return None

    async def add(self, secret: Secret, stored: Stored) -> None:
        """Write a new session."""
        document = {"_id": secret.name("session"), "sealed": secret.seal(stored.content), "version": stored.version}
        await self._documents.insert_one({**document, "expires_at": stored.expires_at})

    async def replace(self, secret: Secret, stored: Stored) -> bool:
        """Write a session again; False if it has another version by now, or has ended."""
        known = {"_id": secret.name("session"), "version": stored.version}
        change = {"sealed": secret.seal(stored.content), "expires_at": stored.expires_at, "version": stored.version + 1}
        return (await self._documents.update_one(known, {"$set": change})).matched_count == 1

    async def remove(self, secret: Secret, version: int | None = None) -> None:
        """End a session at once, or only if it still has this version."""
        known = {"_id": secret.name("session")}
        await self._documents.delete_one(known if version is None else {**known, "version": version})

    async def lease(self, secret: Secret, now: datetime, lasts: timedelta) -> bool:
        """Whether this request alone may refresh the tokens of a session, for this time."""
        free = [{"leased_until": None}, {"leased_until": {"$lte": now}}]
        taken = {"$set": {"leased_until": now + lasts}}
        found = await self._documents.update_one({"_id": secret.name("session"), "$or": free}, taken)
        return found.matched_count == 1

    async def release(self, secret: Secret) -> None:
        """Let another request try."""
        await self._documents.update_one({"_id": secret.name("session")}, {"$set": {"leased_until": None}})


@dataclass(eq=False)
class BrowserSession(dict[str, Any]):
    """The content of the session of one request. A change is saved before the answer begins.

    ``known`` is what the database has, None if this is a new session. ``in_background``: the request is no sign of a
    person, so the session does not last longer because of it.
    """

    secret: Secret
    known: Stored | None = None
    former: Secret | None = None
    has_ended: bool = False
    in_background: bool = False

    def __post_init__(self) -> None:
        if self.known is not None:
            self.update(self.known.content)

    def begin_again(self) -> None:
        """Empty the session but for its language, and give the browser another secret."""
        chosen = self.get("language")
        self.clear()
        if chosen:
            self["language"] = chosen
        self.former, self.secret, self.known = self.secret, Secret.fresh(), None

    def end(self) -> None:
        """End it for all requests of the browser, whatever they are doing."""
        self.clear()
        self.has_ended = True

    def rebase(self, newer: Stored) -> None:
        """Take over what another request has saved. What this one has changed stays changed."""
        before = {} if self.known is None else self.known.content
        changed = {name: value for name, value in self.items() if name not in before or before[name] != value}
        left_out = before.keys() - self.keys()
        self.clear()
        self.update({name: value for name, value in newer.content.items() if name not in left_out} | changed)
        self.known = newer


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
    """Gives each request its session as ``scope["session"]``, and saves it. ``away`` answers without the database.

    Requests for a path of ``in_background`` are sent by pages, not by people.
    """

    def __init__(
        self,
        app: ASGIApp,
        store: SessionStore,
        cookie: Cookie,
        lifetime: timedelta,
        away: ASGIApp,
        in_background: Container[str] = (),
    ) -> None:
        self._app = app
        self._store = store
        self._cookie = cookie
        self._lifetime = lifetime
        self._away = away
        self._in_background = in_background

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        session = scope["session"] = BrowserSession(Secret.fresh())
        try:
            session = scope["session"] = await self._session(scope) or session
        except StoreUnavailable:
            await self._away(scope, receive, send)
            return

        is_away = False

        async def answer(message: Message) -> None:
            nonlocal is_away
            if message["type"] == "http.response.start":
                try:
                    await self._save(session, MutableHeaders(scope=message))
                except StoreUnavailable:
                    is_away = session.former is not None or session.has_ended  # signing in or out did not happen
                    if is_away:
                        await self._away(scope, receive, send)
            if not is_away:
                await send(message)

        await self._app(scope, receive, answer)

    async def _session(self, scope: Scope) -> BrowserSession | None:
        text = self._cookie.read(scope)
        found = await self._store.find(Secret(text), wall_now()) if text else None
        if text is None or found is None:
            return None
        is_script = any(name == BACKGROUND for name, _ in scope["headers"])
        return BrowserSession(Secret(text), found, in_background=is_script or scope["path"] in self._in_background)

    async def _save(self, session: BrowserSession, headers: MutableHeaders) -> None:
        for ended in filter(None, (session.former, session.secret if session.has_ended else None)):
            await self._store.remove(ended)
        if session.has_ended:
            headers.append("set-cookie", self._cookie.header("", 0))
        elif session and session.known is None:
            stored = self._now(session, Stored({}, wall_now(), 1))
            await self._store.add(session.secret, stored)
            self._set_cookie(session, stored, headers)
        elif session.known is not None:
            await self._save_again(session, session.known, headers)

    async def _save_again(self, session: BrowserSession, known: Stored, headers: MutableHeaders) -> None:
        """Save what this request changed. If another one has ended the session, it stays ended."""
        if not session:
            await self._store.remove(session.secret, known.version)
            return
        while dict(session) != known.content or self._is_old(session, known):
            stored = self._now(session, known)
            if await self._store.replace(session.secret, stored):
                if stored.expires_at != known.expires_at:
                    self._set_cookie(session, stored, headers)
                return
            newer = await self._store.find(session.secret, wall_now())
            if newer is None:
                return
            session.rebase(newer)
            known = newer

    def _now(self, session: BrowserSession, known: Stored) -> Stored:
        """What is to be written."""
        now = wall_now()
        began = datetime.fromisoformat(session.setdefault("began", now.isoformat()))
        lifetime = self._lifetime if "subject" in session else min(self._lifetime, UNTIL_SIGNED_IN)
        renewed = min(now + lifetime, began + LONGEST)
        return Stored(dict(session), known.expires_at if session.in_background else renewed, known.version)

    def _is_old(self, session: BrowserSession, known: Stored) -> bool:
        return self._now(session, known).expires_at > known.expires_at + RENEWED_AFTER * self._lifetime

    def _set_cookie(self, session: BrowserSession, stored: Stored, headers: MutableHeaders) -> None:
        seconds = int((stored.expires_at - wall_now()).total_seconds())
        headers.append("set-cookie", self._cookie.header(session.secret.text, seconds))


__all__ = ["BrowserSession", "Cookie", "SessionMiddleware", "SessionStore", "Stored"]
