"""Requests for a promise. A request creates no duty: only the owner can make the promise. Pure."""

from collections.abc import Sequence
from datetime import datetime

from coaching_events.events.commitment import CommitmentRequestDeclined, CommitmentRequested, CommitmentRequestWithdrawn
from coaching_events.ids import GoalId, PartnershipId, PersonId, SessionId
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_readmodels.promises import Due, due_moment, due_moved
from coaching_readmodels.refusals import check_rounds, in_force
from coaching_time import USUAL, AskingLimits, answer_by
from eventlog import Refused
from goals.commitment.rules.refusals import refused
from goals.commitment.state import Commitment, Requested
from goals.owner import who

REQUEST_DAYS = 5
"""Working days to answer a request."""


def request(
    *,
    partnership: PartnershipId,
    by: PersonId,
    at: datetime,
    text: str,
    due: Due,
    session: SessionId | None = None,
    goal: GoalId | None = None,
    open_requests: int,
    taken_back: Sequence[datetime] = (),
    limits: AskingLimits = USUAL,
    reference_data: PairReferenceData,
) -> Sequence[CommitmentRequested]:
    """Ask the partner for a promise. They can make it, in their own words, or decline.

    ``open_requests`` is the number of requests of ``by`` without an answer, ``taken_back`` the times of their
    withdrawals.
    """
    pair = in_force(partnership, by, reference_data)
    check_not_paused(pair, at)
    if open_requests >= limits.requests:
        raise _too_many(open_requests, limits.requests)
    check_rounds(taken_back, limits.rounds, at)
    owner = pair.other(by)
    moment = due_moment(owner, due, at, reference_data)
    # A partner who is away without a known end can answer until the requested due moment.
    until = answer_by(reference_data.time(owner), at, REQUEST_DAYS, pair.all_pauses()) or moment
    return [
        CommitmentRequested(
            by=by,
            partnership=partnership,
            owner=owner,
            partner=by,
            text=text,
            due=moment,
            due_date=due.day,
            moved=due_moved(owner, due, reference_data),
            session=session,
            goal=goal,
            answer_by=min(until, moment),
        )
    ]


def decline_request(
    asked: Commitment, *, by: PersonId, at: datetime, reference_data: PairReferenceData
) -> Sequence[CommitmentRequestDeclined]:
    """Decline the request."""
    match asked:
        case Requested(owner=owner) if owner == by:
            in_force(asked.partnership, by, reference_data)
            return [CommitmentRequestDeclined(**who(asked, by))]
        case _:
            raise refused(asked, by)


def withdraw_request(
    asked: Commitment, *, by: PersonId, at: datetime, reference_data: PairReferenceData
) -> Sequence[CommitmentRequestWithdrawn]:
    """Withdraw the request."""
    match asked:
        case Requested(partner=partner) if partner == by:
            in_force(asked.partnership, by, reference_data)
            return [CommitmentRequestWithdrawn(**who(asked, by))]
        case _:
            raise refused(asked, by)


def check_not_paused(pair: PartnershipReadModel, at: datetime) -> None:
    """Raise Refused in a pause: nothing is asked for then."""
    if pair.pause_at(at) is not None:
        raise Refused("partnership-paused", "Your partnership is paused: ask again when you are both back.")


def _too_many(open_requests: int, most: int) -> Refused:
    return Refused(
        "too-many-requests-open",
        "You have {most} open requests to your partner: wait for an answer, or withdraw one.",
        open=open_requests,
        most=most,
    )
