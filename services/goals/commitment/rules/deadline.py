"""The end of the grace, the correction of a recorded miss, and the end of the partnership. Pure."""

from collections.abc import Sequence
from datetime import datetime

from coaching_events.events.commitment import (
    CommitmentEvent,
    CommitmentMissed,
    CommitmentReleased,
    CommitmentSuspended,
    ReleaseLapsed,
    RenegotiationLapsed,
)
from coaching_events.ids import Position, RuleName
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_time import CORRECTED_WITHIN, is_outage
from eventlog import Decision, Timed
from goals.commitment.rules.suspension import Cause, cause_of, suspended
from goals.commitment.state import Kept, Open, Standing, Suspension
from goals.owner import who
from goals.question import END

GRACE, FACTS = RuleName("rule:grace-ended"), RuleName("rule:facts-known")


def deadline(
    promise: Standing, at: datetime, now: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> Decision[CommitmentEvent]:
    """The end of the grace: the promise is missed, or suspended if an absence, a pause or an outage covers it."""
    if not isinstance(promise, Open):
        return ()
    if promise.suspension is not None and promise.suspension.until is None:
        return _asked_again(promise, promise.suspension, at, pair, reference_data)
    if at < promise.grace_end:
        return ()
    cause = cause_of(reference_data.time(promise.owner), pair, promise.due, promise.grace_end) or _unanswered(
        promise, at
    )
    if cause is not None:
        return [suspended(promise, cause, by=GRACE, due=promise.due, pair=pair, reference_data=reference_data)]
    # News may come before the timer. The time since the end of the grace counts, not the trigger.
    if is_outage(promise.grace_end, promise.set_at, now):
        outage = Cause(name="outage", based_on=None, end=now, known_at=now)
        return [
            Timed(suspended(promise, outage, by=GRACE, due=promise.due, pair=pair, reference_data=reference_data), now)
        ]
    missed = CommitmentMissed(**who(promise, GRACE), due=promise.due, grace_end=promise.grace_end)
    return [Timed(missed, max(promise.grace_end, promise.set_at))]


def corrected(
    promise: Standing | Kept, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> Sequence[CommitmentSuspended]:
    """Turns a recorded miss into a suspension, if a reason for one became known within 60 days."""
    miss = promise.miss
    if miss is None:
        return ()
    cause = cause_of(reference_data.time(promise.owner), pair, miss.due, miss.grace_end)
    if cause is None or cause.known_at > miss.grace_end + CORRECTED_WITHIN:
        return ()
    return [
        suspended(
            promise, cause, by=FACTS, due=miss.due, pair=pair, reference_data=reference_data, supersedes=miss.position
        )
    ]


def after_the_end(
    promise: Standing,
    at: datetime,
    now: datetime,
    pair: PartnershipReadModel,
    ended_at: datetime,
    reference_data: PairReferenceData,
) -> Decision[CommitmentEvent]:
    """The end of the partnership: a promise not missed by then is no longer owed. An earlier miss stays."""
    if isinstance(promise, Open):
        fell_due = promise.grace_end <= ended_at
        follows = deadline(promise, at, now, pair, reference_data) if fell_due else ()
        return follows if any(_is_miss(decision) for decision in follows) else [_released(promise, pair)]
    if promise.miss is not None and (promise.miss.grace_end > ended_at or corrected(promise, pair, reference_data)):
        return [_released(promise, pair, supersedes=promise.miss.position)]
    if promise.proposal is None:
        return ()
    lapsed = RenegotiationLapsed if promise.proposal.due is not None else ReleaseLapsed
    return [lapsed(**who(promise, END), proposal=promise.proposal.question.position, due=promise.due)]


def _asked_again(
    promise: Open, suspension: Suspension, at: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> Sequence[CommitmentSuspended]:
    """Decides again about a suspension without a known end."""
    cause = cause_of(reference_data.time(promise.owner), pair, promise.due, promise.grace_end)
    if cause is None:
        if suspension.cause == "unanswered" and promise.proposal is not None:
            return ()  # the suspension waits for the answer
        cause = Cause(name=suspension.cause, based_on=None, end=at, known_at=at)
    event = suspended(
        promise,
        cause,
        by=FACTS,
        due=promise.due,
        pair=pair,
        reference_data=reference_data,
        supersedes=suspension.position,
    )
    return [event] if event.until is not None or at >= suspension.again_at else ()


def _unanswered(promise: Open, at: datetime) -> Cause | None:
    proposal = promise.proposal
    if proposal is None or not proposal.timely:
        return None
    return Cause(name="unanswered", based_on=proposal.question.position, end=None, known_at=at)


def _is_miss(decision: CommitmentEvent | Timed[CommitmentEvent]) -> bool:
    return isinstance(decision.event if isinstance(decision, Timed) else decision, CommitmentMissed)


def _released(promise: Standing, pair: PartnershipReadModel, supersedes: Position | None = None) -> CommitmentReleased:
    return CommitmentReleased(**who(promise, END), cause="ended", based_on=pair.end_taken, supersedes=supersedes)
