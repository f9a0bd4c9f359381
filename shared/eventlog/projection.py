"""What a projection is: one read model for each stream of a kind, folded from its events. Pure."""

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
    """What a service keeps of another service's streams of one kind.

    A type of event that is not in ``events`` only moves the version of the read model. ``indexes`` are fields of the
    value by which read models are found. With ``replaces`` every event states the whole value: then the last value
    before a gap still holds. ``parties`` are the people who may know that the stream exists; without it all may.
    """

    kind: str
    values: TypeAdapter[V]
    events: Mapping[str, type[Event]]
    evolve: Callable[[V | None, Recorded[Any]], V | None]
    indexes: tuple[str, ...] = ()
    replaces: bool = False
    parties: Callable[[StreamId, V], Collection[StreamId]] | None = None


AnyProjection = Projection[Any]
