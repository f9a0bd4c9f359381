"""The rules for an agreed goal: either partner says how far the two are, and may take that back. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from coaching_events.events.goal import GoalDeclarationWithdrawn, GoalProgressed
from coaching_events.ids import PersonId, Position
from coaching_readmodels import PairReferenceData
from coaching_readmodels.refusals import in_force
from eventlog import Refused
from goals.goal.state import Agreed, Closed, Goal, who

TAKE_BACK: Final = timedelta(hours=24)
"""The time within which a person may take back a declaration."""


def report_progress(
    goal: Goal,
    *,
    by: PersonId,
    at: datetime,
    measure: int | None,
    value: Decimal | None,
    reached_at: datetime | None,
    reference_data: PairReferenceData,
) -> Sequence[GoalProgressed]:
    """Say which value a measure has reached, and when (default: now). Without a measure, only the note says it."""
    in_force(goal.partnership, by, reference_data)
    agreed = pursued(goal)
    if measure is not None and not 1 <= measure <= len(agreed.revision.measures):
        raise Refused(
            "no-such-measure",
            "This goal has no measure with this number: they are counted from 1.",
            measures=len(agreed.revision.measures),
        )
    moment = reached_at or at
    if not agreed.agreed_at <= moment <= at:
        raise Refused(
            "reached-at-out-of-range",
            "Progress lies between the moment you two agreed on the goal and now.",
            agreed_at=agreed.agreed_at,
            now=at,
        )
    return [GoalProgressed(**who(agreed, by), measure=measure, value=value, reached_at=moment)]


def take_back(
    goal: Goal, *, by: PersonId, at: datetime, declaration: Position | None, reference_data: PairReferenceData
) -> Sequence[GoalDeclarationWithdrawn]:
    """Take back, within 24 hours, the own progress, or the own yes to a closing. Without a position, the latest."""
    in_force(goal.partnership, by, reference_data)
    match goal:
        case Agreed():
            mine = [(each.position, each.at) for each in goal.progress if each.by == by]
        case Closed():
            mine = [(goal.closed, goal.closed_at)] if goal.closed_by == by else []
        case _:
            mine = []
    said = [each for each in mine if declaration in (None, each[0])]
    if not said:
        raise Refused("nothing-to-take-back", "There is nothing that you said here and can take back.")
    position, said_at = said[-1]
    if at - said_at > TAKE_BACK:
        raise Refused("too-late-to-take-back", "You said this more than 24 hours ago. It can no longer be taken back.")
    return [GoalDeclarationWithdrawn(**who(goal, by), supersedes=position)]


def pursued(goal: Goal) -> Agreed:
    """The goal, if both agreed to it and it is not closed. Raises Refused otherwise."""
    if isinstance(goal, Agreed):
        return goal
    if isinstance(goal, Closed):
        raise Refused("goal-closed", "This goal is closed: open it again first.", status=goal.status)
    raise Refused("goal-not-agreed", "You two have not agreed on this goal.", status=goal.status)
