"""The read model of a goal: whether it waits for an answer. Agendas suggest waiting goals."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from pydantic import TypeAdapter

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
    GoalProgressed,
    GoalProposed,
    GoalReleased,
    GoalReopened,
    GoalWithdrawn,
)
from coaching_events.ids import PartnershipId, PersonId
from coaching_events.registry import EVENTS
from eventlog import Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalReadModel:
    """A goal. ``waits_for`` is the person who answers the open proposal, until ``answer_by`` (UTC) if that is known."""

    partnership: PartnershipId
    people: tuple[PersonId, PersonId]
    title: str | Cipher | None
    waiting: bool
    waits_for: PersonId | None
    answer_by: datetime | None


def evolve(goal: GoalReadModel | None, recorded: Recorded[GoalEvent]) -> GoalReadModel | None:
    """Fold one event of a goal."""
    event = recorded.event
    if isinstance(event, GoalProposed):
        return GoalReadModel(
            partnership=event.partnership,
            people=event.people,
            title=event.title,
            waiting=True,
            waits_for=_asked(event),
            answer_by=event.answer_by,
        )
    if goal is None:
        return None
    match event:
        case GoalCountered():
            return replace(goal, title=event.title, waiting=True, waits_for=_asked(event), answer_by=event.answer_by)
        case ClosingProposed():
            return replace(goal, waiting=True, waits_for=_asked(event), answer_by=event.answer_by)
        case AnswerExtended():
            return replace(goal, answer_by=event.answer_by)
        case (
            GoalAgreed()
            | GoalDeclined()
            | GoalWithdrawn()
            | GoalLapsed()
            | ClosingDeclined()
            | ClosingWithdrawn()
            | GoalAchieved()
            | GoalReleased()
        ):
            return replace(goal, waiting=False, waits_for=None, answer_by=None)
        case GoalProgressed() | GoalReopened() | GoalDeclarationWithdrawn():
            return goal
        case _:
            assert_never(event)


def _asked(event: GoalProposed | GoalCountered | ClosingProposed) -> PersonId:
    one, other = event.people
    return other if event.by == one else one


GOAL_PROJECTION = Projection[GoalReadModel](
    kind="goal",
    values=TypeAdapter(GoalReadModel),
    events=EVENTS["goal"],
    evolve=evolve,
    indexes=("partnership",),
    parties=lambda _, goal: goal.people,
)
