"""The parts of a bearer token (JWS, RFC 7515; JWT, RFC 7519) and the checks of its claims and scopes.

PyJWT's ``decode`` is not used: it accepts a time that is a text, a name that occurs twice, and unknown extensions.
Every fault of a token is an InvalidToken; nothing here raises anything else.
"""

import base64
import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, cast

from service_kit.languages import ENGLISH, Phrase, Value

MAX_LENGTH = 8 * 1024
"""Characters of a token, at most: half of what all headers may have together. Proxies allow as much by default."""
MAX_TIME = 253_402_300_800.0
"""The year 10000, in seconds since 1970: every time in a token is earlier."""

Claims = Mapping[str, object]


class InvalidToken(Exception):
    """A token that cannot be used. The text completes the sentence "The token cannot be used here: ".

    It is a constant, which translations find; ``values`` are in its places.
    """

    def __init__(self, text: str = "", **values: Value) -> None:
        self.phrase = Phrase(text, **values)
        super().__init__(ENGLISH.phrase(self.phrase))


class Expired(InvalidToken):
    """The token has expired."""


@dataclass(frozen=True, slots=True)
class Token:
    """The parts of a token, not verified."""

    algorithm: str
    kid: str | None
    claims: Claims
    signed: bytes
    signature: bytes


def parse(token: str) -> Token:
    """Split a token into its parts; raises InvalidToken."""
    if len(token) > MAX_LENGTH:
        raise InvalidToken("it is longer than {most} characters", most=MAX_LENGTH)
    parts = token.split(".") if token.isascii() else []
    if len(parts) != 3:
        raise InvalidToken("it is not a well-formed JWT")
    header, claims = (_object(_bytes(part)) for part in parts[:2])
    # No critical extension is supported (RFC 7515, section 4.1.11), and a JWT has no b64 (RFC 7797, section 7).
    if "crit" in header or "b64" in header:
        raise InvalidToken("its header has an extension that is not known here")
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or not isinstance(kid, str | None):
        raise InvalidToken("it is not a well-formed JWT")
    return Token(algorithm, kid, claims, f"{parts[0]}.{parts[1]}".encode(), _bytes(parts[2]))


def check_audience(claims: Claims, audience: str) -> None:
    """Raise InvalidToken unless this audience is the token's, or one of them."""
    given = _required(claims, "aud")
    several = cast("Sequence[object]", given if isinstance(given, list) else [given])
    if not all(isinstance(each, str) for each in several) or audience not in several:
        raise InvalidToken("it is for another audience")


def check_times(claims: Claims, now: float, leeway: float) -> float:
    """Return when the token expires; raise InvalidToken unless it is valid now. All times are seconds since 1970."""
    expires = _seconds("exp", _required(claims, "exp"))
    begins = max(_seconds(name, claims[name]) if name in claims else 0.0 for name in ("nbf", "iat"))
    if expires + leeway <= now:
        raise Expired
    if begins > now + leeway:
        raise InvalidToken("it is not valid yet")
    return expires


def text_of(claims: Claims, name: str) -> str:
    """A claim that is one line of text; raises InvalidToken. Invisible characters are allowed, as some logins have."""
    text = _required(claims, name)
    if not isinstance(text, str) or not (0 < len(text) <= 255 and text.strip() and all(map(_is_allowed, text))):
        raise InvalidToken("its claim {claim} is not a plain text", claim=name)
    return text


@dataclass(frozen=True, slots=True)
class ScopeClaims:
    """The claims that hold scopes, for example ``scope``, ``scp``, ``roles`` or ``realm_access.roles``.

    A name with dots means the claim with exactly that name; if there is none, a path into objects. A claim is a text
    with spaces between the scopes, or a list of texts. With a ``prefix``, only scopes that begin with it count, and it
    is removed.
    """

    names: Sequence[str] = ("scope",)
    prefix: str = ""

    def read(self, claims: Claims) -> frozenset[str]:
        """The scopes of the token; raises InvalidToken if a claim is neither a text nor a list of texts."""
        found = [scope for name in self.names for scope in _scopes(name, claims)]
        return frozenset(scope.removeprefix(self.prefix) for scope in found if scope.startswith(self.prefix)) - {""}


def _scopes(name: str, claims: Claims) -> Sequence[str]:
    given = claims[name] if name in claims else _member(name.split("."), claims)
    if given is None:
        return ()
    if isinstance(given, str):
        return given.split()
    listed = cast("Sequence[object]", given if isinstance(given, list) else [given])
    texts = [each for each in listed if isinstance(each, str)]
    if len(texts) != len(listed):
        raise InvalidToken("its claim {claim} is neither a text nor a list of texts", claim=name)
    return texts


def _member(path: Sequence[str], claims: object) -> object:
    for part in path:
        if not isinstance(claims, Mapping):
            return None
        claims = cast("Claims", claims).get(part)
    return claims


def _is_allowed(letter: str) -> bool:
    return letter.isprintable() or unicodedata.category(letter) in ("Cf", "Zs")


def _required(claims: Claims, name: str) -> object:
    if claims.get(name) is None:
        raise InvalidToken("its claim {claim} is missing", claim=name)
    return claims[name]


def _seconds(name: str, given: object) -> float:
    """A NumericDate (RFC 7519, section 2): seconds since 1970, perhaps with a fraction."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < MAX_TIME:
        raise InvalidToken("its claim {claim} is no time", claim=name)
    return float(given)


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise InvalidToken("it is not a well-formed JWT") from None


def _object(text: bytes) -> Claims:
    try:
        found = json.loads(text.decode(), object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise InvalidToken("it is not a well-formed JWT") from None
    if not isinstance(found, dict):
        raise InvalidToken("it is not a well-formed JWT")
    return cast("Claims", found)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
