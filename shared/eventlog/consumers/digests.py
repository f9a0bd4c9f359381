"""What the last positions of a stream held, eight bytes each, so that a position which comes with other content shows.

The type, the time, the cause and the data count: all that a fold sees. Whoever publishes an event again sends the same
of each. The trace and headers that others add do not count. Digests lie one after another, the last is that of the
row's own version.
"""

from hashlib import blake2b
from struct import Struct

from coaching_events.envelope import Envelope

REMEMBERED = 64
"""Positions of one stream that are compared. What comes from before them is passed over unseen."""
SIZE = 8
"""Bytes of one digest (BLAKE2b): 1 of 2**64 others would be taken for the same."""
ANYTHING = bytes(SIZE)
"""Stands for a position that was passed over: whatever it holds is the same."""
_INSTANT = Struct("<d").pack


def digest(envelope: Envelope, data: bytes) -> bytes:
    """What tells this content from any other at the same position."""
    told = (_INSTANT(envelope.at.timestamp()), envelope.type.encode(), (envelope.cause or "").encode(), data)
    return blake2b(b"\n".join(told), digest_size=SIZE).digest()


def cut(digests: bytes) -> bytes:
    """Those of as many positions as are remembered."""
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
