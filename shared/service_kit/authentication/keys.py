"""An issuer's public keys (JWKS, RFC 7517): from a URL, a file or the setting itself, and read again when they change.

PyJWT makes the keys and checks signatures. Its ``PyJWKClient`` is not used, for the reasons in ``issuer_documents.py``.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import cast

import jwt
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from service_kit.authentication.issuer_documents import discover_keys, fetch, is_url

log = structlog.stdlib.get_logger(__name__)

FAMILIES: Mapping[str, tuple[str, str | None]] = {
    **{f"{family}{bits}": ("RSA", None) for family in ("RS", "PS") for bits in (256, 384, 512)},
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
"""The algorithms of a token, all asymmetric, with the type and curve of their keys."""
_SYNONYMS = {"Ed25519": "EdDSA"}
"""RFC 9864 gives EdDSA with this curve another name, which PyJWT does not know."""

LIFETIME = 900.0
"""Seconds after which keys are read again, so that a withdrawn key is not trusted for longer."""
REFRESH_AT = 0.9
"""The part of LIFETIME after which keys are read in the background."""
STALE_LIFETIME = 24 * 3600.0
"""Seconds for which keys stay in use while their issuer is away."""
REFRESH_INTERVAL = 10.0
"""Seconds between two reads because of an unknown key, so that tokens cannot make this service ask without end."""
MINIMUM_INTERVAL = 1.0
"""Seconds between two reads in any case."""
FETCH_TIMEOUT = 5.0
"""Seconds in which all documents of the issuer must arrive."""
MAX_CANDIDATES = 16
"""Keys that are tried for one token, at most."""
_MIN_RSA_BITS = 2048

_Wanted = tuple[str | None, str]
"""The kid and the algorithm of a token."""


class KeysUnavailable(Exception):
    """The keys of the token issuer cannot be read now."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that checks signatures made with one of ``algorithms``. ``raw`` is its JWK."""

    kid: str | None
    algorithms: Sequence[str]
    jwk: jwt.PyJWK = field(repr=False, compare=False)
    raw: str = field(repr=False)

    def verifies(self, algorithm: str, signed: bytes, signature: bytes) -> bool:
        """Whether this is the signature of these bytes."""
        try:
            # One RSA key may serve several algorithms, so the verifier is that of the token.
            verifier = jwt.get_algorithm_by_name(_canonical(algorithm))
            return verifier.verify(signed, self.jwk.key, signature)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return False


@dataclass
class Keys:
    """The public keys of one issuer. ``source`` is a URL, a path or JSON text, or an issuer whose document has the URL.

    One read runs at a time, in the background, before the keys are too old. While keys are known no request waits for
    it, except those with the unknown key that started it.
    """

    source: str
    discover: bool = False
    changes: int = field(default=0, init=False)
    """How often the keys have changed."""
    _known: Sequence[PublicKey] = field(default=(), init=False)
    _read_at: float = field(default=float("-inf"), init=False)
    _tried_at: float = field(default=float("-inf"), init=False)
    _reading: "asyncio.Task[None] | None" = field(default=None, init=False)
    _reading_for: _Wanted | None = field(default=None, init=False)
    _next: asyncio.TimerHandle | None = field(default=None, init=False)

    @property
    def fresh(self) -> bool:
        """Whether the keys are younger than LIFETIME."""
        return monotonic() - self._read_at < LIFETIME

    async def find(self, kid: str | None, algorithm: str) -> Sequence[PublicKey]:
        """The keys that may have signed such a token, at most MAX_CANDIDATES; raises KeysUnavailable."""
        wanted = (kid, algorithm)
        found = self._candidates(kid, algorithm)
        if found and self._usable:
            if not self.fresh:
                self._read_again()
            return found
        reading = self._read_again(wanted)
        if reading is not None and (self._reading_for == wanted or not self._usable):
            await asyncio.wait([reading], timeout=FETCH_TIMEOUT)
        if not self._usable:
            raise KeysUnavailable
        return self._candidates(kid, algorithm)

    @property
    def _usable(self) -> bool:
        return monotonic() - self._read_at < STALE_LIFETIME

    def _candidates(self, kid: str | None, algorithm: str) -> Sequence[PublicKey]:
        fitting = [key for key in self._known if algorithm in key.algorithms]
        if kid is not None:
            named = [key for key in fitting if key.kid == kid]
            fitting = named or [key for key in fitting if key.kid is None]
        return fitting[:MAX_CANDIDATES]

    def _read_again(self, wanted: _Wanted | None = None) -> "asyncio.Task[None] | None":
        """The read that runs, or a new one; None if the last one started too short a time ago."""
        if self._reading is None or self._reading.done():
            if monotonic() - self._tried_at < (REFRESH_INTERVAL if self._known else MINIMUM_INTERVAL):
                return None
            self._tried_at = monotonic()
            self._reading_for = wanted
            self._reading = asyncio.create_task(self._read(), context=Context())  # it belongs to no request
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
        pause = max(MINIMUM_INTERVAL, REFRESH_AT * LIFETIME if self.fresh else REFRESH_INTERVAL)
        self._next = asyncio.get_running_loop().call_later(pause, self._read_again)

    def _text(self) -> str:
        until = monotonic() + FETCH_TIMEOUT
        if self.discover:
            return discover_keys(self.source, until)
        if self.source.lstrip().startswith("{"):
            return self.source
        return fetch(self.source, until) if is_url(self.source) else Path(self.source).read_text("utf-8")


def public_keys(text: str) -> Sequence[PublicKey]:
    """The usable signing keys of a JWKS. Symmetric, small and broken keys and unknown curves are left out.

    Raises ValueError if no key is left.
    """
    try:
        listed: object = json.loads(text)["keys"]
    except (KeyError, TypeError, RecursionError):
        listed = None
    if not isinstance(listed, list):
        raise ValueError("is no JWKS: a JSON object with a list of keys")
    found = [key for entry in cast("list[object]", listed) if (key := _public_key(entry)) is not None]
    if not found:
        raise ValueError("has no key for an asymmetric signature")
    return tuple(found)


def _public_key(entry: object) -> PublicKey | None:
    if not isinstance(entry, dict):
        return None
    raw = cast("dict[str, object]", entry)
    kid, algorithm = raw.get("kid"), raw.get("alg")
    if not _verifies(raw) or not isinstance(kid, str | None) or not isinstance(algorithm, str | None):
        return None
    family = (raw.get("kty"), None if raw.get("kty") == "RSA" else raw.get("crv"))
    algorithms = [
        name
        for name, required in FAMILIES.items()
        if required == family and (algorithm is None or _canonical(name) == _canonical(algorithm))
    ]
    if not algorithms:
        return None
    try:
        jwk = jwt.PyJWK(raw, _canonical(algorithms[0]))
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, OverflowError, UnsupportedAlgorithm):
        return None
    if isinstance(jwk.key, RSAPublicKey) and jwk.key.key_size < _MIN_RSA_BITS:
        return None
    return PublicKey(kid, tuple(algorithms), jwk, json.dumps(raw, sort_keys=True))


def _verifies(raw: Mapping[str, object]) -> bool:
    """Whether a key is a public key for checking signatures (RFC 7517, sections 4.2 and 4.3)."""
    operations = raw.get("key_ops", ["verify"])
    allows = raw.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations
    return allows and "d" not in raw


def _canonical(algorithm: str) -> str:
    return _SYNONYMS.get(algorithm, algorithm)
