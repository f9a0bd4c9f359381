"""A promise: what it can be, how events change it, and when it next needs attention. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, TypeVar

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
    SuspensionCause,
)
from coaching_events.envelope import Recorded
from coaching_events.event import Cipher
from coaching_events.ids import PartnershipId, PersonId, Position

ASK_AGAIN = timedelta(days=7)
"""How often something without a known end is asked about again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something asked that waits for an answer; without ``answer_by`` an open pause holds it up."""

    position: Position
    asked_at: datetime
    answer_by: datetime | None
    again_at: datetime

    @property
    def fires_at(self) -> datetime:
        """When silence is to be looked at."""
        return self.answer_by or self.again_at

    def extended(self, recorded: Recorded[AnswerExtended]) -> "Question":
        """The same question with another time to answer."""
        return replace(self, answer_by=recorded.event.answer_by, again_at=recorded.at + ASK_AGAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the owner has asked for: another due moment (``due`` is there) or a release."""

    question: Question
    timely: bool
    due: datetime | None = None
    due_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """It fell due while it should not have. Without ``until`` it is asked about again at ``again_at``."""

    position: Position
    cause: SuspensionCause
    until: datetime | None
    again_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A recorded miss: what was due and when its grace ended."""

    position: Position
    due: datetime
    grace_end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LateAsk:
    """A new date was asked for only after this due moment: the credit it had then is the most it can earn."""

    due: datetime
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAPair:
    partnership: PartnershipId
    owner: PersonId
    partner: PersonId
    text: str | Cipher | None
    due: datetime
    due_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested(_OfAPair):
    """The partner has asked for it; nothing is promised."""

    status: Literal["requested"] = "requested"
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPromised(_OfAPair):
    """A request that ended without a promise."""

    status: Literal["declined", "withdrawn", "lapsed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promised(_OfAPair):
    made_at: datetime
    requested: bool
    grace_end: datetime
    set_at: datetime
    """When the due moment that holds was set."""
    proposal: Proposal | None = None
    suspension: Suspension | None = None
    outage_used: bool = False
    miss: Miss | None = None
    late_asks: tuple[LateAsk, ...] = ()


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
    """The owner says that it was kept at ``kept_at``, and is believed."""

    status: Literal["kept"] = "kept"
    kept_at: datetime
    declared_at: datetime
    declaration: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(_Promised):
    """No longer owed, and counts nowhere."""

    status: Literal["released"] = "released"


Standing = Open | Overdue
"""A promise that still waits for its ending."""
Commitment = Requested | NotPromised | Open | Overdue | Kept | Released
Promised = TypeVar("Promised", Open, Overdue, Kept, Released)

FIELDS = tuple(Open.__dataclass_fields__.keys() - {"status"})


def is_suspended(promise: Open | Overdue | Kept | Released, at: datetime) -> bool:
    """Whether it counts as not due at that instant because of a suspension."""
    suspension = promise.suspension
    return suspension is not None and (suspension.until is None or at < suspension.until)


def wake_at(promise: Commitment) -> datetime | None:
    """When the promise next needs attention; never for one that has ended."""
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
    # Suspended until a question is answered: the answer is what it waits for.
    return None if suspension.cause == "unanswered" and promise.proposal is not None else suspension.again_at


def evolve(promise: Commitment | None, recorded: Recorded[CommitmentEvent]) -> Commitment:
    """Fold one event of a promise."""
    event, at = recorded.event, recorded.at
    match promise, event:
        case None, CommitmentRequested():
            question = Question(
                position=recorded.position, asked_at=at, answer_by=event.answer_by, again_at=at + ASK_AGAIN
            )
            return Requested(
                partnership=event.partnership,
                owner=event.owner,
                partner=event.partner,
                text=event.text,
                due=event.due,
                due_date=event.due_date,
                question=question,
            )
        case ((None | Requested()), CommitmentMade()):
            return Open(
                partnership=event.partnership,
                owner=event.owner,
                partner=event.partner,
                text=event.text,
                due=event.due,
                due_date=event.due_date,
                grace_end=event.grace_end,
                made_at=at,
                set_at=at,
                requested=promise is not None,
            )
        case Requested(), AnswerExtended():
            return replace(promise, question=promise.question.extended(recorded_as(recorded, event)))
        case Requested(), CommitmentRequestDeclined():
            return _not_promised(promise, "declined")
        case Requested(), CommitmentRequestWithdrawn():
            return _not_promised(promise, "withdrawn")
        case Requested(), CommitmentRequestLapsed():
            return _not_promised(promise, "lapsed")
        case ((Open() | Overdue() | Kept()), _):
            return _evolve_promise(promise, recorded)
        case _:
            raise ValueError(f"a {event.type} cannot follow in {recorded.stream}")


def _evolve_promise(promise: Open | Overdue | Kept, recorded: Recorded[CommitmentEvent]) -> Commitment:
    event, at, here = recorded.event, recorded.at, recorded.position
    match event:
        case CommitmentKept():
            kept = _as(Kept, promise, kept_at=event.kept_at, declared_at=at, declaration=here)
            return replace(kept, proposal=None)
        case CommitmentMissed():
            miss = Miss(position=here, due=event.due, grace_end=event.grace_end)
            return _as(Overdue, replace(promise, miss=miss, suspension=None))
        case CommitmentSuspended():
            return _suspended(promise, recorded, event)
        case CommitmentReleased():
            return _as(Released, replace(promise, proposal=None, miss=None if event.supersedes else promise.miss))
        case RenegotiationProposed():
            proposal = Proposal(
                question=_asked(recorded, event.answer_by), timely=event.timely, due=event.due, due_date=event.due_date
            )
            return replace(promise, proposal=proposal)
        case ReleaseProposed():
            return replace(promise, proposal=Proposal(question=_asked(recorded, event.answer_by), timely=event.timely))
        case CommitmentRenegotiated():
            return _renegotiated(promise, recorded, event)
        case (
            RenegotiationDeclined()
            | RenegotiationWithdrawn()
            | RenegotiationLapsed()
            | ReleaseDeclined()
            | ReleaseWithdrawn()
            | ReleaseLapsed()
        ):
            return _restored(replace(promise, proposal=None), event.due, event.grace_end, at)
        case DeclarationWithdrawn():
            return _taken_back(promise, event, at)
        case AnswerExtended() if promise.proposal is not None:
            question = promise.proposal.question.extended(recorded_as(recorded, event))
            return replace(promise, proposal=replace(promise.proposal, question=question))
        case _:
            raise ValueError(f"a {event.type} cannot follow in {recorded.stream}")


def _suspended(
    promise: Open | Overdue | Kept, recorded: Recorded[CommitmentEvent], event: CommitmentSuspended
) -> Commitment:
    suspension = Suspension(
        position=recorded.position, cause=event.cause, until=event.until, again_at=recorded.at + ASK_AGAIN
    )
    changed = replace(
        promise,
        suspension=suspension,
        outage_used=promise.outage_used or event.cause == "outage",
        due=event.until or promise.due,
        grace_end=event.grace_end or promise.grace_end,
        set_at=recorded.at,
        miss=None,
    )
    return changed if isinstance(changed, Kept) else _as(Open, changed)


def _renegotiated(
    promise: Open | Overdue | Kept, recorded: Recorded[CommitmentEvent], event: CommitmentRenegotiated
) -> Open:
    late = () if event.timely or event.clean_slate else (LateAsk(due=event.previous_due, asked_at=event.asked_at),)
    return _as(
        Open,
        replace(
            promise,
            due=event.due,
            due_date=event.due_date,
            grace_end=event.grace_end,
            set_at=recorded.at,
            proposal=None,
            suspension=None,
            miss=None,
            late_asks=() if event.clean_slate else (*promise.late_asks, *late),
        ),
    )


def _restored(
    promise: Open | Overdue | Kept, due: datetime, grace_end: datetime | None, at: datetime
) -> Open | Overdue | Kept:
    if grace_end is None:
        return replace(promise, due=due)
    waited = promise.suspension is not None and promise.suspension.cause == "unanswered"
    suspension = None if waited else promise.suspension
    return replace(promise, due=due, grace_end=grace_end, set_at=at, suspension=suspension)


def _taken_back(promise: Open | Overdue | Kept, event: DeclarationWithdrawn, at: datetime) -> Open | Overdue:
    if event.grace_end is None:
        return _as(Overdue, replace(promise, due=event.due))
    return _as(Open, replace(promise, due=event.due, grace_end=event.grace_end, set_at=at))


def _asked(recorded: Recorded[CommitmentEvent], answer_by: datetime | None) -> Question:
    return Question(
        position=recorded.position, asked_at=recorded.at, answer_by=answer_by, again_at=recorded.at + ASK_AGAIN
    )


def _not_promised(request: Requested, status: Literal["declined", "withdrawn", "lapsed"]) -> NotPromised:
    return NotPromised(
        partnership=request.partnership,
        owner=request.owner,
        partner=request.partner,
        text=request.text,
        due=request.due,
        due_date=request.due_date,
        status=status,
    )


def _as(into: type[Promised], promise: Open | Overdue | Kept, **more: object) -> Promised:
    """The same promise in another state."""
    return into(**{name: getattr(promise, name) for name in FIELDS}, **more)  # pyright: ignore[reportArgumentType]


def recorded_as(recorded: Recorded[CommitmentEvent], event: AnswerExtended) -> Recorded[AnswerExtended]:
    """The same record, known to be this event."""
    return Recorded(stream=recorded.stream, version=recorded.version, at=recorded.at, event=event, cause=recorded.cause)
