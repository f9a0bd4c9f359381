"""The states of a promise, how events change them, and its next deadline. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, TypedDict, TypeVar, assert_never

from coaching_events.envelope import Recorded
from coaching_events.event import Cipher
from coaching_events.events.answers import AnswerExtended
from coaching_events.events.commitment import (
    CleanSlateGiven,
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
    CommitmentThanked,
    DeclarationWithdrawn,
    DueMoved,
    FollowUpNotTaken,
    ReleaseDeclined,
    ReleaseLapsed,
    ReleaseProposed,
    ReleaseWithdrawn,
    RenegotiationDeclined,
    RenegotiationLapsed,
    RenegotiationProposed,
    RenegotiationWithdrawn,
    SuspensionCause,
)
from coaching_events.ids import GoalId, PartnershipId, PersonId, Position, SessionId
from coaching_events.moment import Moment
from coaching_time import ASK_AGAIN, MOST_ROUNDS, asked_again
from eventlog import CannotFollow
from goals.question import Question, question_asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The owner's question: another due moment (if ``due`` is set) or a release."""

    question: Question
    timely: bool
    due: datetime | None = None
    due_date: date | None = None
    moved: DueMoved | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """It fell due during an absence, a pause or an outage. Without ``until`` it is decided again at ``again_at``."""

    position: Position
    cause: SuspensionCause
    until: datetime | None
    again_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A recorded miss: its due moment and the end of its grace (UTC)."""

    position: Position
    due: datetime
    grace_end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LateAsk:
    """A question for another date after this due moment. Its lateness then is the upper limit of the credit."""

    due: datetime
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAPair:
    partnership: PartnershipId
    owner: PersonId
    partner: PersonId
    text: str | Cipher | None
    due: Moment
    due_date: date | None
    moved: DueMoved | None = None
    """Why the due moment is not on ``due_date``."""
    session: SessionId | None = None
    """The session that it comes out of."""
    goal: GoalId | None = None
    """The goal that it serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested(_OfAPair):
    """The partner has requested the promise. The owner owes nothing."""

    status: Literal["requested"] = "requested"
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPromised(_OfAPair):
    """A request that ended without a promise, or a follow-up that was not taken because of ``problem``."""

    status: Literal["declined", "withdrawn", "lapsed", "not-taken"]
    settled_at: Moment | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promised(_OfAPair):
    made_at: datetime
    requested: bool
    grace_end: datetime
    set_at: datetime
    """When the due moment in force was set (UTC)."""
    proposal: Proposal | None = None
    suspension: Suspension | None = None
    miss: Miss | None = None
    late_asks: tuple[LateAsk, ...] = ()
    taken_back: tuple[datetime, ...] = ()
    """The times of the owner's latest withdrawals of questions about it (UTC)."""
    thanked_at: datetime | None = None
    """When the partner thanked for it (UTC). They do so once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open(_Promised):
    """Promised, and not missed."""

    status: Literal["open"] = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue(_Promised):
    """Missed; the owner may still keep it, renegotiate it or ask to be released."""

    status: Literal["overdue"] = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(_Promised):
    """The owner declares that it was kept at ``kept_at`` (UTC), and is believed.

    With ``clean_slate`` it counts as kept on time, because the partner says so.
    """

    status: Literal["kept"] = "kept"
    kept_at: datetime
    declared_at: datetime
    declaration: Position
    clean_slate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(_Promised):
    """No longer owed. It counts nowhere."""

    status: Literal["released"] = "released"


Standing = Open | Overdue
"""A promise without an ending so far."""
Commitment = Requested | NotPromised | Open | Overdue | Kept | Released
CommitmentStatus = Literal[
    "requested", "declined", "withdrawn", "lapsed", "open", "overdue", "kept", "released", "not-taken"
]


def is_suspended(promise: Open | Overdue | Kept | Released, at: datetime) -> bool:
    """Whether a suspension makes it not due at that instant."""
    suspension = promise.suspension
    return suspension is not None and (suspension.until is None or at < suspension.until)


def waits_for_its_cause(promise: Open | Overdue | Kept) -> bool:
    """Whether its suspension has no known end, and no answer of the partner ends it."""
    suspension = promise.suspension
    return suspension is not None and suspension.until is None and suspension.cause != "unanswered"


def wake_at(promise: Commitment) -> datetime | None:
    """The next deadline of the promise (UTC). None for one that has ended."""
    match promise:
        case Requested():
            return min(promise.due, promise.question.fires_at)
        case Open():
            return min(moment for moment in (_deadline(promise), _answer(promise)) if moment is not None)
        case Overdue():
            return _answer(promise)
        case NotPromised() | Kept() | Released():
            return None


def _answer(promise: Standing) -> datetime | None:
    return None if promise.proposal is None else promise.proposal.question.fires_at


def _deadline(promise: Open) -> datetime | None:
    suspension = promise.suspension
    if suspension is None or suspension.until is not None:
        return promise.grace_end
    # Suspended until the partner answers. The suspension has no deadline of its own.
    return None if suspension.cause == "unanswered" and promise.proposal is not None else suspension.again_at


Promised = TypeVar("Promised", bound=Open | Overdue | Kept)
Into = TypeVar("Into", Open, Overdue, Released)


class _Fields(TypedDict):
    """What every promise has: the fields of ``_Promised``."""

    partnership: PartnershipId
    owner: PersonId
    partner: PersonId
    text: str | Cipher | None
    due: datetime
    due_date: date | None
    moved: DueMoved | None
    session: SessionId | None
    goal: GoalId | None
    made_at: datetime
    requested: bool
    grace_end: datetime
    set_at: datetime
    proposal: Proposal | None
    suspension: Suspension | None
    miss: Miss | None
    late_asks: tuple[LateAsk, ...]
    taken_back: tuple[datetime, ...]
    thanked_at: datetime | None


def evolve(promise: Commitment | None, recorded: Recorded[CommitmentEvent]) -> Commitment:
    """Fold one event of a promise. Raises ValueError for an event that cannot follow."""
    match promise, recorded.event:
        case None, CommitmentRequested() as event:
            return Requested(
                partnership=event.partnership,
                owner=event.owner,
                partner=event.partner,
                text=event.text,
                due=event.due,
                due_date=event.due_date,
                moved=event.moved,
                session=event.session,
                goal=event.goal,
                question=question_asked(recorded, event.answer_by),
            )
        case ((None | Requested()), CommitmentMade() as event):
            return Open(
                partnership=event.partnership,
                owner=event.owner,
                partner=event.partner,
                text=event.text,
                due=event.due,
                due_date=event.due_date,
                moved=event.moved,
                session=event.session,
                goal=event.goal,
                grace_end=event.grace_end,
                made_at=recorded.at,
                set_at=recorded.at,
                requested=promise is not None,
            )
        case None, FollowUpNotTaken() as event:
            return NotPromised(
                partnership=event.partnership,
                owner=event.owner,
                partner=event.partner,
                text=event.text,
                due=event.due,
                due_date=event.due_date,
                session=event.session,
                status="not-taken",
                settled_at=recorded.at,
                problem=event.problem,
            )
        case Requested(), AnswerExtended() as event:
            return replace(promise, question=promise.question.extended(event, recorded.at))
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
        case Kept(), CommitmentThanked():
            return replace(promise, thanked_at=recorded.at)
        case Kept(), CleanSlateGiven():
            return replace(promise, clean_slate=True)
        case _:
            raise CannotFollow(recorded)


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
            question = question_asked(recorded, event.answer_by)
            asked = Proposal(
                question=question, timely=event.timely, due=event.due, due_date=event.due_date, moved=event.moved
            )
            return replace(promise, proposal=asked)
        case ReleaseProposed() as event:
            question = question_asked(recorded, event.answer_by)
            return replace(promise, proposal=Proposal(question=question, timely=event.timely))
        case CommitmentRenegotiated() as event:
            return _renegotiated(promise, recorded.at, event)
        case RenegotiationWithdrawn() | ReleaseWithdrawn() as event:
            taken_back = (*promise.taken_back, recorded.at)[-MOST_ROUNDS:]
            asked = replace(promise, proposal=None, taken_back=taken_back)
            return _restored(asked, event.due, event.grace_end, recorded.at)
        case RenegotiationDeclined() | RenegotiationLapsed() | ReleaseDeclined() | ReleaseLapsed() as event:
            return _restored(replace(promise, proposal=None), event.due, event.grace_end, recorded.at)
        case AnswerExtended() as event if promise.proposal is not None:
            question = promise.proposal.question.extended(event, recorded.at)
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
            | CommitmentThanked()
            | CleanSlateGiven()
            | FollowUpNotTaken()
        ):
            raise CannotFollow(recorded)
        case _:
            assert_never(recorded.event)


def _kept(promise: Open | Overdue, recorded: Recorded[CommitmentEvent], event: CommitmentKept) -> Kept:
    kept = Kept(**_fields(promise), kept_at=event.kept_at, declared_at=recorded.at, declaration=recorded.position)
    waiting = promise.proposal
    if waiting is None or not waiting.timely:
        return replace(kept, proposal=None)
    # Nothing is late while a question asked in time is open, even before the end of the grace.
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
        position=recorded.position,
        cause=event.cause,
        until=event.until,
        again_at=recorded.at + asked_again(event.ask_again_days),
    )
    return replace(
        promise,
        suspension=suspension,
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
        moved=event.moved,
        grace_end=event.grace_end,
        set_at=at,
        proposal=None,
        suspension=None,
        miss=None,
        late_asks=() if event.clean_slate else (*promise.late_asks, *late),
    )
    return _as(Open, renewed)


def _not_promised(request: Requested, status: Literal["declined", "withdrawn", "lapsed"], at: datetime) -> NotPromised:
    return NotPromised(
        partnership=request.partnership,
        owner=request.owner,
        partner=request.partner,
        text=request.text,
        due=request.due,
        due_date=request.due_date,
        moved=request.moved,
        session=request.session,
        goal=request.goal,
        status=status,
        settled_at=at,
    )


def _as(into: type[Into], promise: Open | Overdue | Kept) -> Into:
    """The same promise in another state."""
    return into(**_fields(promise))


def _fields(promise: Open | Overdue | Kept) -> _Fields:
    return {
        "partnership": promise.partnership,
        "owner": promise.owner,
        "partner": promise.partner,
        "text": promise.text,
        "due": promise.due,
        "due_date": promise.due_date,
        "moved": promise.moved,
        "session": promise.session,
        "goal": promise.goal,
        "made_at": promise.made_at,
        "requested": promise.requested,
        "grace_end": promise.grace_end,
        "set_at": promise.set_at,
        "proposal": promise.proposal,
        "suspension": promise.suspension,
        "miss": promise.miss,
        "late_asks": promise.late_asks,
        "taken_back": promise.taken_back,
        "thanked_at": promise.thanked_at,
    }
