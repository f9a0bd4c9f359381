"""Conflicts: roster lines about people who may already be known, until an operator decides them."""

from pydantic import TypeAdapter

from coaching_events.events.conflict import ConflictEvent
from coaching_events.ids import ConflictId
from coaching_events.registry import EVENTS
from coaching_readmodels import compared
from eventlog import Aggregate, derived_stream
from partnerships.conflict.state import Conflict, Decided, Open, evolve

__all__ = ["conflict_id", "conflicts"]


def _key(conflict: Open | Decided) -> str:
    return conflict.id


conflicts: Aggregate[Open | Decided, ConflictEvent, object] = Aggregate(
    kind="conflict",
    states=TypeAdapter(Conflict),
    events=EVENTS["conflict"],
    evolve=evolve,
    key=_key,
    schema_version=1,
    indexes=(("status", "source"),),
)
"""One stream per source and external id, so a later roster with the same line finds it again."""


def conflict_id(source: str, external_id: str) -> ConflictId:
    """The id of the conflict about this source and external id. It never changes."""
    return ConflictId(derived_stream("conflict", source, compared(external_id)))
