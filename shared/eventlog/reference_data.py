"""Reference data with their types: what is known of a stream has the type that its projection or aggregate gives it."""

from collections.abc import Iterator
from typing import Any, TypeVar, cast

from coaching_events.ids import StreamId, kind_of
from eventlog.aggregate import Aggregate, CatchingUp, ReferenceData
from eventlog.projection import Projection

V = TypeVar("V")

Kind = Projection[V] | Aggregate[V, Any, Any]
"""Whose streams these are, and of which type: read models have that of a projection, documents that of an aggregate."""


def known(reference_data: ReferenceData, kind: Kind[V], stream: StreamId) -> V | None:
    """What is known of a stream; None if nothing is, or if it is a stream of another kind."""
    entry = reference_data.get(stream)
    return None if entry is None or kind_of(stream) != kind.kind else cast("V", entry.value)


def required(reference_data: ReferenceData, kind: Kind[V], stream: StreamId) -> V:
    """What is known of a stream that another one names.

    Raises CatchingUp if it has not arrived here, and TypeError for a stream of another kind, which is a bug.
    """
    if kind_of(stream) != kind.kind:
        raise TypeError(f"{stream} is not a {kind.kind}")
    value = known(reference_data, kind, stream)
    if value is None:
        raise CatchingUp(stream)
    return value


def all_known(reference_data: ReferenceData, kind: Kind[V]) -> Iterator[V]:
    """What is known of all streams of a kind."""
    each = (known(reference_data, kind, stream) for stream in reference_data)
    return (value for value in each if value is not None)
