"""A bearer token in pieces (JWS compact serialisation, RFC 7515; JWT, RFC 7519), and what its claims have to be.

Whatever stands in a token that is not as the RFCs want it is an InvalidToken: nothing here raises anything else.
"""

import base64
import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, cast

LARGEST = 8 * 1024
"""Characters of a token, at most: half of what all headers may have together, and what proxies let pass by default."""
LATEST = 253_402_300_800.0
"""The year 10000, in seconds since 1970: no time in a token is later."""


class InvalidToken(Exception):
    """A token that cannot be used; the text goes on from "The token cannot be used here: "."""


class Expired(InvalidToken):
    """The token was good once."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token in pieces, of which nothing is verified."""

    algorithm: str
    kid: str | None
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


def parse(token: str) -> Token:
    """Take a token to pieces; raises BadToken."""
    if len(token) > LARGEST:
        raise InvalidToken(f"it is longer than {LARGEST} characters")
    parts = token.split(".") if token.isascii() else []
    if len(parts) != 3:
        raise InvalidToken("it is not a well-formed JWT")
    header, claims = (_object(_bytes(part)) for part in parts[:2])
    # Critical extensions are not known here (RFC 7515, section 4.1.11), and b64 is none of a JWT (RFC 7797, section 7).
    if "crit" in header or "b64" in header:
        raise InvalidToken("its header has an extension that is not known here")
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or not isinstance(kid, str | None):
        raise InvalidToken("it is not a well-formed JWT")
    return Token(algorithm, kid, claims, f"{parts[0]}.{parts[1]}".encode(), _bytes(parts[2]))


def check_audience(claims: Mapping[str, Any], audience: str) -> None:
    """Raise BadToken unless the token is for this audience, perhaps among others."""
    given = _needed(claims, "aud")
    several = cast("Sequence[object]", given if isinstance(given, list) else [given])
    if not all(isinstance(each, str) for each in several) or audience not in several:
        raise InvalidToken("it is for another audience")


def check_times(claims: Mapping[str, Any], now: float, leeway: float) -> float:
    """When the token ends, in seconds since 1970; raises BadToken unless it is valid at ``now``, give or take."""
    _needed(claims, "exp")
    ends, begins, issued = (_seconds(claims, name) for name in ("exp", "nbf", "iat"))
    assert ends is not None
    if ends + leeway <= now:
        raise Expired
    if max(begins or 0, issued or 0) > now + leeway:
        raise InvalidToken("it is not valid yet")
    return ends


def text_of(claims: Mapping[str, Any], name: str) -> str:
    """A claim that is a text of one line; raises BadToken. Invisible characters may stand in it: logins have them."""
    text = _needed(claims, name)
    if not isinstance(text, str) or not (0 < len(text) <= 255 and text.strip() and all(map(_may_stand, text))):
        raise InvalidToken(f"its claim {name} is not a plain text")
    return text


def _may_stand(letter: str) -> bool:
    return letter.isprintable() or unicodedata.category(letter) in ("Cf", "Zs")


def _needed(claims: Mapping[str, Any], name: str) -> Any:
    if claims.get(name) is None:
        raise InvalidToken(f"its claim {name} is missing")
    return claims[name]


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519, section 2): seconds since 1970, which may have a fraction."""
    if name not in claims:
        return None
    given = claims[name]
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < LATEST:
        raise InvalidToken(f"its claim {name} is no time")
    return float(given)


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise InvalidToken("it is not a well-formed JWT") from None


def _object(text: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(text.decode(), object_pairs_hook=_no_name_twice, parse_float=_number, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise InvalidToken("it is not a well-formed JWT") from None
    if not isinstance(found, dict):
        raise InvalidToken("it is not a well-formed JWT")
    return found  # pyright: ignore[reportUnknownVariableType] (JSON)


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _number(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
