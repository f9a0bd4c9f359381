"""A goal that two partners set together."""

from pydantic import TypeAdapter

from coaching_events.events.goal import GoalEvent
from coaching_events.ids import PersonId, StreamId
from coaching_events.registry import EVENTS
from coaching_readmodels import PairReferenceData
from eventlog import Aggregate
from goals.goal.state import Goal, evolve, wake_at
from goals.goal.wake import wake

__all__ = ["goals"]


def _key(goal: Goal) -> str:
    return goal.partnership


def _parties(goal: Goal) -> tuple[PersonId, PersonId]:
    return goal.people


def _needs(goal: Goal) -> tuple[StreamId, ...]:
    return goal.partnership, *goal.people


goals: Aggregate[Goal, GoalEvent, PairReferenceData] = Aggregate(
    kind="goal",
    states=TypeAdapter(Goal),
    events=EVENTS["goal"],
    evolve=evolve,
    key=_key,
    wake_at=wake_at,
    parties=_parties,
    required_reads=_needs,
    reference_data=PairReferenceData,
    wake=wake,
    indexes=(("partnership", "proposed_at"), ("people", "proposed_at")),
)
