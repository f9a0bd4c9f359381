"""An issuer's public keys (JWKS, RFC 7517): from a URL, a file, or the setting itself; read again when they change."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from urllib.request import Request, urlopen

import jwt
import structlog

from service_kit.problems import unavailable

log = structlog.stdlib.get_logger(__name__)

ASYMMETRIC = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""What a token may be signed with: keys of which services hold the public half only."""

LIFETIME = 900.0
"""Seconds after which keys are read again, so that a withdrawn one is not believed for longer."""
NOT_SOONER = 10.0
"""Seconds between two reads because of an unknown key, so that nobody can make this service ask without end."""
WITHIN = 5.0
"""Seconds that the issuer has to answer."""
_LARGEST = 1024 * 1024


@dataclass
class Keys:
    """Public keys by their ``kid``. ``source`` is a URL, a path or JSON text."""

    source: str
    _known: dict[str | None, jwt.PyJWK] = field(default_factory=dict[str | None, jwt.PyJWK], init=False)
    _read_at: float = field(default=float("-inf"), init=False)
    _tried_at: float = field(default=float("-inf"), init=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    @property
    def fresh(self) -> bool:
        """Whether the keys were read not too long ago."""
        return monotonic() - self._read_at < LIFETIME

    async def find(self, kid: str | None) -> jwt.PyJWK | None:
        """The key with this name, or the only key there is for a token that names none."""
        if not self.fresh or self._named(kid) is None:
            await self._read_again()
        return self._named(kid)

    def _named(self, kid: str | None) -> jwt.PyJWK | None:
        if kid is None and len(self._known) == 1:
            return next(iter(self._known.values()))
        return self._known.get(kid)

    async def _read_again(self) -> None:
        async with self._reading:
            if monotonic() - self._tried_at < (NOT_SOONER if self._known else 1.0):
                return
            self._tried_at = monotonic()
            try:
                async with asyncio.timeout(WITHIN):
                    text = await asyncio.to_thread(_text, self.source)
                self._known = public_keys(text)
                self._read_at = monotonic()
            except (OSError, ValueError) as away:
                log.warning("the issuer's keys cannot be read", error=type(away).__name__)
                if not self._known:
                    raise unavailable("issuer-away", "The token issuer's keys cannot be read now.") from None


def public_keys(text: str) -> dict[str | None, jwt.PyJWK]:
    """The usable signing keys of a JWKS; others (symmetric ones, unknown curves) are left out. ValueError if none."""
    found: dict[str | None, jwt.PyJWK] = {}
    try:
        for raw in json.loads(text)["keys"]:
            if raw.get("kty") == "oct" or raw.get("use", "sig") != "sig":
                continue
            try:
                key = jwt.PyJWK(raw)
            except jwt.PyJWTError:
                continue
            if key.algorithm_name in ASYMMETRIC:
                found[raw.get("kid")] = key
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ValueError("is no JWKS: a JSON object with a list of keys") from wrong
    if not found:
        raise ValueError("has no key for an asymmetric signature")
    return found


def _text(source: str) -> str:
    if source.lstrip().startswith("{"):
        return source
    if source.startswith(("https://", "http://")):
        asked = Request(source, headers={"Accept": "application/json"})
        with urlopen(asked, timeout=WITHIN) as answer:
            return answer.read(_LARGEST).decode()
    return Path(source).read_text()
