"""The rule for deadlines of a goal, and for news about its people. Pure."""

from collections.abc import Sequence
from datetime import datetime

from coaching_events.events.goal import GoalEvent, GoalLapsed, GoalReleased
from coaching_events.ids import PersonId
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from eventlog import Decision
from goals.goal.rules.closing import closed
from goals.goal.rules.negotiating import time_to_answer
from goals.goal.state import Agreed, Closed, Goal, NotAgreed, Proposed, who
from goals.question import END, SILENCE, Question, more_time


def wake(goal: Goal, /, *, at: datetime, now: datetime, reference_data: PairReferenceData) -> Decision[GoalEvent]:
    """The events that follow at the instant ``at``, handled at ``now`` (both UTC). May be none."""
    match goal:
        case Proposed():
            pair = reference_data.partnership(goal.partnership)
            if _is_over(pair, at):
                return [GoalLapsed(**who(goal, END), cause="ended")]
            lapsed = GoalLapsed(**who(goal, SILENCE), cause="unanswered")
            return _silence(goal, goal.question, goal.revision.by, at, pair, reference_data, lapsed)
        case Agreed():
            pair = reference_data.partnership(goal.partnership)
            if _is_over(pair, at):
                return [GoalReleased(**who(goal, END), based_on=pair.end_taken)]
            if goal.closing is None:
                return ()
            ending = closed(goal, goal.closing, by=SILENCE, by_silence=True)
            return _silence(goal, goal.closing.question, goal.closing.by, at, pair, reference_data, ending)
        case NotAgreed() | Closed():
            return ()


def _is_over(pair: PartnershipReadModel, at: datetime) -> bool:
    return pair.ended_at is not None and pair.ended_at <= at


def _silence(
    goal: Proposed | Agreed,
    question: Question,
    asked_by: PersonId,
    at: datetime,
    pair: PartnershipReadModel,
    reference_data: PairReferenceData,
    ending: GoalEvent,
) -> Sequence[GoalEvent]:
    """What silence means, once the answer period is over as it is counted now. A later end extends the period."""
    until = time_to_answer(goal.other(asked_by), question.asked_at, pair, reference_data)
    if not question.is_to_be_looked_at(until, at):
        return ()
    if until is None or until > at:
        return [more_time(goal.partnership, question, until)]
    return [ending]
