"""A promise that one partner makes to the other."""

from pydantic import TypeAdapter

from coaching_events.events.commitment import CommitmentEvent
from coaching_events.ids import PersonId, StreamId
from coaching_events.registry import EVENTS
from coaching_readmodels import PairReferenceData
from eventlog import Aggregate
from goals.commitment.state import Commitment, evolve, wake_at
from goals.commitment.wake import wake

__all__ = ["commitments"]


def _key(promise: Commitment) -> str:
    return promise.partnership


def _parties(promise: Commitment) -> tuple[PersonId, PersonId]:
    return promise.owner, promise.partner


def _needs(promise: Commitment) -> tuple[StreamId, ...]:
    return promise.partnership, promise.owner, promise.partner


commitments: Aggregate[Commitment, CommitmentEvent, PairReferenceData] = Aggregate(
    kind="commitment",
    states=TypeAdapter(Commitment),
    events=EVENTS["commitment"],
    evolve=evolve,
    key=_key,
    schema_version=4,
    parties=_parties,
    wake_at=wake_at,
    required_reads=_needs,
    reference_data=PairReferenceData,
    wake=wake,
    indexes=(("goal", "due"), ("partnership", "due"), ("owner", "due"), ("partner", "due")),
)
