"""How events change a promise. Pure."""

from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeVar, assert_never

from coaching_events.answers import AnswerExtended
from coaching_events.commitment import (
    CommitmentEvent,
    CommitmentKept,
    CommitmentMade,
    CommitmentMissed,
    CommitmentReleased,
    CommitmentRenegotiated,
    CommitmentRequestDeclined,
    CommitmentRequested,
    CommitmentRequestLapsed,
    CommitmentRequestWithdrawn,
    CommitmentSuspended,
    DeclarationWithdrawn,
    ReleaseDeclined,
    ReleaseLapsed,
    ReleaseProposed,
    ReleaseWithdrawn,
    RenegotiationDeclined,
    RenegotiationLapsed,
    RenegotiationProposed,
    RenegotiationWithdrawn,
)
from coaching_events.envelope import Recorded
from coaching_time import MOST_ROUNDS
from goals.commitment.state import (
    ASK_AGAIN,
    Commitment,
    Kept,
    LateAsk,
    Miss,
    NotPromised,
    Open,
    Overdue,
    Proposal,
    Question,
    Released,
    Requested,
    Suspension,
)

Promised = TypeVar("Promised", bound=Open | Overdue | Kept)
Into = TypeVar("Into", bound=Open | Overdue | Kept | Released)
_SHARED = tuple(Open.__dataclass_fields__.keys() - {"status"})


def evolve(promise: Commitment | None, recorded: Recorded[CommitmentEvent]) -> Commitment:
    """Fold one event of a promise. Raises ValueError for one that cannot follow."""
    match promise, recorded.event:
        case None, CommitmentRequested() as event:
            return Requested(
                partnership=event.partnership,
                owner=event.owner,
                partner=event.partner,
                text=event.text,
                due=event.due,
                due_date=event.due_date,
                question=_asked(recorded, event.answer_by),
            )
        case ((None | Requested()), CommitmentMade() as event):
            return Open(
                partnership=event.partnership,
                owner=event.owner,
                partner=event.partner,
                text=event.text,
                due=event.due,
                due_date=event.due_date,
                grace_end=event.grace_end,
                made_at=recorded.at,
                set_at=recorded.at,
                requested=promise is not None,
            )
        case Requested(), AnswerExtended() as event:
            return replace(promise, question=_extended(promise.question, event, recorded.at))
        case Requested(), CommitmentRequestDeclined():
            return _not_promised(promise, "declined", recorded.at)
        case Requested(), CommitmentRequestWithdrawn():
            return _not_promised(promise, "withdrawn", recorded.at)
        case Requested(), CommitmentRequestLapsed():
            return _not_promised(promise, "lapsed", recorded.at)
        case ((Open() | Overdue()), _):
            return _standing(promise, recorded)
        case Kept(), DeclarationWithdrawn() as event:
            return _taken_back(promise, event, recorded.at)
        case Kept(), CommitmentSuspended() as event:
            return _suspended(promise, recorded, event)
        case _:
            raise _cannot_follow(recorded)


def _standing(promise: Open | Overdue, recorded: Recorded[CommitmentEvent]) -> Commitment:
    match recorded.event:
        case CommitmentKept() as event:
            return _kept(promise, recorded, event)
        case CommitmentMissed() as event:
            miss = Miss(position=recorded.position, due=event.due, grace_end=event.grace_end)
            return _as(Overdue, replace(promise, miss=miss, suspension=None))
        case CommitmentSuspended() as event:
            return _as(Open, _suspended(promise, recorded, event))
        case CommitmentReleased() as event:
            return _as(Released, replace(promise, proposal=None, miss=None if event.supersedes else promise.miss))
        case _:
            return _asked_or_answered(promise, recorded)


def _asked_or_answered(promise: Open | Overdue, recorded: Recorded[CommitmentEvent]) -> Commitment:
    match recorded.event:
        case RenegotiationProposed() as event:
            question = _asked(recorded, event.answer_by)
            asked = Proposal(question=question, timely=event.timely, due=event.due, due_date=event.due_date)
            return replace(promise, proposal=asked)
        case ReleaseProposed() as event:
            return replace(promise, proposal=Proposal(question=_asked(recorded, event.answer_by), timely=event.timely))
        case CommitmentRenegotiated() as event:
            return _renegotiated(promise, recorded.at, event)
        case RenegotiationWithdrawn() | ReleaseWithdrawn() as event:
            taken_back = (*promise.taken_back, recorded.at)[-MOST_ROUNDS:]
            asked = replace(promise, proposal=None, taken_back=taken_back)
            return _restored(asked, event.due, event.grace_end, recorded.at)
        case RenegotiationDeclined() | RenegotiationLapsed() | ReleaseDeclined() | ReleaseLapsed() as event:
            return _restored(replace(promise, proposal=None), event.due, event.grace_end, recorded.at)
        case AnswerExtended() as event if promise.proposal is not None:
            question = _extended(promise.proposal.question, event, recorded.at)
            return replace(promise, proposal=replace(promise.proposal, question=question))
        case (
            AnswerExtended()
            | CommitmentRequested()
            | CommitmentRequestDeclined()
            | CommitmentRequestWithdrawn()
            | CommitmentRequestLapsed()
            | CommitmentMade()
            | CommitmentKept()
            | CommitmentMissed()
            | CommitmentSuspended()
            | CommitmentReleased()
            | DeclarationWithdrawn()
        ):
            raise _cannot_follow(recorded)
        case _:
            assert_never(recorded.event)


def _kept(promise: Open | Overdue, recorded: Recorded[CommitmentEvent], event: CommitmentKept) -> Kept:
    kept = _as(Kept, promise, kept_at=event.kept_at, declared_at=recorded.at, declaration=recorded.position)
    waiting = promise.proposal
    if waiting is None or not waiting.timely:
        return replace(kept, proposal=None)
    # Nothing is late while a question that was asked in time is open, also before the grace has ended.
    unanswered = Suspension(
        position=waiting.question.position, cause="unanswered", until=None, again_at=recorded.at + ASK_AGAIN
    )
    return replace(kept, proposal=None, suspension=unanswered)


def _taken_back(promise: Kept, event: DeclarationWithdrawn, at: datetime) -> Open | Overdue:
    if event.grace_end is None:
        kept = replace(promise, due=event.due)
        return _as(Open, kept) if promise.miss is None else _as(Overdue, kept)
    return _as(Open, _restored(promise, event.due, event.grace_end, at))


def _restored(promise: Promised, due: datetime, grace_end: datetime | None, at: datetime) -> Promised:
    if grace_end is None:
        return replace(promise, due=due)
    waited = promise.suspension is not None and promise.suspension.cause == "unanswered"
    suspension = None if waited else promise.suspension
    return replace(promise, due=due, grace_end=grace_end, set_at=at, suspension=suspension)


def _suspended(promise: Promised, recorded: Recorded[CommitmentEvent], event: CommitmentSuspended) -> Promised:
    suspension = Suspension(
        position=recorded.position, cause=event.cause, until=event.until, again_at=recorded.at + ASK_AGAIN
    )
    return replace(
        promise,
        suspension=suspension,
        outage_used=promise.outage_used or event.cause == "outage",
        due=event.until or promise.due,
        grace_end=event.grace_end or promise.grace_end,
        set_at=recorded.at,
        miss=None,
    )


def _renegotiated(promise: Open | Overdue, at: datetime, event: CommitmentRenegotiated) -> Open:
    late = () if event.timely else (LateAsk(due=event.previous_due, asked_at=event.asked_at),)
    renewed = replace(
        promise,
        due=event.due,
        due_date=event.due_date,
        grace_end=event.grace_end,
        set_at=at,
        proposal=None,
        suspension=None,
        outage_used=False,
        miss=None,
        late_asks=() if event.clean_slate else (*promise.late_asks, *late),
    )
    return _as(Open, renewed)


def _asked(recorded: Recorded[CommitmentEvent], answer_by: datetime | None) -> Question:
    return Question(
        position=recorded.position, asked_at=recorded.at, answer_by=answer_by, again_at=recorded.at + ASK_AGAIN
    )


def _extended(question: Question, event: AnswerExtended, at: datetime) -> Question:
    return replace(question, answer_by=event.answer_by, again_at=at + ASK_AGAIN)


def _not_promised(request: Requested, status: Literal["declined", "withdrawn", "lapsed"], at: datetime) -> NotPromised:
    return NotPromised(
        partnership=request.partnership,
        owner=request.owner,
        partner=request.partner,
        text=request.text,
        due=request.due,
        due_date=request.due_date,
        status=status,
        settled_at=at,
    )


def _as(into: type[Into], promise: Open | Overdue | Kept, **more: object) -> Into:
    """The same promise in another state."""
    return into(**{name: getattr(promise, name) for name in _SHARED}, **more)  # pyright: ignore[reportArgumentType]


def _cannot_follow(recorded: Recorded[CommitmentEvent]) -> ValueError:
    return ValueError(f"a {recorded.event.type} cannot follow in {recorded.stream}")
