"""How a rule says that a promise does not allow something. Pure."""

from collections.abc import Mapping
from typing import Final

from eventlog import Refused
from goals.commitment.state import Commitment

STANDING: Final[Mapping[str, str]] = {
    "requested": "This is a request that its owner has not answered: what you ask for is not possible now.",
    "declined": "This request was declined: what you ask for is no longer possible.",
    "withdrawn": "This request was withdrawn: what you ask for is no longer possible.",
    "lapsed": "This request has lapsed: what you ask for is no longer possible.",
    "open": "This is an open promise of its owner: what you ask for is not possible now.",
    "overdue": "This is a promise that its owner can still keep: what you ask for is not possible now.",
    "kept": "This promise has been kept: what you ask for is no longer possible.",
    "released": "This promise has been released: what you ask for is no longer possible.",
}


def refused(promise: Commitment) -> Refused:
    """The refusal of something that the promise's state, or whose it is, does not allow."""
    return Refused("not-possible-now", STANDING[promise.status], status=promise.status)
