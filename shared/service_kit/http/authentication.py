"""Authentication by a bearer JWT, checked with its issuer's public keys (RFC 6750 and 7519). It has no off switch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from fastapi import Request

from coaching_events.ids import PersonId
from eventlog import wall_now
from service_kit.authentication.keys import FAMILIES, Keys, KeysUnavailable
from service_kit.authentication.tokens import (
    Expired,
    InvalidToken,
    ScopeClaims,
    Token,
    check_audience,
    check_times,
    parse,
    text_of,
)
from service_kit.http.problems import Problem, unavailable
from service_kit.languages import Phrase, Value
from service_kit.process.people import PersonSeen

LEEWAY = 5.0
"""Seconds by which the clocks of the issuer and of this machine may differ, unless a setting says otherwise."""
MAX_CACHED = 5_000
"""Verified tokens that a process remembers."""
CALLER = "tandem.caller"
"""The key of the ASGI scope under which a request has its Caller, or the Problem with its token."""

PARTNER = "partner"
DIRECTORY = "hr.directory"
IDENTITIES = "hr.identities"
OPS = "ops"
EVENTS = "events"

EXPLAINED: Mapping[str, str] = {
    PARTNER: "acts as a partner; the default of a token without any scope",
    DIRECTORY: "maintains the directory of people and calendars",
    IDENTITIES: "assigns logins and personnel numbers to people",
    OPS: "operates the services",
    EVENTS: "reads events",
}
"""What each scope allows."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The person or system of a token. ``subject`` is the text of the configured claim."""

    issuer: str
    subject: str
    scopes: frozenset[str]


class TokenReader(Protocol):
    """Verifies tokens."""

    @property
    def takes(self) -> frozenset[str]:
        """The issuers whose tokens are accepted."""
        ...

    async def read(self, token: str) -> Caller:
        """Verify a token; raises a 401 problem that says what is wrong with it."""
        ...


@dataclass(frozen=True, slots=True)
class _Verified:
    """A verified token. ``changes`` says how often the issuer's keys had changed by then."""

    caller: Caller
    expires: float
    changes: int


@dataclass
class TokenVerifier:
    """Verifies tokens of one issuer for one audience. ``claim`` holds the person's id at the issuer.

    A token with ``partner_scope``, or without any scope, is a partner's.
    """

    issuer: str
    audience: str
    keys: Keys
    claim: str = "sub"
    now: Callable[[], datetime] = wall_now
    scopes: ScopeClaims = field(default_factory=ScopeClaims)
    leeway: float = LEEWAY
    partner_scope: str = PARTNER
    _cache: dict[bytes, _Verified] = field(default_factory=dict[bytes, _Verified], init=False)

    @property
    def takes(self) -> frozenset[str]:
        """The one issuer."""
        return frozenset({self.issuer})

    async def read(self, token: str) -> Caller:
        """Verify a token. Its signature is checked once; the result is cached until the token expires."""
        digest = sha256(token.encode(errors="replace")).digest()  # shorter than the token
        known = self._cache.get(digest)
        if known is not None and self._still_true(known):
            return known.caller
        try:
            return await self._verify(digest, parse(token))
        except InvalidToken as wrong:
            raise _cannot_be_used(wrong) from None

    def _still_true(self, known: _Verified) -> bool:
        in_time = self.now().timestamp() < known.expires + self.leeway
        return in_time and self.keys.fresh and known.changes == self.keys.changes

    async def _verify(self, digest: bytes, parsed: Token) -> Caller:
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
        expires = check_times(parsed.claims, self.now().timestamp(), self.leeway)
        check_audience(parsed.claims, self.audience)
        subject = text_of(parsed.claims, self.claim)
        scopes = self.scopes.read(parsed.claims)
        is_partner = not scopes or self.partner_scope in scopes
        scopes = scopes | {PARTNER} if is_partner else scopes - {PARTNER}
        caller = Caller(self.issuer, subject, scopes)
        if len(self._cache) >= MAX_CACHED or not self.keys.fresh:
            self._cache.clear()
        self._cache[digest] = _Verified(caller, expires, changes)
        return caller


@dataclass
class AnyIssuer:
    """Verifies tokens of several issuers, each with its own keys. If an issuer is away, only its tokens fail."""

    issuers: Mapping[str, TokenVerifier]

    @property
    def takes(self) -> frozenset[str]:
        """The issuers whose tokens are accepted."""
        return frozenset(self.issuers)

    async def read(self, token: str) -> Caller:
        """Verify a token; raises a 401 problem that says what is wrong with it."""
        try:
            parsed = parse(token)
            name: object = parsed.claims.get("iss")
            if not isinstance(name, str) or name not in self.issuers:
                raise _from_elsewhere(parsed)
        except InvalidToken as wrong:
            raise _cannot_be_used(wrong) from None
        return await self.issuers[name].read(token)


async def caller_of(request: Request, tokens: TokenReader) -> Caller:
    """The caller of a request; raises a 401 problem if the token is missing or wrong."""
    given = request.headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthorized("Send a token: Authorization: Bearer <JWT>.")
    return await tokens.read(token.strip())


def authenticated_caller(request: Request) -> Caller:
    """The caller that AdmissionMiddleware found; raises the problem that it found instead."""
    caller: Caller | Problem = request.scope[CALLER]
    if isinstance(caller, Problem):
        raise caller
    return caller


def require(caller: Caller, scope: str) -> None:
    """Raise a 403 problem unless the caller's token has this scope."""
    if scope not in caller.scopes:
        raise missing(scope)


def missing(scope: str) -> Problem:
    """The 403 problem of a token that lacks this scope."""
    challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
    meaning = Phrase(EXPLAINED.get(scope, scope))
    detail = "This needs a token with the scope {scope} ({meaning})."
    return Problem(
        403, "missing-scope", detail, members={"scope": scope}, headers=challenge, values={"meaning": meaning}
    )


def active_person(person: PersonSeen | None) -> PersonId:
    """The id of a token's person; raises a 403 problem if the person is unknown, still waiting or inactive."""
    if person is None:
        raise Problem(403, "unknown-person", "No person here has this login. HR's directory must list you first.")
    if person.waits_until is not None:
        detail = (
            "This login is new. It gives no access before {from_then}, unless you confirm it with a login that works "
            "already."
        )
        raise Problem(403, "login-waits", detail, values={"from_then": person.waits_until})
    if not person.active:
        raise Problem(403, "inactive-person", "You are no longer active in the directory.")
    return person.id


def _from_elsewhere(parsed: Token) -> InvalidToken:
    if parsed.claims.get("iss") is None:
        return InvalidToken("its claim {claim} is missing", claim="iss")
    return InvalidToken("it is from another issuer")


def _cannot_be_used(wrong: InvalidToken) -> Problem:
    """The answer names the kind of fault and never quotes the token."""
    if isinstance(wrong, Expired):
        return _unauthorized("The token has expired. Ask its issuer for a new one.", "invalid_token")
    return _unauthorized("The token cannot be used here: {fault}.", "invalid_token", fault=wrong.phrase)


def _unauthorized(detail: str, error: str | None = None, **values: Value) -> Problem:
    challenge = 'Bearer realm="tandem"' + (f', error="{error}"' if error else "")
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": challenge}, values=values)
