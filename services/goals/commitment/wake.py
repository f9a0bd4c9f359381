"""The rule for deadlines of a promise, and for news about its people. Pure."""

from collections.abc import Sequence
from datetime import datetime

from coaching_events.events.commitment import (
    CommitmentEvent,
    CommitmentRequestLapsed,
    ReleaseLapsed,
    RenegotiationLapsed,
)
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_time import answer_by
from eventlog import Decision
from goals.commitment.rules.agreement import agreed, not_agreed
from goals.commitment.rules.deadline import after_the_end, corrected, deadline
from goals.commitment.rules.questions import time_to_answer
from goals.commitment.rules.requests import REQUEST_DAYS
from goals.commitment.state import Commitment, Kept, NotPromised, Open, Overdue, Proposal, Released, Requested, Standing
from goals.owner import who
from goals.question import END, SILENCE, more_time


def wake(
    promise: Commitment, /, *, at: datetime, now: datetime, reference_data: PairReferenceData
) -> Decision[CommitmentEvent]:
    """The events that follow at the instant ``at``, handled at ``now`` (both UTC). May be none.

    Corrections come before answers, and answers before deadlines. Each step uses the result of the one before.
    """
    match promise:
        case Requested():
            return _request(promise, at, reference_data.partnership(promise.partnership), reference_data)
        case Kept():
            return corrected(promise, reference_data.partnership(promise.partnership), reference_data)
        case Open() | Overdue():
            pair = reference_data.partnership(promise.partnership)
            if pair.ended_at is not None and pair.ended_at <= at:
                return after_the_end(promise, at, now, pair, pair.ended_at, reference_data)
            return (
                corrected(promise, pair, reference_data)
                or _answer(promise, at, pair, reference_data)
                or deadline(promise, at, now, pair, reference_data)
            )
        case NotPromised() | Released():
            return ()


def _request(
    asked: Requested, at: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> Sequence[CommitmentEvent]:
    """Silence about a request never creates an obligation. The request lapses, at its due moment at the latest."""
    if pair.ended_at is not None and pair.ended_at <= at:
        return [CommitmentRequestLapsed(**who(asked, END))]
    if asked.due <= at:
        return [CommitmentRequestLapsed(**who(asked, SILENCE))]
    until = answer_by(reference_data.time(asked.owner), asked.question.asked_at, REQUEST_DAYS, pair.all_pauses())
    if not asked.question.is_to_be_looked_at(until, at):
        return ()
    if until is None or until > at:
        return [more_time(asked.partnership, asked.question, None if until is None else min(until, asked.due))]
    return [CommitmentRequestLapsed(**who(asked, SILENCE))]


def _answer(
    promise: Standing, at: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> Sequence[CommitmentEvent]:
    """Silence about a question, after its answer period as known now: a yes if asked in time, otherwise no change."""
    proposal = promise.proposal
    if proposal is None:
        return ()
    until = time_to_answer(promise, proposal.question.asked_at, pair, reference_data, timely=proposal.timely)
    if not proposal.question.is_to_be_looked_at(until, at):
        return ()
    if until is None or until > at:
        return [more_time(promise.partnership, proposal.question, until)]
    return [_silence(promise, proposal, at, pair, reference_data)]


def _silence(
    promise: Standing, proposal: Proposal, at: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> CommitmentEvent:
    if proposal.timely:
        return agreed(promise, proposal, by=SILENCE, at=at, pair=pair, by_silence=True, reference_data=reference_data)
    lapsed = RenegotiationLapsed if proposal.due is not None else ReleaseLapsed
    return lapsed(**not_agreed(promise, proposal, SILENCE, at, pair, reference_data))
