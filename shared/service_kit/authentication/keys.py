"""An issuer's public keys (JWKS, RFC 7517): from a URL, a file, or the setting itself; read again when they change."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, cast

import jwt
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import Algorithm, OKPAlgorithm, get_default_algorithms

from service_kit.authentication.issuer_documents import discovered_keys, fetched, is_url

log = structlog.stdlib.get_logger(__name__)

FAMILIES: Mapping[str, tuple[str, str | None]] = {
    **{f"{family}{bits}": ("RSA", None) for family in ("RS", "PS") for bits in (256, 384, 512)},
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
"""What a token may be signed with, and the type and curve of its key: services hold the public half only."""
_VERIFIERS: Mapping[str, Algorithm] = {**get_default_algorithms(), "Ed25519": OKPAlgorithm()}
_RENAMED = {"EdDSA": "Ed25519"}
"""RFC 9864 has given it another name."""

LIFETIME = 900.0
"""Seconds after which keys are read again, so that a withdrawn one is not believed for longer."""
BEFORE_TOO_OLD = 0.9
"""The part of that time after which they are read, so that they never get there."""
USABLE = 24 * 3600.0
"""Seconds for which keys are used that cannot be read again, because their issuer is away."""
NOT_SOONER = 10.0
"""Seconds between two reads because of an unknown key, so that nobody can make this service ask without end."""
AT_LEAST = 1.0
"""Seconds between two reads in any case."""
WITHIN = 5.0
"""Seconds that the issuer has to answer, all its documents together."""
MOST_TRIED = 16
"""Keys that are tried for one token, at most."""
_SMALLEST_RSA = 2048

_Wanted = tuple[str | None, str]
"""The kid and the algorithm of a token."""


class KeysUnavailable(Exception):
    """The keys of the token issuer cannot be read now. Ask again."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are checked with. ``algorithm``: the only one it is for, None for all of its type."""

    kid: str | None
    type: str
    curve: str | None
    algorithm: str | None
    key: Any = field(repr=False, compare=False)
    raw: str = field(repr=False)

    def fits(self, algorithm: str) -> bool:
        """Whether a token that says it is signed with this algorithm may be signed with this key."""
        if FAMILIES.get(algorithm) != (self.type, self.curve):
            return False
        return self.algorithm is None or _named(self.algorithm) == _named(algorithm)

    def verifies(self, algorithm: str, signed: bytes, signature: bytes) -> bool:
        """Whether this is the signature of these bytes."""
        try:
            return _VERIFIERS[algorithm].verify(signed, self.key, signature)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return False


@dataclass
class Keys:
    """Public keys. ``source`` is a URL, a path or JSON text; or an issuer whose document says where they are.

    They are read in the background before they are too old, and one reading runs at a time. While some are known no
    request waits for it, but for those that brought the unknown key for which it began.
    """

    source: str
    discover: bool = False
    changes: int = field(default=0, init=False)
    _known: Sequence[PublicKey] = field(default=(), init=False)
    _read_at: float = field(default=float("-inf"), init=False)
    _tried_at: float = field(default=float("-inf"), init=False)
    _reading: "asyncio.Task[None] | None" = field(default=None, init=False)
    _reading_for: _Wanted | None = field(default=None, init=False)
    _next: asyncio.TimerHandle | None = field(default=None, init=False)

    @property
    def fresh(self) -> bool:
        """Whether the keys were read not too long ago."""
        return monotonic() - self._read_at < LIFETIME

    async def find(self, kid: str | None, algorithm: str) -> Sequence[PublicKey]:
        """The keys that may have signed such a token, at most MOST_TRIED; raises a 503 problem if none can be read."""
        wanted = (kid, algorithm)
        found = self._fitting(kid, algorithm)
        if found and self._usable:
            if not self.fresh:
                self._read_again()
            return found
        reading = self._read_again(wanted)
        if reading is not None and (self._reading_for == wanted or not self._usable):
            await asyncio.wait([reading], timeout=WITHIN)
        if not self._usable:
            raise KeysUnavailable
        return self._fitting(kid, algorithm)

    @property
    def _usable(self) -> bool:
        return monotonic() - self._read_at < USABLE

    def _fitting(self, kid: str | None, algorithm: str) -> Sequence[PublicKey]:
        fitting = [key for key in self._known if key.fits(algorithm)]
        if kid is not None:
            named = [key for key in fitting if key.kid == kid]
            fitting = named or [key for key in fitting if key.kid is None]
        return fitting[:MOST_TRIED]

    def _read_again(self, wanted: _Wanted | None = None) -> "asyncio.Task[None] | None":
        """The reading that runs, or one that begins; None if the last one began too short a time ago."""
        if self._reading is None or self._reading.done():
            if monotonic() - self._tried_at < (NOT_SOONER if self._known else AT_LEAST):
                return None
            self._tried_at = monotonic()
            self._reading_for = wanted
            self._reading = asyncio.create_task(self._read(), context=Context())  # it is no request's
        return self._reading

    async def _read(self) -> None:
        try:
            read = public_keys(await asyncio.to_thread(self._text))
        except (OSError, ValueError, RecursionError) as away:
            log.warning("the issuer's keys cannot be read", error=type(away).__name__, why=str(away)[:200])
        else:
            self._read_at = monotonic()
            if read != self._known:
                self._known = read
                self.changes += 1
        if self._next is not None:
            self._next.cancel()
        pause = max(AT_LEAST, BEFORE_TOO_OLD * LIFETIME if self.fresh else NOT_SOONER)
        self._next = asyncio.get_running_loop().call_later(pause, self._read_again)

    def _text(self) -> str:
        until = monotonic() + WITHIN
        if self.discover:
            return discovered_keys(self.source, until)
        if self.source.lstrip().startswith("{"):
            return self.source
        return fetched(self.source, until) if is_url(self.source) else Path(self.source).read_text("utf-8")


def public_keys(text: str) -> Sequence[PublicKey]:
    """The usable signing keys of a JWKS; others (symmetric or small ones, unknown curves) are left out.

    An entry that is broken is left out too. Raises ValueError if there is none.
    """
    try:
        listed = json.loads(text)["keys"]
    except (KeyError, TypeError, RecursionError) as wrong:
        raise ValueError("is no JWKS: a JSON object with a list of keys") from wrong
    if not isinstance(listed, list):
        raise ValueError("is no JWKS: a JSON object with a list of keys")
    found = [key for raw in cast("list[object]", listed) if (key := _public_key(raw)) is not None]
    if not found:
        raise ValueError("has no key for an asymmetric signature")
    return tuple(found)


def _public_key(entry: object) -> PublicKey | None:
    if not isinstance(entry, dict):
        return None
    raw = cast("dict[str, Any]", entry)
    kid, algorithm = raw.get("kid"), raw.get("alg")
    type, curve = raw.get("kty"), raw.get("crv") if raw.get("kty") != "RSA" else None
    if not _verifies(raw) or not isinstance(kid, str | None) or not isinstance(algorithm, str | None):
        return None
    verifier = next((name for name, family in FAMILIES.items() if family == (type, curve)), None)
    if verifier is None or (algorithm is not None and FAMILIES.get(algorithm) != (type, curve)):
        return None
    try:
        key = cast("Any", _VERIFIERS[verifier]).from_jwk(raw)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, OverflowError, UnsupportedAlgorithm):
        return None
    if isinstance(key, RSAPublicKey) and key.key_size < _SMALLEST_RSA:
        return None
    return PublicKey(kid, cast("str", type), curve, algorithm, key, json.dumps(raw, sort_keys=True))


def _verifies(raw: Mapping[str, Any]) -> bool:
    """Whether a key is the public half, and meant for checking signatures (RFC 7517, sections 4.2 and 4.3)."""
    operations = raw.get("key_ops", ["verify"])
    meant = raw.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations
    return meant and "d" not in raw


def _named(algorithm: str) -> str:
    return _RENAMED.get(algorithm, algorithm)
