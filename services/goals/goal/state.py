"""The states of a goal, how events change them, and its next deadline. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypedDict, assert_never

from coaching_events.amount import Amount
from coaching_events.envelope import Recorded
from coaching_events.event import Cipher
from coaching_events.events.answers import AnswerExtended
from coaching_events.events.goal import (
    ClosingDeclined,
    ClosingProposed,
    ClosingWithdrawn,
    GoalAchieved,
    GoalAgreed,
    GoalCountered,
    GoalDeclarationWithdrawn,
    GoalDeclined,
    GoalEvent,
    GoalLapsed,
    GoalOutcome,
    GoalProgressed,
    GoalProposed,
    GoalReleased,
    GoalReopened,
    GoalWithdrawn,
    Measure,
)
from coaching_events.ids import PartnershipId, PersonId, Position, RuleName
from coaching_events.moment import Moment
from coaching_time import MOST_ROUNDS
from eventlog import CannotFollow
from goals.question import Question, question_asked

KEPT_PROGRESS: Final = 50
"""The state keeps so many of the latest progress reports, and the last of each measure. The history has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One wording of the goal: who proposed it, and when (UTC). ``position`` is that of its event."""

    number: int
    position: Position
    by: PersonId
    at: datetime
    title: str | Cipher | None
    description: str | Cipher | None
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What ``by`` said at ``at`` (UTC): the value of a measure (by its number) at ``reached_at``, or only a note."""

    position: Position
    by: PersonId
    at: datetime
    measure: int | None
    value: Amount | None
    reached_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """``by`` proposes to close the goal with this outcome. The other partner answers."""

    question: Question
    by: PersonId
    outcome: GoalOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalBetween:
    """The fields of every goal. ``people`` begins with the one who first proposed it. Instants are UTC."""

    partnership: PartnershipId
    people: tuple[PersonId, PersonId]
    proposed_at: Moment
    revision: Revision

    def other(self, person: PersonId) -> PersonId:
        """The partner of one of the two."""
        return self.people[1] if self.people[0] == person else self.people[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed(GoalBetween):
    """The partner of the one who proposed the current revision answers it."""

    status: Literal["proposed"] = "proposed"
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAgreed(GoalBetween):
    """A proposal that ended without an agreement. ``by`` is None if a rule ended it."""

    status: Literal["declined", "withdrawn", "lapsed"]
    by: PersonId | None = None
    settled_at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pursued(GoalBetween):
    agreed_at: datetime
    progress: tuple[Progress, ...] = ()
    taken_back: tuple[tuple[PersonId, datetime], ...] = ()
    """Who withdrew the latest proposals to close it, and when (UTC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed(_Pursued):
    """The goal of both. ``closing`` is the open proposal to close it."""

    status: Literal["agreed"] = "agreed"
    closing: Closing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(_Pursued):
    """It has ended: by a yes of ``closed_by``, by silence, or with the partnership. ``closed`` is that event."""

    status: Literal["achieved", "released"]
    closed: Position
    closed_at: datetime
    closed_by: PersonId | None
    how: Literal["agreed", "silence", "ended"]


Goal = Proposed | NotAgreed | Agreed | Closed

OPEN: Final = ("proposed", "agreed")
"""The statuses in which news and deadlines can have effects."""


class Who(TypedDict):
    """The fields of every event of a goal: the actor, the partnership and the two people."""

    by: PersonId | RuleName
    partnership: PartnershipId
    people: tuple[PersonId, PersonId]


def who(goal: GoalBetween, by: PersonId | RuleName) -> Who:
    """The common fields of an event of this goal."""
    return Who(by=by, partnership=goal.partnership, people=goal.people)


def wake_at(goal: Goal) -> datetime | None:
    """The end of the answer period of the open question (UTC). None if no answer is awaited."""
    match goal:
        case Proposed(question=question):
            return question.fires_at
        case Agreed(closing=Closing(question=question)):
            return question.fires_at
        case _:
            return None


def evolve(goal: Goal | None, recorded: Recorded[GoalEvent]) -> Goal:
    """Fold one event. Raises ValueError for an event that cannot follow."""
    match goal, recorded.event:
        case None, GoalProposed() as event:
            return Proposed(
                partnership=event.partnership,
                people=event.people,
                proposed_at=recorded.at,
                revision=revision_of(recorded, event),
                question=question_asked(recorded, event.answer_by),
            )
        case Proposed(), _:
            return _negotiated(goal, recorded)
        case Agreed(), _:
            return _pursued(goal, recorded)
        case Closed(), GoalReopened() | GoalDeclarationWithdrawn():
            return _open(goal)
        case _:
            raise CannotFollow(recorded)


def _negotiated(goal: Proposed, recorded: Recorded[GoalEvent]) -> Goal:
    match recorded.event:
        case GoalCountered() as event:
            question = question_asked(recorded, event.answer_by)
            return replace(goal, revision=revision_of(recorded, event), question=question)
        case GoalAgreed():
            return Agreed(**_between(goal), agreed_at=recorded.at)
        case GoalDeclined():
            return _not_agreed(goal, "declined", recorded)
        case GoalWithdrawn():
            return _not_agreed(goal, "withdrawn", recorded)
        case GoalLapsed():
            return _not_agreed(goal, "lapsed", recorded)
        case AnswerExtended() as event:
            return replace(goal, question=goal.question.extended(event, recorded.at))
        case _:
            raise CannotFollow(recorded)


def _pursued(goal: Agreed, recorded: Recorded[GoalEvent]) -> Goal:
    match recorded.event:
        case GoalProgressed() as event:
            return replace(goal, progress=_kept((*goal.progress, _progress(goal, recorded, event))))
        case GoalDeclarationWithdrawn() as event:
            return replace(goal, progress=tuple(each for each in goal.progress if each.position != event.supersedes))
        case ClosingProposed() as event:
            question = question_asked(recorded, event.answer_by)
            return replace(goal, closing=Closing(question=question, by=_one_of(goal, event.by), outcome=event.outcome))
        case ClosingDeclined():
            return replace(goal, closing=None)
        case ClosingWithdrawn() as event:
            taken_back = (*goal.taken_back, (_one_of(goal, event.by), recorded.at))[-2 * MOST_ROUNDS :]
            return replace(goal, closing=None, taken_back=taken_back)
        case GoalAchieved() as event:
            return _closed(goal, "achieved", recorded, "silence" if event.by_silence else "agreed")
        case GoalReleased(proposal=None):
            return _closed(goal, "released", recorded, "ended")
        case GoalReleased() as event:
            return _closed(goal, "released", recorded, "silence" if event.by_silence else "agreed")
        case AnswerExtended() as event if goal.closing is not None:
            question = goal.closing.question.extended(event, recorded.at)
            return replace(goal, closing=replace(goal.closing, question=question))
        case (
            GoalProposed()
            | GoalCountered()
            | GoalAgreed()
            | GoalDeclined()
            | GoalWithdrawn()
            | GoalLapsed()
            | GoalReopened()
            | AnswerExtended()
        ):
            raise CannotFollow(recorded)
        case _:
            assert_never(recorded.event)


def revision_of(recorded: Recorded[GoalEvent], event: GoalProposed | GoalCountered) -> Revision:
    """The wording that an event proposes."""
    return Revision(
        number=event.revision,
        position=recorded.position,
        by=event.people[0] if event.by == event.people[0] else event.people[1],
        at=recorded.at,
        title=event.title,
        description=event.description,
        measures=event.measures,
    )


def _progress(goal: Agreed, recorded: Recorded[GoalEvent], event: GoalProgressed) -> Progress:
    return Progress(
        position=recorded.position,
        by=_one_of(goal, event.by),
        at=recorded.at,
        measure=event.measure,
        value=event.value,
        reached_at=event.reached_at,
    )


def _kept(progress: tuple[Progress, ...]) -> tuple[Progress, ...]:
    last = {each.measure: each for each in progress if each.measure is not None}
    older = tuple(each for each in progress[:-KEPT_PROGRESS] if last.get(each.measure or 0) is each)
    return (*older, *progress[-KEPT_PROGRESS:])


def _one_of(goal: GoalBetween, by: str) -> PersonId:
    return goal.people[0] if goal.people[0] == by else goal.people[1]


def _not_agreed(
    goal: Proposed, status: Literal["declined", "withdrawn", "lapsed"], recorded: Recorded[GoalEvent]
) -> NotAgreed:
    by = next((person for person in goal.people if person == recorded.event.by), None)
    return NotAgreed(**_between(goal), status=status, by=by, settled_at=recorded.at)


def _closed(
    goal: Agreed, status: GoalOutcome, recorded: Recorded[GoalEvent], how: Literal["agreed", "silence", "ended"]
) -> Closed:
    return Closed(
        **_between(goal),
        agreed_at=goal.agreed_at,
        progress=goal.progress,
        taken_back=goal.taken_back,
        status=status,
        closed=recorded.position,
        closed_at=recorded.at,
        closed_by=_one_of(goal, recorded.event.by) if how == "agreed" else None,
        how=how,
    )


def _open(goal: Closed) -> Agreed:
    return Agreed(**_between(goal), agreed_at=goal.agreed_at, progress=goal.progress, taken_back=goal.taken_back)


class _Fields(TypedDict):
    partnership: PartnershipId
    people: tuple[PersonId, PersonId]
    proposed_at: datetime
    revision: Revision


def _between(goal: GoalBetween) -> _Fields:
    """What every goal has: the fields of ``GoalBetween``."""
    return _Fields(
        partnership=goal.partnership, people=goal.people, proposed_at=goal.proposed_at, revision=goal.revision
    )
