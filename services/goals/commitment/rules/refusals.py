"""How a rule says that a promise does not allow something. Pure."""

from eventlog import Refused
from goals.commitment.state import Commitment

_STANDING = {
    "requested": "is a request that its owner has not answered",
    "declined": "was declined",
    "withdrawn": "was withdrawn",
    "lapsed": "has lapsed",
    "open": "is an open promise of its owner",
    "overdue": "is a promise that its owner can still keep",
    "kept": "has been kept",
    "released": "has been released",
}


def refused(promise: Commitment, what: str) -> Refused:
    """The refusal of something that the promise's state, or whose it is, does not allow."""
    return Refused("not-possible-now", f"This {_STANDING[promise.status]}; it cannot be {what}.", status=promise.status)
