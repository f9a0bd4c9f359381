"""The read model of a goal: its title, and whether a proposal waits for an answer."""

from dataclasses import dataclass, replace
from typing import Final, assert_never

from pydantic import TypeAdapter

from coaching_events.envelope import Recorded
from coaching_events.event import Cipher, Event
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
)
from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_events.registry import EVENTS
from eventlog import Projection
from notifications.audiences import ANSWERS_THE_OTHER, NewsOfEvents, Telling, asker, both, by_silence, other


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalReadModel:
    """A goal. ``question`` is the position of the open proposal, ``last`` that of the last event about one.

    ``outcome`` is what the last proposal to close it says.
    """

    partnership: PartnershipId
    people: tuple[PersonId, PersonId]
    title: str | Cipher | None
    last: Position
    question: Position | None = None
    outcome: GoalOutcome | None = None


def evolve(goal: GoalReadModel | None, recorded: Recorded[GoalEvent]) -> GoalReadModel | None:
    """Fold one event of a goal."""
    event = recorded.event
    if isinstance(event, GoalProposed):
        return GoalReadModel(
            partnership=event.partnership,
            people=event.people,
            title=event.title,
            last=recorded.position,
            question=recorded.position,
        )
    if goal is None:
        return None
    match event:
        case GoalCountered():
            return replace(goal, title=event.title, question=recorded.position, last=recorded.position)
        case ClosingProposed():
            return replace(goal, outcome=event.outcome, question=recorded.position, last=recorded.position)
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
            return replace(goal, question=None, last=recorded.position)
        case GoalProgressed() | GoalReopened() | GoalDeclarationWithdrawn() | AnswerExtended():
            return goal
        case _:
            assert_never(event)


GOAL_PROJECTION = Projection[GoalReadModel](
    kind="goal",
    values=TypeAdapter(GoalReadModel),
    events=EVENTS["goal"],
    evolve=evolve,
    parties=lambda _, goal: goal.people,
)

NEWS: Final[NewsOfEvents] = {
    GoalProposed: "question",
    GoalCountered: "question",
    GoalAgreed: ANSWERS_THE_OTHER,
    GoalDeclined: ANSWERS_THE_OTHER,
    GoalWithdrawn: ANSWERS_THE_OTHER,
    GoalLapsed: (Telling(asker, "answer"),),
    GoalProgressed: (Telling(other, "other"),),
    ClosingProposed: "question",
    ClosingDeclined: ANSWERS_THE_OTHER,
    ClosingWithdrawn: ANSWERS_THE_OTHER,
    GoalAchieved: (*ANSWERS_THE_OTHER, Telling(both, "answer", by_silence)),
    GoalReleased: (*ANSWERS_THE_OTHER, Telling(both, "answer", by_silence)),
    GoalReopened: ANSWERS_THE_OTHER,
    GoalDeclarationWithdrawn: ANSWERS_THE_OTHER,
}
"""For each event: the people who get it as news, or why there is none."""

SIGNS_OF_LIFE: Final[tuple[type[Event], ...]] = (
    GoalProposed,
    GoalCountered,
    GoalAgreed,
    GoalDeclined,
    GoalWithdrawn,
    ClosingProposed,
    ClosingDeclined,
    ClosingWithdrawn,
    GoalAchieved,
    GoalReleased,
)
"""A person acted: planned entries about an open miss, and the question that this answers, are withdrawn."""

SETTLED_BY_RULE: Final[tuple[type[Event], ...]] = (GoalLapsed,)
"""A rule acted, and planned entries may no longer be needed: they are decided again."""

NO_SIGN: Final[tuple[type[Event], ...]] = (GoalProgressed, GoalReopened, GoalDeclarationWithdrawn)
"""No planned entry becomes needless by these."""
