"""The owner's questions about a promise: another due moment, or a release. Only the owner names a date. Pure."""

from collections.abc import Sequence
from datetime import datetime

from coaching_events.events.commitment import (
    ReleaseProposed,
    ReleaseWithdrawn,
    RenegotiationProposed,
    RenegotiationWithdrawn,
)
from coaching_events.ids import PersonId
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_readmodels.promises import Due, due_moment, due_moved
from coaching_readmodels.refusals import check_rounds, in_force
from coaching_time import USUAL, answer_by
from eventlog import Refused
from goals.commitment.rules.agreement import not_agreed
from goals.commitment.rules.refusals import refused
from goals.commitment.state import Commitment, Open, Overdue, Standing, is_suspended
from goals.owner import who

TIMELY_DAYS, LATE_DAYS = 2, 5
"""Working days to answer a question that was asked before the due moment, and one that was asked after it."""


def renegotiate(
    promise: Commitment,
    *,
    by: PersonId,
    at: datetime,
    due: Due,
    rounds: int = USUAL.rounds,
    reference_data: PairReferenceData,
) -> Sequence[RenegotiationProposed]:
    """Ask for another due moment. ``rounds``: the most withdrawals within a day that do not block it."""
    standing, pair = _to_be_asked(promise, by, at, rounds, reference_data)
    moment = due_moment(by, due, at, reference_data)
    if moment == standing.due and not is_suspended(standing, at):
        raise Refused("date-unchanged", "It is due at this moment already: name another date.", due=moment)
    timely = is_timely(standing, at)
    until = time_to_answer(standing, at, pair, reference_data, timely=timely)
    return [
        RenegotiationProposed(
            **who(standing, by),
            due=moment,
            due_date=due.day,
            moved=due_moved(by, due, reference_data),
            timely=timely,
            answer_by=until,
        )
    ]


def ask_for_release(
    promise: Commitment, *, by: PersonId, at: datetime, rounds: int = USUAL.rounds, reference_data: PairReferenceData
) -> Sequence[ReleaseProposed]:
    """Ask to be released. ``rounds`` as in `renegotiate`."""
    standing, pair = _to_be_asked(promise, by, at, rounds, reference_data)
    timely = is_timely(standing, at)
    until = time_to_answer(standing, at, pair, reference_data, timely=timely)
    return [ReleaseProposed(**who(standing, by), timely=timely, answer_by=until)]


def withdraw(
    promise: Commitment, *, by: PersonId, at: datetime, reference_data: PairReferenceData
) -> Sequence[RenegotiationWithdrawn | ReleaseWithdrawn]:
    """The owner withdraws the question."""
    match promise:
        case Open(proposal=proposal) | Overdue(proposal=proposal) if proposal is not None:
            if by != promise.owner:
                raise Refused("not-yours-to-withdraw", "Only the partner who asked can take the question back.")
            pair = in_force(promise.partnership, by, reference_data)
            ending = RenegotiationWithdrawn if proposal.due is not None else ReleaseWithdrawn
            return [ending(**not_agreed(promise, proposal, by, at, pair, reference_data))]
        case _:
            raise Refused("nothing-asked", "There is no open question to take back.", status=promise.status)


def is_timely(promise: Standing, at: datetime) -> bool:
    """Whether a question at that instant is asked before the due moment. While the promise is suspended, it is."""
    return at < promise.due or is_suspended(promise, at)


def time_to_answer(
    promise: Standing,
    asked_at: datetime,
    pair: PartnershipReadModel,
    reference_data: PairReferenceData,
    *,
    timely: bool,
) -> datetime | None:
    """The end of the answer period, as known now (UTC). None without a known date, as in an open pause."""
    days = TIMELY_DAYS if timely else LATE_DAYS
    return answer_by(reference_data.time(promise.partner), asked_at, days, pair.all_pauses())


def _to_be_asked(
    promise: Commitment, by: PersonId, at: datetime, rounds: int, reference_data: PairReferenceData
) -> tuple[Standing, PartnershipReadModel]:
    match promise:
        case Open(owner=owner) | Overdue(owner=owner) if owner == by:
            pair = in_force(promise.partnership, by, reference_data)
            if promise.proposal is not None:
                raise Refused(
                    "question-open",
                    "You have asked your partner about this promise: wait for the answer, or withdraw your question.",
                    asked_at=promise.proposal.question.asked_at,
                )
            check_rounds(promise.taken_back, rounds, at)
            return promise, pair
        case _:
            raise refused(promise, by)
