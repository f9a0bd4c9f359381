"""How ids are made. Most are derived, so that a repeated command finds what it made the first time."""

import hmac
import random
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid4, uuid5

from coaching_events.ids import StreamId

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:tandem")


def derived_id(*parts: str) -> str:
    """32 hexadecimal digits derived from these parts (uuid5), always the same."""
    return uuid5(_NAMESPACE, "\x1f".join(parts)).hex


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids derived from what others may know, such as a login. Nobody can compute them without the key.

    ``key`` is a secret of the installation. Without one the ids are those of ``derived_id``, which anybody can compute.
    """

    key: bytes | None = None

    def id(self, *parts: str) -> str:
        """32 hexadecimal digits: half of HMAC-SHA256 (RFC 2104) with the key."""
        if self.key is None:
            return derived_id(*parts)
        return hmac.digest(self.key, "\x1f".join(parts).encode(), "sha256").hex()[:32]

    def stream(self, kind: str, *parts: str) -> StreamId:
        """The id of the one stream of ``kind`` that these parts name, with this key."""
        return StreamId(f"{kind}_{self.id(kind, *parts)}")

    @property
    def fingerprint(self) -> str:
        """Identifies the key without revealing it; empty without a key."""
        return "" if self.key is None else self.id("fingerprint")


_UNKEYED = Ids()


def derived_stream(kind: str, *parts: str) -> StreamId:
    """The id of the one stream of ``kind`` that these parts name (uuid5), always the same."""
    return _UNKEYED.stream(kind, *parts)


def fresh_id() -> str:
    """32 random hexadecimal digits, for commands without an Idempotency-Key."""
    return uuid4().hex


def jitter(seconds: float) -> float:
    """Between half of ``seconds`` and all of it, so that competing writers do not collide again."""
    return seconds * random.uniform(0.5, 1.0)


def pauses(first: float, longest: float) -> Iterator[float]:
    """Seconds to wait between tries, without end: twice as long after each, up to the longest, with jitter."""
    while True:
        yield jitter(first)
        first = min(2 * first, longest)


def backed_off(first: float, failures: int, longest: float) -> float:
    """Seconds to wait after so many failures in a row: twice as long after each, up to the longest."""
    return min(longest, first * 2 ** min(failures, 32))  # some wait for days, and a float holds no 2 ** 1024
