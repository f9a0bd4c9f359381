"""A promise that one partner, its owner, makes to the other. Facts only: never a credit or a score."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from coaching_events.event import BASED_ON, Confidential, Noted, OwnedEvent
from coaching_events.events.answers import AnswerExtended
from coaching_events.ids import GoalId, Position, SessionId
from coaching_events.moment import Moment

__all__ = [
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
    "DeclarationWithdrawn",
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
    """The date that was asked for is no workday of the owner: ``to`` is the next one, whose end of work counts."""

    model_config = ConfigDict(frozen=True)

    asked: date
    to: date
    because: Literal["holiday", "no-working-hours"]


class CommitmentRequested(Noted, OwnedEvent):
    """``partner`` asks ``owner`` for a promise; it is none until the owner makes it.

    ``due_date`` is there when a date was asked for; ``due`` is then the end of the owner's working hours on it.
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
    """The owner does not promise it."""

    type: ClassVar[str] = "commitment-request-declined"


class CommitmentRequestWithdrawn(Noted, OwnedEvent):
    """The one who asked took the request back."""

    type: ClassVar[str] = "commitment-request-withdrawn"


class CommitmentRequestLapsed(OwnedEvent):
    """Not answered in time (or the partnership ended): nothing is owed."""

    type: ClassVar[str] = "commitment-request-lapsed"


class CommitmentMade(Noted, OwnedEvent):
    """The owner promises, out of their own mind or after the ``request`` at that position, as asked or in own words.

    ``due_date`` is there when the promise names a date. ``grace_end`` is when the agreed grace after ``due`` ends.
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
    """The owner says that it was kept at ``kept_at``, and is believed. ``due`` is the due moment that held then."""

    type: ClassVar[str] = "commitment-kept"

    kept_at: Moment
    due: Moment


class CommitmentMissed(OwnedEvent):
    """``grace_end`` came and nothing was said. Said once; the owner may still keep it."""

    type: ClassVar[str] = "commitment-missed"

    due: Moment
    grace_end: Moment


class CommitmentSuspended(OwnedEvent):
    """It fell due (at ``due``) while it should not have. ``based_on`` is the position of the fact that is the cause.

    ``until`` is the new due moment, and ``grace_end`` the grace after it; both are absent while no end is known.
    ``supersedes`` is the miss that this puts right, or the suspension whose facts have changed.
    """

    type: ClassVar[str] = "commitment-suspended"

    due: Moment
    cause: SuspensionCause
    based_on: Annotated[Position | None, BASED_ON] = None
    until: Moment | None = None
    grace_end: Moment | None = None
    supersedes: Position | None = None


class CommitmentReleased(Noted, OwnedEvent):
    """It is no longer owed and counts nowhere: the partner agreed, did not answer, or the partnership ended.

    ``based_on`` is the proposal or the end that led to it; ``supersedes`` a miss that an end known too late puts right.
    """

    type: ClassVar[str] = "commitment-released"

    cause: Literal["agreed", "silence", "ended"]
    based_on: Annotated[Position | None, BASED_ON] = None
    supersedes: Position | None = None


class RenegotiationProposed(Noted, OwnedEvent):
    """The owner asks for a new due moment. ``timely``: asked before the one that held."""

    type: ClassVar[str] = "renegotiation-proposed"

    due: Moment
    due_date: date | None = None
    moved: DueMoved | None = None
    timely: bool
    answer_by: Moment | None = None


class _NotAgreed(OwnedEvent):
    """How a proposal ended without agreement: the due moment that holds again and the grace, counted from here.

    ``proposal`` is the position of what was asked. Without ``grace_end`` what was recorded before stands: a miss, or a
    suspension without a known end.
    """

    proposal: Position
    due: Moment
    grace_end: Moment | None = None


class RenegotiationDeclined(Noted, _NotAgreed):
    """The partner did not agree to the new date: the one before holds."""

    type: ClassVar[str] = "renegotiation-declined"


class RenegotiationWithdrawn(Noted, _NotAgreed):
    """The owner took the question for a new date back."""

    type: ClassVar[str] = "renegotiation-withdrawn"


class RenegotiationLapsed(_NotAgreed):
    """Asked after the due moment and not answered in time, or the partnership ended."""

    type: ClassVar[str] = "renegotiation-lapsed"


class CommitmentRenegotiated(Noted, OwnedEvent):
    """The promise has a new due moment, agreed by the partner or, when asked in time, by silence.

    ``asked_at`` is when the owner asked, ``previous_due`` what held then. ``clean_slate``: the partner lets the
    lateness go that there was when it was asked after the due moment.
    """

    type: ClassVar[str] = "commitment-renegotiated"

    proposal: Position
    due: Moment
    due_date: date | None = None
    grace_end: Moment
    previous_due: Moment
    asked_at: Moment
    timely: bool
    by_silence: bool
    clean_slate: bool = False


class ReleaseProposed(Noted, OwnedEvent):
    """The owner asks to be released. ``timely``: asked before the due moment."""

    type: ClassVar[str] = "release-proposed"

    timely: bool
    answer_by: Moment | None = None


class ReleaseDeclined(Noted, _NotAgreed):
    """The partner still counts on it."""

    type: ClassVar[str] = "release-declined"


class ReleaseWithdrawn(Noted, _NotAgreed):
    """The owner took the question for a release back."""

    type: ClassVar[str] = "release-withdrawn"


class ReleaseLapsed(_NotAgreed):
    """Asked after the due moment and not answered in time, or the partnership ended."""

    type: ClassVar[str] = "release-lapsed"


class DeclarationWithdrawn(Noted, OwnedEvent):
    """Somebody took back what they had declared at the position ``supersedes``; the grace counts from here.

    Without ``grace_end`` what was recorded before the declaration stands again: a miss, or a suspension.
    """

    type: ClassVar[str] = "declaration-withdrawn"

    supersedes: Position
    due: Moment
    grace_end: Moment | None = None


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
    | AnswerExtended
)
