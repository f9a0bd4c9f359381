"""What the last positions of a stream held, eight bytes each, to detect a position that comes with another content.

A digest covers what a fold sees: type, time, cause and data. An event that is published again has the same. The trace
and headers that others add do not count. Digests stand one after another; the last is that of the read model's version.
"""

from hashlib import blake2b
from struct import Struct

from coaching_events.envelope import Envelope

REMEMBERED = 64
"""Positions of one stream that are compared. Records of older positions are skipped without a look."""
SIZE = 8
"""Bytes of one digest (BLAKE2b): two contents have the same one with a probability of 1 in 2**64."""
ANYTHING = bytes(SIZE)
"""The digest of a position that was discarded: any content counts as the same."""
_INSTANT = Struct("<d").pack


def digest(envelope: Envelope, data: bytes) -> bytes:
    """The digest of this content."""
    told = (_INSTANT(envelope.at.timestamp()), envelope.type.encode(), (envelope.cause or "").encode(), data)
    return blake2b(b"\n".join(told), digest_size=SIZE).digest()


def cut(digests: bytes) -> bytes:
    """The digests of the positions that are remembered."""
    return digests[-REMEMBERED * SIZE :]


def is_other(digests: bytes, at: int, version: int, content: bytes) -> bool:
    """Whether the position is remembered, and with another content. ``at`` is the version of the last one."""
    return _remembered(digests, at, version) not in (b"", content, ANYTHING)


def is_same(digests: bytes, at: int, version: int, content: bytes) -> bool:
    """Whether the position is remembered with this very content."""
    return _remembered(digests, at, version) == content


def _remembered(digests: bytes, at: int, version: int) -> bytes:
    """What a position held; empty if it is too old or has not come."""
    end = len(digests) - (at - version) * SIZE
    return digests[end - SIZE : end] if version <= at and end >= SIZE else b""
