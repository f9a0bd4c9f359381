"""A session of two partners: a time that both agreed to, and their reports afterwards."""

from pydantic import TypeAdapter

from coaching_events.events.session import SessionEvent
from coaching_events.ids import PersonId, StreamId
from coaching_events.registry import EVENTS
from coaching_readmodels import PairReferenceData
from eventlog import Aggregate
from sessions.session.state import AnySession, Session, evolve, wake_at
from sessions.session.wake import wake

__all__ = ["sessions"]


def _key(session: AnySession) -> str:
    return session.partnership


def _parties(session: AnySession) -> tuple[PersonId, PersonId]:
    return session.people


def _needs(session: AnySession) -> tuple[StreamId, ...]:
    return session.partnership, *session.people


sessions: Aggregate[AnySession, SessionEvent, PairReferenceData] = Aggregate(
    kind="session",
    states=TypeAdapter(Session),
    events=EVENTS["session"],  # pyright: ignore[reportArgumentType]  # the registry types all events alike
    evolve=evolve,
    key=_key,
    schema_version=5,
    wake_at=wake_at,
    parties=_parties,
    required_reads=_needs,
    reference_data=PairReferenceData,
    wake=wake,
    indexes=(("partnership", "start"), ("people", "start")),
)
