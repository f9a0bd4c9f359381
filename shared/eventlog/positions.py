"""Where ids come from. Most are derived, so that whoever repeats a command meets what it made the first time."""

import random
from uuid import NAMESPACE_URL, uuid4, uuid5

from coaching_events.ids import StreamId

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:tandem")


def derived_stream(kind: str, *parts: str) -> StreamId:
    """The id of the one stream of ``kind`` that these parts name, the same for ever (uuid5)."""
    return StreamId(f"{kind}_{derived_id(kind, *parts)}")


def derived_id(*parts: str) -> str:
    """32 hexadecimal digits that these parts name, the same for ever (uuid5)."""
    return uuid5(_NAMESPACE, "\x1f".join(parts)).hex


def fresh_id() -> str:
    """32 hexadecimal digits that nobody had before: for commands that came without an Idempotency-Key."""
    return uuid4().hex


def jitter(seconds: float) -> float:
    """Between half of ``seconds`` and all of it, so that rivals do not meet again."""
    return seconds * random.uniform(0.5, 1.0)


def backed_off(first: float, failures: int, longest: float) -> float:
    """Seconds to wait after so many failures in a row: twice as long after each, up to the longest."""
    return min(longest, first * 2 ** min(failures, 32))  # some wait for days, and a float holds no 2 ** 1024
