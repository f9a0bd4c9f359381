"""What an aggregate tells the event log about itself, and the words rules use to answer."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.ids import Position, StreamId, position

S = TypeVar("S")
E = TypeVar("E", bound=Event)
F = TypeVar("F")
S_contra = TypeVar("S_contra", contravariant=True)
E_co = TypeVar("E_co", bound=Event, covariant=True)
F_contra = TypeVar("F_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Timed(Generic[E]):
    """An event whose own instant differs from that of the command or wake which decided it."""

    event: E
    at: datetime


Decision = Sequence[E | Timed[E]]
"""What a rule answers: the events that follow, in order; none if nothing follows."""


class Refused(Exception):
    """A rule says no. ``type`` is a stable kebab-case name, ``detail`` a sentence that a partner understands.

    ``facts`` are what refused it.
    """

    def __init__(
        self, type: str, detail: str, **reference_data: str | int | float | bool | date | datetime | None
    ) -> None:
        super().__init__(detail)
        self.type = type
        self.detail = detail
        self.extensions = reference_data


class NotFound(Exception):
    """There is no such thing, or it is not yours: the two look the same from outside."""


class CatchingUp(Exception):
    """A row that is needed is missing or has a gap: this service has not heard everything yet."""

    def __init__(self, stream: StreamId) -> None:
        super().__init__(f"{stream} has not arrived here yet")
        self.stream = stream


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """What is known of one stream: its value (None once it has none) and the version up to which that holds."""

    stream: StreamId
    at: int
    value: Any

    @property
    def position(self) -> Position:
        """The last event that this fact takes in."""
        return position(self.stream, self.at)


ReferenceData = Mapping[StreamId, ReferenceEntry]
"""What is known of some streams. One that is unknown here, or behind a gap, is not in it."""


def required(reference_data: ReferenceData, stream: StreamId) -> ReferenceEntry:
    """The fact of a stream that another one names; raises CatchingUp if it has not arrived here."""
    entry = reference_data.get(stream)
    if entry is None:
        raise CatchingUp(stream)
    return entry


class Wake(Protocol[S_contra, E_co, F_contra]):
    """``wake(state, at, now, facts)``: given the facts now, what follows? ``at`` is the instant that was due."""

    def __call__(self, state: S_contra, /, *, at: datetime, now: datetime, reference_data: F_contra) -> Decision[E_co]:
        """The events that follow; none if nothing does."""
        ...


def no_required_reads(_: Any) -> Iterable[StreamId]:
    """For aggregates whose rules ask nobody."""
    return ()


def never(_: Any) -> None:
    """For aggregates without deadlines."""


def nothing_follows(_state: Any, /, *, at: datetime, now: datetime, reference_data: Any) -> Sequence[Any]:
    """For aggregates that nothing wakes."""
    return ()


def no_parties(_: Any) -> Collection[StreamId]:
    """For aggregates that are read and commanded by scope alone."""
    return ()


def reference_data_as_read(reference_data: ReferenceData) -> Any:
    """For aggregates whose rules need no view of their own over the facts."""
    return reference_data


@dataclass(frozen=True, kw_only=True)
class Aggregate(Generic[S, E, F]):
    """One kind of stream that a service owns.

    ``needs`` names the streams whose facts its wake reads, ``facts`` makes the rules' view of what was read. ``shape``
    is raised whenever stored states would be read differently: older ones are then folded anew from their history.
    """

    kind: str
    states: TypeAdapter[S]
    events: Mapping[str, type[Any]]
    evolve: Callable[[S | None, Recorded[E]], S]
    key: Callable[[S], str]
    schema_version: int = 1
    wake_at: Callable[[S], datetime | None] = never
    parties: Callable[[S], Collection[StreamId]] = no_parties
    """Who may see and command it; for everybody else it does not exist."""
    required_reads: Callable[[S], Iterable[StreamId]] = no_required_reads
    reference_data: Callable[[ReferenceData], F] = reference_data_as_read
    wake: Wake[S, E, F] = nothing_follows
    indexes: tuple[str | tuple[str, ...], ...] = ()
    """Fields of the state by which lists and wakes find it, such as ``partnership``; several for a sorted list."""


AnyAggregate = Aggregate[Any, Any, Any]
