"""Who is asking: a bearer JWT, checked against the issuer's public keys (RFC 6750 and 7519). No off switch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt
from fastapi import Request

from coaching_events.ids import PersonId
from eventlog.clock import wall_now
from service_kit.keys import ASYMMETRIC, Keys
from service_kit.people import PersonSeen
from service_kit.problems import Problem

LEEWAY = timedelta(seconds=5)
"""By how much the clocks of the issuer and of this machine may differ."""
MOST_REMEMBERED = 5_000

PARTNER = "partner"
DIRECTORY = "hr.directory"
OPS = "ops"
EVENTS = "events"

EXPLAINED: Mapping[str, str] = {
    PARTNER: "one of two partners: the default, when a token has no scope",
    DIRECTORY: "keeps the directory of people and calendars",
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


@dataclass
class Access:
    """Reads tokens of one issuer for one audience. ``claim`` holds the person's id at the issuer."""

    issuer: str
    audience: str
    keys: Keys
    claim: str = "sub"
    now: Callable[[], datetime] = wall_now
    _remembered: dict[str, tuple[Caller, datetime]] = field(
        default_factory=dict[str, tuple[Caller, datetime]], init=False
    )

    async def caller(self, request: Request) -> Caller:
        """Who is asking; raises a 401 problem that says what is wrong with the token."""
        given = request.headers.getlist("authorization")
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not token.strip():
            raise _unauthorized("Send a token: Authorization: Bearer <JWT>.")
        return await self.read(token.strip())

    async def read(self, token: str) -> Caller:
        """Whom a token speaks for; a signature is checked once and its answer remembered until the token expires."""
        known = self._remembered.get(token)
        if known is not None and self.now() < known[1] + LEEWAY and self.keys.fresh:
            return known[0]
        claims = await self._verified(token)
        caller = self._caller(claims)
        if len(self._remembered) >= MOST_REMEMBERED or not self.keys.fresh:
            self._remembered.clear()
        self._remembered[token] = (caller, self.now() + timedelta(seconds=claims["exp"] - self.now().timestamp()))
        return caller

    async def _verified(self, token: str) -> Mapping[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ASYMMETRIC:
                raise _unauthorized("The token is not signed with an asymmetric algorithm.", "invalid_token")
            key = await self.keys.find(header.get("kid"))
            if key is None:
                raise _unauthorized("The token is signed with a key that its issuer does not publish.", "invalid_token")
            return jwt.decode(
                token, key, algorithms=[key.algorithm_name], audience=self.audience, issuer=self.issuer, leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", self.claim]},
            )  # fmt: skip
        except jwt.ExpiredSignatureError:
            raise _unauthorized("The token has expired. Ask its issuer for a new one.", "invalid_token") from None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as wrong:
            # Only the kind of fault is told, never what stood in the token.
            raise _unauthorized(f"The token cannot be used here: {_fault(wrong)}.", "invalid_token") from None

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        subject, scope = claims[self.claim], claims.get("scope", PARTNER)
        if not isinstance(subject, str) or not isinstance(scope, str) or not _is_plain(subject):
            raise _unauthorized("The token's claims are not plain texts.", "invalid_token")
        return Caller(self.issuer, subject, frozenset(scope.split()) or frozenset({PARTNER}))


def require(caller: Caller, scope: str) -> None:
    """Raise a 403 problem unless the caller's token has this scope."""
    if scope not in caller.scopes:
        challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
        detail = f"This needs a token with the scope {scope} ({EXPLAINED.get(scope, scope)})."
        raise Problem(403, "missing-scope", detail, members={"scope": scope}, headers=challenge)


def active_person(person: PersonSeen | None) -> PersonId:
    """The person that a token found; raises a 403 problem with its own type if it found nobody, or nobody active."""
    if person is None:
        raise Problem(403, "unknown-person", "Nobody here belongs to this token. HR's directory has to name you first.")
    if not person.active:
        raise Problem(403, "inactive-person", "The directory does not count you as active any more.")
    return person.id


def _is_plain(text: str) -> bool:
    return 0 < len(text) <= 255 and text.isprintable() and text.strip() == text


def _fault(wrong: Exception) -> str:
    match wrong:
        case jwt.InvalidAudienceError():
            return "it is for another audience"
        case jwt.InvalidIssuerError():
            return "it is from another issuer"
        case jwt.MissingRequiredClaimError():
            return f"its claim {wrong.claim} is missing"
        case jwt.ImmatureSignatureError():
            return "it is not valid yet"
        case jwt.InvalidSignatureError():
            return "its signature does not fit"
        case _:
            return "it is not a well-formed JWT"


def _unauthorized(detail: str, error: str | None = None) -> Problem:
    challenge = 'Bearer realm="tandem"' + (f', error="{error}"' if error else "")
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": challenge})
