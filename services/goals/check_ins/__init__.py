"""The check-ins of one partner of one partnership."""

from datetime import datetime

from pydantic import TypeAdapter

from coaching_events.events.check_ins import CheckInsEvent
from coaching_events.ids import CheckInsId, PartnershipId, PersonId, StreamId
from coaching_events.registry import EVENTS
from coaching_readmodels import PairReferenceData
from eventlog import Aggregate, Decision, derived_stream
from goals.check_ins.rules.spread import SPREAD
from goals.check_ins.state import CheckIns, evolve, wake_at
from goals.check_ins.wake import wake

__all__ = ["check_ins", "check_ins_of"]


def check_ins_of(partnership: PartnershipId, person: PersonId) -> CheckInsId:
    """The stream id of the check-ins of one partner in one partnership."""
    return CheckInsId(derived_stream("check-ins", partnership, person))


def _key(state: CheckIns) -> str:
    return state.partnership


def _parties(state: CheckIns) -> tuple[PersonId, PersonId]:
    return state.owner, state.partner


def _needs(state: CheckIns) -> tuple[StreamId, ...]:
    return state.partnership, state.owner


def _wake(
    state: CheckIns, /, *, at: datetime, now: datetime, reference_data: PairReferenceData
) -> Decision[CheckInsEvent]:
    return wake(state, at=at, now=now, reference_data=reference_data, spread=SPREAD.within)


check_ins: Aggregate[CheckIns, CheckInsEvent, PairReferenceData] = Aggregate(
    kind="check-ins",
    states=TypeAdapter(CheckIns),
    events=EVENTS["check-ins"],  # pyright: ignore[reportArgumentType]  # the registry types all events alike
    evolve=evolve,
    key=_key,
    schema_version=4,
    parties=_parties,
    wake_at=wake_at,
    required_reads=_needs,
    reference_data=PairReferenceData,
    wake=_wake,
    indexes=("partnership", "owner", "partner"),
)
