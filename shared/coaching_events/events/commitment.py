"""A promise that one partner, the owner, makes to the other. The events are facts, never a credit or a score."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from coaching_events.event import BASED_ON, Confidential, Noted, OwnedEvent
from coaching_events.events.answers import AnswerExtended, AskAgainDays
from coaching_events.ids import GoalId, PersonId, Position, SessionId
from coaching_events.moment import Moment

__all__ = [
    "CleanSlateGiven",
    "CommitmentEvent",
    "CommitmentKept",
    "CommitmentMade",
    "CommitmentMissed",
    "CommitmentReleased",
    "CommitmentRenegotiated",
    "CommitmentRequestDeclined",
    "CommitmentRequestLapsed",
    "CommitmentRequestWithdrawn",
    "CommitmentRequested",
    "CommitmentSuspended",
    "CommitmentThanked",
    "DeclarationWithdrawn",
    "FollowUpNotTaken",
    "ReleaseDeclined",
    "ReleaseLapsed",
    "ReleaseProposed",
    "ReleaseWithdrawn",
    "RenegotiationDeclined",
    "RenegotiationLapsed",
    "RenegotiationProposed",
    "RenegotiationWithdrawn",
    "SuspensionCause",
]

SuspensionCause = Literal["absence", "pause", "unanswered", "outage"]
"""Why something that fell due counts as not due: its owner was away, the pair paused, a question was open, we were."""


class DueMoved(BaseModel):
    """The requested date is not a workday of the owner. ``to`` is the next workday; the end of its working hours
    counts.
    """

    model_config = ConfigDict(frozen=True)

    asked: date
    to: date
    because: Literal["holiday", "no-working-hours"]


class CommitmentRequested(Noted, OwnedEvent):
    """``partner`` asks ``owner`` for a promise. Nothing is owed until the owner makes the promise.

    A request for a date has ``due_date``; ``due`` is then the end of the owner's working hours on that date.
    """

    type: ClassVar[str] = "commitment-requested"

    text: Confidential[str] = None
    due: Moment
    due_date: date | None = None
    moved: DueMoved | None = None
    goal: GoalId | None = None
    session: SessionId | None = None
    answer_by: Moment


class CommitmentRequestDeclined(Noted, OwnedEvent):
    """The owner declines the request."""

    type: ClassVar[str] = "commitment-request-declined"


class CommitmentRequestWithdrawn(Noted, OwnedEvent):
    """The partner withdraws the request."""

    type: ClassVar[str] = "commitment-request-withdrawn"


class CommitmentRequestLapsed(OwnedEvent):
    """The owner did not answer in time, or the partnership ended. Nothing is owed."""

    type: ClassVar[str] = "commitment-request-lapsed"


class CommitmentMade(Noted, OwnedEvent):
    """The owner makes a promise, alone or in answer to ``request`` (a position), with the same text or another one.

    A promise for a date has ``due_date``. ``grace_end`` is the end of the agreed grace after ``due``.
    """

    type: ClassVar[str] = "commitment-made"

    text: Confidential[str] = None
    due: Moment
    due_date: date | None = None
    moved: DueMoved | None = None
    grace_end: Moment
    request: Position | None = None
    goal: GoalId | None = None
    session: SessionId | None = None


class CommitmentKept(Noted, OwnedEvent):
    """The owner says that they kept the promise at ``kept_at``; this is believed. ``due`` is the due moment at that
    time.
    """

    type: ClassVar[str] = "commitment-kept"

    kept_at: Moment
    due: Moment


class CommitmentMissed(OwnedEvent):
    """The grace ended at ``grace_end`` without a word from the owner. It happens once. The owner may still keep it."""

    type: ClassVar[str] = "commitment-missed"

    due: Moment
    grace_end: Moment


class CommitmentSuspended(OwnedEvent):
    """The due moment ``due`` does not count, because of ``cause``. ``based_on`` is the position of the causing event.

    ``until`` is the new due moment and ``grace_end`` the end of its grace. Both are absent while no end is known.
    ``supersedes`` is the miss that this event corrects, or the suspension before it. Without a known end it is decided
    again after ``ask_again_days``, by default seven.
    """

    type: ClassVar[str] = "commitment-suspended"

    due: Moment
    cause: SuspensionCause
    based_on: Annotated[Position | None, BASED_ON] = None
    until: Moment | None = None
    grace_end: Moment | None = None
    supersedes: Position | None = None
    ask_again_days: AskAgainDays | None = None


class CommitmentReleased(Noted, OwnedEvent):
    """The promise is no longer owed and is not counted: by agreement, by silence, or by the end of the partnership.

    ``based_on`` is the proposal, or the end of the partnership. ``supersedes`` is a recorded miss that a late known
    end corrects.
    """

    type: ClassVar[str] = "commitment-released"

    cause: Literal["agreed", "silence", "ended"]
    based_on: Annotated[Position | None, BASED_ON] = None
    supersedes: Position | None = None


class RenegotiationProposed(Noted, OwnedEvent):
    """The owner asks for a new due moment. ``timely`` means that they asked before the present one."""

    type: ClassVar[str] = "renegotiation-proposed"

    due: Moment
    due_date: date | None = None
    moved: DueMoved | None = None
    timely: bool
    answer_by: Moment | None = None


class _NotAgreed(OwnedEvent):
    """A proposal ended without agreement. The earlier due moment holds again, and the grace counts from this event.

    ``proposal`` is the position of the proposal. Without ``grace_end`` the recorded miss, or the suspension without a
    known end, holds again.
    """

    proposal: Position
    due: Moment
    grace_end: Moment | None = None


class RenegotiationDeclined(Noted, _NotAgreed):
    """The partner declines the new date. The earlier date holds."""

    type: ClassVar[str] = "renegotiation-declined"


class RenegotiationWithdrawn(Noted, _NotAgreed):
    """The owner withdraws the proposal of a new date."""

    type: ClassVar[str] = "renegotiation-withdrawn"


class RenegotiationLapsed(_NotAgreed):
    """The owner asked after the due moment and got no answer in time, or the partnership ended."""

    type: ClassVar[str] = "renegotiation-lapsed"


class CommitmentRenegotiated(Noted, OwnedEvent):
    """The promise has a new due moment. The partner agreed, or did not answer a timely proposal.

    ``asked_at`` is the time of the proposal, ``previous_due`` the due moment before. With ``clean_slate`` the partner
    forgives the lateness at the time of a late proposal. ``moved`` is that of the proposal.
    """

    type: ClassVar[str] = "commitment-renegotiated"

    proposal: Position
    due: Moment
    due_date: date | None = None
    moved: DueMoved | None = None
    grace_end: Moment
    previous_due: Moment
    asked_at: Moment
    timely: bool
    by_silence: bool
    clean_slate: bool = False


class ReleaseProposed(Noted, OwnedEvent):
    """The owner asks to be released. ``timely`` means that they asked before the due moment."""

    type: ClassVar[str] = "release-proposed"

    timely: bool
    answer_by: Moment | None = None


class ReleaseDeclined(Noted, _NotAgreed):
    """The partner declines the release."""

    type: ClassVar[str] = "release-declined"


class ReleaseWithdrawn(Noted, _NotAgreed):
    """The owner withdraws the request for a release."""

    type: ClassVar[str] = "release-withdrawn"


class ReleaseLapsed(_NotAgreed):
    """The owner asked after the due moment and got no answer in time, or the partnership ended."""

    type: ClassVar[str] = "release-lapsed"


class DeclarationWithdrawn(Noted, OwnedEvent):
    """A person withdraws their declaration at the position ``supersedes``. The grace counts from this event.

    Without ``grace_end`` the earlier record holds again: a miss, or a suspension.
    """

    type: ClassVar[str] = "declaration-withdrawn"

    supersedes: Position
    due: Moment
    grace_end: Moment | None = None


class CommitmentThanked(Noted, OwnedEvent):
    """The partner thanks for the kept promise. It happens once."""

    type: ClassVar[str] = "commitment-thanked"


class CleanSlateGiven(Noted, OwnedEvent):
    """The promise was kept late. The partner decides that it counts as kept on time, unless the owner takes back that
    it is kept.
    """

    type: ClassVar[str] = "clean-slate-given"


class FollowUpNotTaken(OwnedEvent):
    """What the two agreed on in a session did not become a promise, nor a request. It is the only event of its stream.

    ``agreed_by`` recorded it; ``based_on`` is the position of that. ``problem`` is the type of the problem that a
    command would have had, such as ``partnership-paused``.
    """

    type: ClassVar[str] = "follow-up-not-taken"

    text: Confidential[str] = None
    due: Moment
    due_date: date | None = None
    session: SessionId
    agreed_by: PersonId
    based_on: Annotated[Position, BASED_ON]
    problem: str


CommitmentEvent = (
    CommitmentRequested
    | CommitmentRequestDeclined
    | CommitmentRequestWithdrawn
    | CommitmentRequestLapsed
    | CommitmentMade
    | CommitmentKept
    | CommitmentMissed
    | CommitmentSuspended
    | CommitmentReleased
    | RenegotiationProposed
    | RenegotiationDeclined
    | RenegotiationWithdrawn
    | RenegotiationLapsed
    | CommitmentRenegotiated
    | ReleaseProposed
    | ReleaseDeclined
    | ReleaseWithdrawn
    | ReleaseLapsed
    | DeclarationWithdrawn
    | FollowUpNotTaken
    | CommitmentThanked
    | CleanSlateGiven
    | AnswerExtended
)
