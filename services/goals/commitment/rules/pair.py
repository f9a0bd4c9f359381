"""The two people of a promise: who they are, whether their partnership is in force, and how a rule says no. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from coaching_events.ids import PartnershipId, PersonId, RuleName
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_time import TAKEN_BACK_OFTEN, ask_again_at
from eventlog import NotFound, Refused
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


class Who(TypedDict):
    """Whose promise an event is about, and who acted."""

    by: PersonId | RuleName
    partnership: PartnershipId
    owner: PersonId
    partner: PersonId


def who(promise: Commitment, by: PersonId | RuleName) -> Who:
    """The fields that name the promise's people."""
    return Who(by=by, partnership=promise.partnership, owner=promise.owner, partner=promise.partner)


def in_force(partnership: PartnershipId, by: PersonId, reference_data: PairReferenceData) -> PartnershipReadModel:
    """The partnership, if ``by`` is one of the two and it stands. Raises NotFound or Refused."""
    pair = reference_data.partnership(partnership)
    if by not in pair.people:
        raise NotFound
    if pair.ended_at is not None:
        raise Refused("partnership-ended", "This partnership has ended; what was promised in it is no longer owed.")
    if pair.status != "formed":
        raise Refused("partnership-not-formed", "A partnership exists once both of you have accepted its terms.")
    return pair


def not_too_often(taken_back: Iterable[datetime], rounds: int, at: datetime) -> None:
    """Refuses somebody who has taken back what they asked so often within a day."""
    until = ask_again_at(taken_back, rounds, at)
    if until is not None:
        raise Refused("taken-back-too-often", TAKEN_BACK_OFTEN, until=until, most=rounds)


def refused(promise: Commitment, what: str) -> Refused:
    """The refusal of something that the promise's state, or whose it is, does not allow."""
    return Refused("not-possible-now", f"This {_STANDING[promise.status]}; it cannot be {what}.", status=promise.status)
