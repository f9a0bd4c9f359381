"""What a projection is: a row for each stream of a kind, folded from its events exactly as an aggregate is. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.ids import StreamId

V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class Projection(Generic[V]):
    """What a service keeps of another's streams of one kind. Types not in ``events`` only move the row's version.

    ``indexes`` are fields of the value by which rows are found. ``replaces``: every event says everything anew, so
    what was known last before a gap goes on to hold until the gap closes. ``parties`` are the people who may know that
    the stream exists; without it all may.
    """

    kind: str
    values: TypeAdapter[V]
    events: Mapping[str, type[Event]]
    evolve: Callable[[V | None, Recorded[Any]], V | None]
    indexes: tuple[str, ...] = ()
    replaces: bool = False
    parties: Callable[[StreamId, V], Collection[StreamId]] | None = None


AnyProjection = Projection[Any]
