"""A goal that the two set together: negotiated in numbered revisions, agreed, pursued, and closed by both."""

from typing import ClassVar, Literal

from coaching_events.amount import Amount
from coaching_events.event import Confidential, Noted, PairEvent, Value
from coaching_events.events.answers import AnswerExtended
from coaching_events.ids import PersonId, Position
from coaching_events.moment import Moment

__all__ = [
    "ClosingDeclined",
    "ClosingProposed",
    "ClosingWithdrawn",
    "GoalAchieved",
    "GoalAgreed",
    "GoalCountered",
    "GoalDeclarationWithdrawn",
    "GoalDeclined",
    "GoalEvent",
    "GoalLapsed",
    "GoalOutcome",
    "GoalProgressed",
    "GoalProposed",
    "GoalReleased",
    "GoalReopened",
    "GoalWithdrawn",
    "Measure",
]

GoalOutcome = Literal["achieved", "released"]
"""How a goal ends: the two reached it, or they let it go."""


class Measure(Value):
    """What the two look at to see how far they are: from which value to which, in which unit."""

    name: Confidential[str] = None
    unit: str | None = None
    from_value: Amount | None = None
    to_value: Amount | None = None


class GoalEventBase(PairEvent):
    """``people`` are the two partners, the one who first proposed the goal first."""

    people: tuple[PersonId, PersonId]


class GoalProposed(Noted, GoalEventBase):
    """``by`` proposes a goal. The other partner answers. This is revision 1."""

    type: ClassVar[str] = "goal-proposed"

    revision: int = 1
    title: Confidential[str] = None
    description: Confidential[str] = None
    measures: tuple[Measure, ...] = ()
    answer_by: Moment | None = None


class GoalCountered(Noted, GoalEventBase):
    """``by`` answers the revision at ``counters`` with another one, which the other partner answers next."""

    type: ClassVar[str] = "goal-countered"

    revision: int
    title: Confidential[str] = None
    description: Confidential[str] = None
    measures: tuple[Measure, ...] = ()
    counters: Position
    answer_by: Moment | None = None


class GoalAgreed(Noted, GoalEventBase):
    """``by`` agrees to ``revision``, which the partner proposed at ``proposal``. It is the goal of both from now on."""

    type: ClassVar[str] = "goal-agreed"

    revision: int
    proposal: Position
    title: Confidential[str] = None


class GoalDeclined(Noted, GoalEventBase):
    """The partner who was asked does not want this goal."""

    type: ClassVar[str] = "goal-declined"


class GoalWithdrawn(Noted, GoalEventBase):
    """The partner who proposed the present revision withdraws the goal."""

    type: ClassVar[str] = "goal-withdrawn"


class GoalLapsed(GoalEventBase):
    """The proposal had no answer in time (``unanswered``), or the partnership ended before one (``ended``)."""

    type: ClassVar[str] = "goal-lapsed"

    cause: Literal["unanswered", "ended"]


class GoalProgressed(Noted, GoalEventBase):
    """``by`` says where the two are: ``value`` of the measure with this number at ``reached_at``, or only the note."""

    type: ClassVar[str] = "goal-progressed"

    measure: int | None = None
    value: Amount | None = None
    reached_at: Moment


class ClosingProposed(Noted, GoalEventBase):
    """``by`` proposes to close the goal. Without an objection until ``answer_by`` it closes."""

    type: ClassVar[str] = "closing-proposed"

    outcome: GoalOutcome
    answer_by: Moment | None = None


class ClosingDeclined(Noted, GoalEventBase):
    """The other partner objects to the closing. The goal goes on."""

    type: ClassVar[str] = "closing-declined"

    proposal: Position


class ClosingWithdrawn(Noted, GoalEventBase):
    """The partner who proposed the closing withdraws it. The goal goes on."""

    type: ClassVar[str] = "closing-withdrawn"

    proposal: Position


class GoalAchieved(Noted, GoalEventBase):
    """The two reached the goal: both said so, or the other partner did not object in time (``by_silence``)."""

    type: ClassVar[str] = "goal-achieved"

    proposal: Position
    by_silence: bool = False


class GoalReleased(Noted, GoalEventBase):
    """The two let the goal go: both said so, or the other partner did not object in time (``by_silence``).

    Without ``proposal`` the partnership ended, at ``based_on``.
    """

    type: ClassVar[str] = "goal-released"

    proposal: Position | None = None
    based_on: Position | None = None
    by_silence: bool = False


class GoalReopened(Noted, GoalEventBase):
    """``by`` opens the goal again that was closed at ``based_on``, at most 30 days before."""

    type: ClassVar[str] = "goal-reopened"

    based_on: Position


class GoalDeclarationWithdrawn(Noted, GoalEventBase):
    """A person takes back, within 24 hours, their own progress or their own yes to a closing, at ``supersedes``."""

    type: ClassVar[str] = "goal-declaration-withdrawn"

    supersedes: Position


GoalEvent = (
    GoalProposed
    | GoalCountered
    | GoalAgreed
    | GoalDeclined
    | GoalWithdrawn
    | GoalLapsed
    | GoalProgressed
    | ClosingProposed
    | ClosingDeclined
    | ClosingWithdrawn
    | GoalAchieved
    | GoalReleased
    | GoalReopened
    | GoalDeclarationWithdrawn
    | AnswerExtended
)
