"""Partnerships: two people propose, agree on terms, pause and end."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter

from coaching_events.events.partnership import PartnershipEvent
from coaching_events.ids import PersonId
from coaching_events.registry import EVENTS
from eventlog import Aggregate, Timed
from partnerships.partnership.figures import IN_USE
from partnerships.partnership.state import AnyPartnership, Partnership, evolve, wake_at
from partnerships.partnership.wake import wake
from partnerships.reference_data import PeopleReferenceData

__all__ = ["partnerships"]


def _key(partnership: AnyPartnership) -> str:
    return partnership.id


def _people(partnership: AnyPartnership) -> tuple[PersonId, PersonId]:
    return partnership.people


def _wake(
    partnership: AnyPartnership, *, at: datetime, now: datetime, reference_data: PeopleReferenceData
) -> Sequence[Timed[PartnershipEvent]]:
    return wake(partnership, at=at, now=now, reference_data=reference_data, figures=IN_USE.figures)


partnerships: Aggregate[AnyPartnership, PartnershipEvent, PeopleReferenceData] = Aggregate(
    kind="partnership",
    states=TypeAdapter(Partnership),
    events=EVENTS["partnership"],
    evolve=evolve,
    key=_key,
    schema_version=5,
    parties=_people,
    wake_at=wake_at,
    required_reads=_people,
    reference_data=PeopleReferenceData,
    wake=_wake,
    indexes=("people", "pair"),
)
"""One stream per partnership of two people. Its id follows from the two people and an ordinal."""
