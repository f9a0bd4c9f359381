"""What follows for a promise at a deadline, or after news: given the facts now, what is to be said? Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from coaching_events.answers import AnswerExtended
from coaching_events.commitment import (
    CommitmentEvent,
    CommitmentMissed,
    CommitmentReleased,
    CommitmentRequestLapsed,
    CommitmentSuspended,
    ReleaseLapsed,
    RenegotiationLapsed,
    SuspensionCause,
)
from coaching_events.ids import Position, RuleName
from coaching_rows import KnownPartnership, PairFacts
from coaching_time import (
    absence_covering,
    absence_end,
    answer_by,
    is_outage,
    promise_grace_end,
    suspension_until,
)
from eventlog.aggregate import Decisions, Timed
from goals.commitment.rules import LATE_DAYS, REQUEST_DAYS, TIMELY_DAYS, agreed, not_agreed, who
from goals.commitment.state import Commitment, Kept, NotPromised, Open, Overdue, Released, Requested, Standing

CORRECTED_WITHIN = timedelta(days=60)
"""How long after a recorded miss a fact that became known too late still puts it right."""

SILENCE, GRACE, END, FACTS = (RuleName(f"rule:{name}") for name in ("silence", "grace-ended", "end", "facts-known"))


def wake(promise: Commitment, /, *, at: datetime, now: datetime, facts: PairFacts) -> Decisions[CommitmentEvent]:
    """The events that follow at the instant ``at``, handled at ``now``; none if nothing does."""
    match promise:
        case Requested():
            return _request(promise, at, facts)
        case Kept():
            return _corrected(promise, at, facts)
        case Open() | Overdue():
            pair = facts.partnership(promise.partnership)
            return (
                _ended(promise, pair)
                or _answer(promise, at, pair, facts)
                or _corrected(promise, at, facts)
                or _deadline(promise, at, now, pair, facts)
            )
        case NotPromised() | Released():
            return ()


def _request(asked: Requested, at: datetime, facts: PairFacts) -> Decisions[CommitmentEvent]:
    pair = facts.partnership(asked.partnership)
    if pair.ended_at is not None:
        return [CommitmentRequestLapsed(**who(asked, END))]
    if asked.due <= at:
        return [CommitmentRequestLapsed(**who(asked, SILENCE))]
    if asked.question.answer_by is not None and at < asked.question.answer_by:
        return ()
    until = answer_by(facts.time(asked.owner), asked.question.asked_at, REQUEST_DAYS, pair.all_pauses())
    if asked.question.answer_by is None and until is None and at < asked.question.again_at:
        return ()
    if until is None or until > at:
        return [_extended(asked, asked.question.position, until)]
    return [CommitmentRequestLapsed(**who(asked, SILENCE))]


def _ended(promise: Standing, pair: KnownPartnership) -> Sequence[CommitmentEvent]:
    """What the end of the partnership means: what was not yet missed is no longer owed; a miss before it stays."""
    if pair.ended_at is None or pair.end_taken is None:
        return ()
    if isinstance(promise, Open) and promise.grace_end > pair.ended_at:
        return [CommitmentReleased(**who(promise, END), cause="ended", taken=pair.end_taken)]
    if promise.miss is not None and promise.miss.grace_end > pair.ended_at:
        miss = promise.miss.position
        return [CommitmentReleased(**who(promise, END), cause="ended", taken=pair.end_taken, supersedes=miss)]
    return _lapsed(promise) if promise.proposal is not None and promise.miss is not None else ()


def _lapsed(promise: Standing) -> Sequence[CommitmentEvent]:
    assert promise.proposal is not None  # asked by the caller
    lapsed = RenegotiationLapsed if promise.proposal.due is not None else ReleaseLapsed
    return [lapsed(**who(promise, END), proposal=promise.proposal.question.position, due=promise.due)]


def _answer(promise: Standing, at: datetime, pair: KnownPartnership, facts: PairFacts) -> Sequence[CommitmentEvent]:
    """Silence about a question: counted again with what is known by now; then a yes if asked in time, else nothing."""
    proposal = promise.proposal
    if proposal is None:
        return ()
    question = proposal.question
    if question.answer_by is not None and at < question.answer_by:
        return ()
    days = TIMELY_DAYS if proposal.timely else LATE_DAYS
    until = answer_by(facts.time(promise.partner), question.asked_at, days, pair.all_pauses())
    if question.answer_by is None and until is None and at < question.again_at:
        return ()
    if until is None or until > at:
        return [_extended(promise, question.position, until)]
    if proposal.timely:
        answers = agreed(
            promise, proposal, by=SILENCE, at=at, pair=pair, clean_slate=False, by_silence=True, facts=facts
        )
        return [*answers]
    lapsed = RenegotiationLapsed if proposal.due is not None else ReleaseLapsed
    return [lapsed(**not_agreed(promise, proposal, SILENCE, at, pair, facts))]


def _deadline(
    promise: Standing, at: datetime, now: datetime, pair: KnownPartnership, facts: PairFacts
) -> Decisions[CommitmentEvent]:
    """The end of the grace: missed, or suspended if it should not have fallen due."""
    if not isinstance(promise, Open):
        return ()
    suspension = promise.suspension
    if suspension is not None and suspension.until is None:
        return _asked_again(promise, at, facts)
    if at < promise.grace_end:
        return ()
    cause = _cause(promise, promise.due, pair, facts)
    if cause is not None:
        return [cause]
    if promise.proposal is not None and promise.proposal.timely:
        return [_suspended(promise, "unanswered", promise.proposal.question.position)]
    if not promise.outage_used and is_outage(at, promise.set_at, now):
        until = suspension_until(facts.time(promise.owner), now, now)
        return [Timed(_suspended(promise, "outage", None, until, _grace_end(promise, until, pair, facts)), now)]
    return [CommitmentMissed(**who(promise, GRACE), due=promise.due, grace_end=promise.grace_end)]


def _asked_again(promise: Open, at: datetime, facts: PairFacts) -> Sequence[CommitmentEvent]:
    """Suspended without a known end: what holds now?"""
    suspension = promise.suspension
    assert suspension is not None  # asked by the caller
    pair = facts.partnership(promise.partnership)
    cause = _cause(promise, promise.due, pair, facts)
    if cause is not None and cause.until is None:
        again = at >= suspension.again_at
        return [cause.model_copy(update={"supersedes": suspension.position})] if again else ()
    if cause is None:
        if suspension.cause == "unanswered" and promise.proposal is not None and at < suspension.again_at:
            return ()
        until = suspension_until(facts.time(promise.owner), at, at)
        cause = _suspended(promise, suspension.cause, None, until, _grace_end(promise, until, pair, facts))
    return [cause.model_copy(update={"supersedes": suspension.position})]


def _corrected(promise: Standing | Kept, at: datetime, facts: PairFacts) -> Sequence[CommitmentEvent]:
    """A fact that became known within 60 days and covers a recorded miss puts it right."""
    miss = promise.miss
    if miss is None or at > miss.grace_end + CORRECTED_WITHIN:
        return ()
    cause = _cause(promise, miss.due, facts.partnership(promise.partnership), facts)
    return [] if cause is None else [cause.model_copy(update={"supersedes": miss.position})]


def _cause(
    promise: Standing | Kept, due: datetime, pair: KnownPartnership, facts: PairFacts
) -> CommitmentSuspended | None:
    """Why something due then counts as not due: the owner's whole-day absence or a pause, whichever ends later."""
    owner = facts.time(promise.owner)
    found: list[tuple[datetime | None, datetime, SuspensionCause, Position]] = []
    absence = absence_covering(owner, due)
    if absence is not None:
        found.append((absence_end(owner, absence), absence.known_at, "absence", Position(absence.id)))
    pause = pair.pause_at(due)
    if pause is not None:
        found.append((pause.end, pause.known_at, "pause", pause.taken))
    if not found:
        return None
    end, known_at, name, taken = max(found, key=lambda cause: (cause[0] is None, cause[0] or cause[1]))
    until = suspension_until(owner, end, known_at)
    return _suspended(promise, name, taken, until, _grace_end(promise, until, pair, facts), due=due)


def _suspended(
    promise: Standing | Kept,
    cause: SuspensionCause,
    taken: Position | None,
    until: datetime | None = None,
    grace_end: datetime | None = None,
    *,
    due: datetime | None = None,
) -> CommitmentSuspended:
    return CommitmentSuspended(
        **who(promise, GRACE if promise.miss is None else FACTS),
        due=due or promise.due,
        cause=cause,
        taken=taken,
        until=until,
        grace_end=grace_end,
    )


def _grace_end(
    promise: Standing | Kept, until: datetime | None, pair: KnownPartnership, facts: PairFacts
) -> datetime | None:
    return None if until is None else promise_grace_end(facts.time(promise.owner), until, pair.terms.promise_grace)


def _extended(promise: Requested | Standing, question: Position, until: datetime | None) -> AnswerExtended:
    return AnswerExtended(by=SILENCE, partnership=promise.partnership, question=question, answer_by=until)
