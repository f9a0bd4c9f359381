"""The end of a promise's grace, facts that put a miss right, and what the end of the partnership leaves. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from coaching_events.commitment import (
    CommitmentEvent,
    CommitmentMissed,
    CommitmentReleased,
    CommitmentSuspended,
    ReleaseLapsed,
    RenegotiationLapsed,
)
from coaching_events.ids import Position, RuleName
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_time import is_outage
from eventlog import Decision, Timed
from goals.commitment.rules.pair import who
from goals.commitment.rules.suspension import Cause, cause_of, suspended
from goals.commitment.state import Kept, Open, Standing, Suspension

CORRECTED_WITHIN = timedelta(days=60)
"""How long after a recorded miss a fact that becomes known too late still puts it right."""

SILENCE, GRACE, END, FACTS = (RuleName(f"rule:{name}") for name in ("silence", "grace-ended", "end", "facts-known"))


def deadline(
    promise: Standing, at: datetime, now: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> Decision[CommitmentEvent]:
    """The end of the grace: missed, or suspended if it should not have fallen due."""
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
    # News may come before the sweep: what counts is how long ago the grace ended, not who asks.
    if not promise.outage_used and is_outage(promise.grace_end, promise.set_at, now):
        outage = Cause(name="outage", based_on=None, end=now, known_at=now)
        return [
            Timed(suspended(promise, outage, by=GRACE, due=promise.due, pair=pair, reference_data=reference_data), now)
        ]
    missed = CommitmentMissed(**who(promise, GRACE), due=promise.due, grace_end=promise.grace_end)
    return [Timed(missed, max(promise.grace_end, promise.set_at))]


def corrected(
    promise: Standing | Kept, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> Sequence[CommitmentSuspended]:
    """A fact that became known within 60 days and covers a recorded miss turns it into a suspension."""
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
    promise: Standing, at: datetime, now: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> Decision[CommitmentEvent]:
    """What had not been missed when the partnership ended is no longer owed; a miss before that stays."""
    assert pair.ended_at is not None  # asked by the caller
    if isinstance(promise, Open):
        fell_due = promise.grace_end <= pair.ended_at
        follows = deadline(promise, at, now, pair, reference_data) if fell_due else ()
        return follows if any(_is_miss(decision) for decision in follows) else [_released(promise, pair)]
    assert promise.miss is not None  # it is overdue
    if promise.miss.grace_end > pair.ended_at or corrected(promise, pair, reference_data):
        return [_released(promise, pair, supersedes=promise.miss.position)]
    if promise.proposal is None:
        return ()
    lapsed = RenegotiationLapsed if promise.proposal.due is not None else ReleaseLapsed
    return [lapsed(**who(promise, END), proposal=promise.proposal.question.position, due=promise.due)]


def _asked_again(
    promise: Open, suspension: Suspension, at: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> Sequence[CommitmentSuspended]:
    """Suspended without a known end: what holds now?"""
    cause = cause_of(reference_data.time(promise.owner), pair, promise.due, promise.grace_end)
    if cause is None:
        if suspension.cause == "unanswered" and promise.proposal is not None:
            return ()  # the answer is what it waits for
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
