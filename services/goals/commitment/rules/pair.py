"""The two people of a promise, the check that their partnership is in force, and the refusals of the rules. Pure."""

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
    """The owner, the partner, the partnership and the actor of an event."""

    by: PersonId | RuleName
    partnership: PartnershipId
    owner: PersonId
    partner: PersonId


def who(promise: Commitment, by: PersonId | RuleName) -> Who:
    """The fields of an event that name the people."""
    return Who(by=by, partnership=promise.partnership, owner=promise.owner, partner=promise.partner)


def in_force(partnership: PartnershipId, by: PersonId, reference_data: PairReferenceData) -> PartnershipReadModel:
    """The partnership in force, of which ``by`` is a partner. Raises NotFound or Refused."""
    pair = reference_data.partnership(partnership)
    if by not in pair.people:
        raise NotFound
    if pair.ended_at is not None:
        raise Refused("partnership-ended", "This partnership has ended. Its promises are no longer owed.")
    if pair.status != "formed":
        raise Refused("partnership-not-formed", "A partnership exists once both of you have accepted its terms.")
    return pair


def not_too_often(taken_back: Iterable[datetime], rounds: int, at: datetime) -> None:
    """Refuse a question or request after too many withdrawals within a day. Raises Refused."""
    until = ask_again_at(taken_back, rounds, at)
    if until is not None:
        raise Refused("taken-back-too-often", TAKEN_BACK_OFTEN, until=until, most=rounds)


def refused(promise: Commitment, what: str) -> Refused:
    """The refusal for a state, or a person, that does not allow the command."""
    return Refused("not-possible-now", f"This {_STANDING[promise.status]}; it cannot be {what}.", status=promise.status)
