"""Who is asking: a bearer JWT, checked against its issuer's public keys (RFC 6750 and 7519). No off switch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from fastapi import Request

from coaching_events.ids import PersonId
from coaching_events.moment import written
from eventlog import wall_now
from service_kit.authentication.keys import FAMILIES, Keys, KeysUnavailable
from service_kit.authentication.scopes import ScopeClaims
from service_kit.authentication.tokens import Expired, InvalidToken, Token, check_audience, check_times, parse, text_of
from service_kit.http.problems import Problem, unavailable
from service_kit.process.people import PersonSeen

LEEWAY = 5.0
"""Seconds by which the clocks of the issuer and of this machine may differ, unless a setting says otherwise."""
MOST_REMEMBERED = 5_000
CALLER = "tandem.caller"
"""Where in the scope of a request its caller is, or the problem with their token."""

PARTNER = "partner"
DIRECTORY = "hr.directory"
IDENTITIES = "hr.identities"
OPS = "ops"
EVENTS = "events"

EXPLAINED: Mapping[str, str] = {
    PARTNER: "one of two partners: the default, when a token has no scope",
    DIRECTORY: "keeps the directory of people and calendars",
    IDENTITIES: "says by which logins and numbers people are found",
    OPS: "runs the services",
    EVENTS: "reads events",
}
"""What each scope lets somebody be."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a token speaks for: ``subject`` is the text of the configured claim."""

    issuer: str
    subject: str
    scopes: frozenset[str]


class TokenReader(Protocol):
    """Knows whom a token speaks for."""

    @property
    def takes(self) -> frozenset[str]:
        """The issuers whose tokens it takes."""
        ...

    async def read(self, token: str) -> Caller:
        """Whom a token speaks for; raises a 401 problem that says what is wrong with it."""
        ...


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A token whose signature was checked; ``changes``: of its issuer's keys, by then."""

    caller: Caller
    ends: float
    changes: int


@dataclass
class TokenVerifier:
    """Reads tokens of one issuer for one audience. ``claim`` holds the person's id at the issuer.

    A token with ``partner_scope`` is a partner's, and so is one without any scope.
    """

    issuer: str
    audience: str
    keys: Keys
    claim: str = "sub"
    now: Callable[[], datetime] = wall_now
    scopes: ScopeClaims = field(default_factory=ScopeClaims)
    leeway: float = LEEWAY
    partner_scope: str = PARTNER
    _remembered: dict[bytes, _Remembered] = field(default_factory=dict[bytes, _Remembered], init=False)

    @property
    def takes(self) -> frozenset[str]:
        """The one issuer."""
        return frozenset({self.issuer})

    async def read(self, token: str) -> Caller:
        """Whom a token speaks for; a signature is checked once and its answer remembered until the token expires."""
        name = sha256(token.encode(errors="replace")).digest()  # a token may be long, and there are many
        known = self._remembered.get(name)
        if known is not None and self._still_true(known):
            return known.caller
        try:
            return await self._verified(name, parse(token))
        except InvalidToken as wrong:
            raise _cannot_be_used(wrong) from None

    def _still_true(self, known: _Remembered) -> bool:
        in_time = self.now().timestamp() < known.ends + self.leeway
        return in_time and self.keys.fresh and known.changes == self.keys.changes

    async def _verified(self, name: bytes, parsed: Token) -> Caller:
        if parsed.algorithm not in FAMILIES:
            raise _unauthorized("The token is not signed with an asymmetric algorithm.", "invalid_token")
        if parsed.claims.get("iss") != self.issuer:
            raise _from_elsewhere(parsed)
        try:
            keys = await self.keys.find(parsed.kid, parsed.algorithm)
        except KeysUnavailable:
            raise unavailable("issuer-away", "The token issuer's keys cannot be read now.") from None
        if not keys:
            raise _unauthorized("The token is signed with a key that its issuer does not publish.", "invalid_token")
        changes = self.keys.changes
        if not any(key.verifies(parsed.algorithm, parsed.signed, parsed.signature) for key in keys):
            raise InvalidToken("its signature does not fit")
        ends = check_times(parsed.claims, self.now().timestamp(), self.leeway)
        check_audience(parsed.claims, self.audience)
        subject = text_of(parsed.claims, self.claim)
        scopes = self.scopes.read(parsed.claims)
        is_partner = not scopes or self.partner_scope in scopes
        scopes = scopes | {PARTNER} if is_partner else scopes - {PARTNER}
        caller = Caller(self.issuer, subject, scopes)
        if len(self._remembered) >= MOST_REMEMBERED or not self.keys.fresh:
            self._remembered.clear()
        self._remembered[name] = _Remembered(caller, ends, changes)
        return caller


@dataclass
class AnyIssuer:
    """Reads tokens of several issuers, each with its own keys: one that is away disturbs no tokens of the others."""

    issuers: Mapping[str, TokenVerifier]

    @property
    def takes(self) -> frozenset[str]:
        """All of them."""
        return frozenset(self.issuers)

    async def read(self, token: str) -> Caller:
        """Whom a token speaks for; raises a 401 problem that says what is wrong with it."""
        try:
            parsed = parse(token)
            name: object = parsed.claims.get("iss")
            if not isinstance(name, str) or name not in self.issuers:
                raise _from_elsewhere(parsed)
        except InvalidToken as wrong:
            raise _cannot_be_used(wrong) from None
        return await self.issuers[name].read(token)


async def caller_of(request: Request, tokens: TokenReader) -> Caller:
    """Who is asking; raises a 401 problem that says what is wrong with the token, or that there is none."""
    given = request.headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthorized("Send a token: Authorization: Bearer <JWT>.")
    return await tokens.read(token.strip())


def authenticated_caller(request: Request) -> Caller:
    """Who is asking, as it was found out before the body was read; raises the problem that was found instead."""
    told = request.scope[CALLER]
    if isinstance(told, Problem):
        raise told
    return told


def require(caller: Caller, scope: str) -> None:
    """Raise a 403 problem unless the caller's token has this scope."""
    if scope not in caller.scopes:
        raise missing(scope)


def missing(scope: str) -> Problem:
    """The 403 problem of a token that lacks this scope."""
    challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
    detail = f"This needs a token with the scope {scope} ({EXPLAINED.get(scope, scope)})."
    return Problem(403, "missing-scope", detail, members={"scope": scope}, headers=challenge)


def active_person(person: PersonSeen | None) -> PersonId:
    """The person that a token found; raises a 403 problem with its own type if it found nobody active, or not yet."""
    if person is None:
        raise Problem(403, "unknown-person", "Nobody here belongs to this token. HR's directory has to name you first.")
    if person.waits_until is not None:
        detail = (
            f"This login is new: it opens nothing before {written(person.waits_until)}, unless you confirm it with a "
            "login that you have."
        )
        raise Problem(403, "login-waits", detail)
    if not person.active:
        raise Problem(403, "inactive-person", "The directory does not count you as active any more.")
    return person.id


def _from_elsewhere(parsed: Token) -> InvalidToken:
    return InvalidToken("its claim iss is missing" if parsed.claims.get("iss") is None else "it is from another issuer")


def _cannot_be_used(wrong: InvalidToken) -> Problem:
    """Only the kind of fault is told, never what stood in the token."""
    if isinstance(wrong, Expired):
        return _unauthorized("The token has expired. Ask its issuer for a new one.", "invalid_token")
    return _unauthorized(f"The token cannot be used here: {wrong}.", "invalid_token")


def _unauthorized(detail: str, error: str | None = None) -> Problem:
    challenge = 'Bearer realm="tandem"' + (f', error="{error}"' if error else "")
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": challenge})
