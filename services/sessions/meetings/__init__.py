"""The meetings of two partners by the rhythm of their terms: which session is next."""

from pydantic import TypeAdapter

from coaching_events.events.meetings import MeetingsEvent
from coaching_events.ids import MeetingsId, PartnershipId, PersonId, StreamId
from coaching_events.registry import EVENTS
from coaching_readmodels import PairReferenceData
from eventlog import Aggregate, derived_stream
from sessions.meetings.state import AnyMeetings, Meetings, evolve, wake_at
from sessions.meetings.wake import wake

__all__ = ["meetings", "meetings_of"]


def meetings_of(partnership: PartnershipId) -> MeetingsId:
    """The stream id of the meetings of a partnership."""
    return MeetingsId(derived_stream("meetings", partnership))


def _key(state: AnyMeetings) -> str:
    return state.partnership


def _parties(state: AnyMeetings) -> tuple[PersonId, PersonId]:
    return state.people


def _needs(state: AnyMeetings) -> tuple[StreamId, ...]:
    return state.partnership, *state.people


meetings: Aggregate[AnyMeetings, MeetingsEvent, PairReferenceData] = Aggregate(
    kind="meetings",
    states=TypeAdapter(Meetings),
    events=EVENTS["meetings"],  # pyright: ignore[reportArgumentType]  # the registry types all events alike
    evolve=evolve,
    key=_key,
    parties=_parties,
    wake_at=wake_at,
    required_reads=_needs,
    reference_data=PairReferenceData,
    wake=wake,
)
