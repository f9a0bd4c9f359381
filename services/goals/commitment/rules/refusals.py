"""How a rule says that a promise does not allow something. Pure."""

from collections.abc import Mapping
from typing import Final

from coaching_events.ids import PersonId
from eventlog import Refused
from goals.commitment.state import Commitment, CommitmentStatus, Open, Overdue, Requested

STANDING: Final[Mapping[bool, str]] = {
    True: "You have made this promise: keep it, or ask your partner for another date or for a release.",
    False: "Your partner has made this promise: only they can do this.",
}
ASKED: Final[Mapping[bool, str]] = {
    True: "Your partner asks you for this promise: make it, or decline.",
    False: "You asked for this promise: your partner answers, and you can withdraw your request.",
}
"""The sentence to its owner (True), and to the partner."""

OVER: Final[Mapping[CommitmentStatus, str]] = {
    "declined": "This request was declined: what you ask for is no longer possible.",
    "withdrawn": "This request was withdrawn: what you ask for is no longer possible.",
    "lapsed": "This request has lapsed: what you ask for is no longer possible.",
    "kept": "This promise has been kept: what you ask for is no longer possible.",
    "released": "This promise has been released: what you ask for is no longer possible.",
    "not-taken": "This follow-up has become neither a promise nor a request: make a promise, or ask for one.",
}


def refused(promise: Commitment, by: PersonId) -> Refused:
    """The refusal of something that the promise's state, or whose it is, does not allow ``by``."""
    match promise:
        case Requested():
            return Refused("not-possible-now", ASKED[by == promise.owner], status=promise.status)
        case Open() | Overdue():
            return Refused("not-possible-now", STANDING[by == promise.owner], status=promise.status)
        case _:
            return Refused("not-possible-now", OVER[promise.status], status=promise.status)
