"""The rules for closing a goal: one proposes it, the other confirms or objects; either may open it again. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from coaching_events.events.goal import (
    ClosingDeclined,
    ClosingProposed,
    ClosingWithdrawn,
    GoalAchieved,
    GoalOutcome,
    GoalReleased,
    GoalReopened,
)
from coaching_events.ids import PersonId, RuleName
from coaching_readmodels import PairReferenceData
from coaching_readmodels.refusals import check_rounds, in_force
from coaching_time import USUAL
from eventlog import Refused
from goals.goal.rules.negotiating import time_to_answer
from goals.goal.rules.pursuing import pursued
from goals.goal.state import Agreed, Closed, Closing, Goal, who

REOPEN_WITHIN: Final = timedelta(days=30)
"""The time after a closing within which either partner may open the goal again."""


def propose_closing(
    goal: Goal,
    *,
    by: PersonId,
    at: datetime,
    outcome: GoalOutcome,
    rounds: int = USUAL.rounds,
    reference_data: PairReferenceData,
) -> Sequence[ClosingProposed]:
    """Propose to close the goal. ``rounds``: the most withdrawals within a day that do not block it."""
    pair = in_force(goal.partnership, by, reference_data)
    agreed = pursued(goal)
    if agreed.closing is not None:
        raise Refused(
            "question-open",
            "One of you has already proposed to close this goal: that proposal comes first.",
            asked_at=agreed.closing.question.asked_at,
        )
    check_rounds([moment for person, moment in agreed.taken_back if person == by], rounds, at)
    until = time_to_answer(agreed.other(by), at, pair, reference_data)
    return [ClosingProposed(**who(agreed, by), outcome=outcome, answer_by=until)]


def confirm_closing(
    goal: Goal, *, by: PersonId, reference_data: PairReferenceData
) -> Sequence[GoalAchieved | GoalReleased]:
    """Agree to close the goal as the partner proposes."""
    in_force(goal.partnership, by, reference_data)
    agreed, closing = _asked(goal, by)
    return [closed(agreed, closing, by=by)]


def decline_closing(goal: Goal, *, by: PersonId, reference_data: PairReferenceData) -> Sequence[ClosingDeclined]:
    """Object to the closing that the partner proposes. The goal goes on."""
    in_force(goal.partnership, by, reference_data)
    agreed, closing = _asked(goal, by)
    return [ClosingDeclined(**who(agreed, by), proposal=closing.question.position)]


def withdraw_closing(goal: Goal, *, by: PersonId, reference_data: PairReferenceData) -> Sequence[ClosingWithdrawn]:
    """Withdraw the own proposal to close the goal. It goes on."""
    in_force(goal.partnership, by, reference_data)
    agreed, closing = _proposed(goal)
    if closing.by != by:
        raise Refused("not-yours-to-withdraw", "Your partner proposed to close this goal: confirm it, or object.")
    return [ClosingWithdrawn(**who(agreed, by), proposal=closing.question.position)]


def reopen(goal: Goal, *, by: PersonId, at: datetime, reference_data: PairReferenceData) -> Sequence[GoalReopened]:
    """Open a closed goal again, within 30 days."""
    in_force(goal.partnership, by, reference_data)
    if not isinstance(goal, Closed):
        raise Refused("goal-not-closed", "This goal is not closed.", status=goal.status)
    if at - goal.closed_at > REOPEN_WITHIN:
        raise Refused(
            "too-late-to-reopen",
            "This goal was closed more than 30 days ago: propose a new one.",
            closed_at=goal.closed_at,
        )
    return [GoalReopened(**who(goal, by), based_on=goal.closed)]


def closed(
    goal: Agreed, closing: Closing, *, by: PersonId | RuleName, by_silence: bool = False
) -> GoalAchieved | GoalReleased:
    """The event of a yes to the closing."""
    ending = GoalAchieved if closing.outcome == "achieved" else GoalReleased
    return ending(**who(goal, by), proposal=closing.question.position, by_silence=by_silence)


def _proposed(goal: Goal) -> tuple[Agreed, Closing]:
    if isinstance(goal, Agreed) and goal.closing is not None:
        return goal, goal.closing
    raise Refused("nothing-asked", "Nobody proposes to close this goal.", status=goal.status)


def _asked(goal: Goal, by: PersonId) -> tuple[Agreed, Closing]:
    agreed, closing = _proposed(goal)
    if closing.by == by:
        raise Refused("not-yours-to-answer", "You proposed to close this goal: your partner answers.")
    return agreed, closing
