"""What an aggregate is to the event log, and the answers that rules give."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Generic, Never, Protocol, TypeVar

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
    """An event that happened at another instant than the command or deadline that decided it."""

    event: E
    at: datetime


Decision = Sequence[E | Timed[E]]
"""A rule's answer: the events that follow, in order; none if nothing follows."""


PLACE: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")
"""A place in a sentence: its name, and the grammatical case that the sentence needs there: ``{partner:dative}``."""


def as_text(value: object, case: str | None) -> str:
    """The value as Python writes it, whatever the case."""
    return str(value)


def filled(sentence: str, values: Mapping[str, Any], shown: Callable[[Any, str | None], str] = as_text) -> str:
    """The sentence with these values in its places. A place without a value stays as it is.

    What is in a value is never taken for a place.
    """
    return PLACE.sub(lambda place: shown(values[place[1]], place[2]) if place[1] in values else place[0], sentence)


class Refused(Exception):
    """A rule refuses a command. ``type`` is a stable kebab-case name, ``detail`` a sentence that a partner understands.

    ``extensions`` are the values that led to the refusal. ``detail`` is a constant, which translations find; it names a
    value by its place, as in ``{most}``. The text of the error is the English sentence with its values.
    """

    def __init__(self, type: str, detail: str, **extensions: str | int | float | bool | date | datetime | None) -> None:
        super().__init__(filled(detail, extensions))
        self.type = type
        self.detail = detail
        self.extensions = extensions


class CannotFollow(ValueError):
    """An event that cannot follow in its stream: the state before it rules it out."""

    def __init__(self, recorded: Recorded[Any]) -> None:
        super().__init__(f"a {recorded.event.type} cannot follow in {recorded.stream}")


class NotFound(Exception):
    """There is no such thing, or the caller may not know of it: both look the same from outside."""


class CatchingUp(Exception):
    """A required read model is missing or has a gap: this service has not received all events yet."""

    def __init__(self, stream: StreamId) -> None:
        super().__init__(f"{stream} has not arrived here yet")
        self.stream = stream


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """What is known of one stream: its value (None once it has none) and the version up to which it holds.

    ``known``, ``required`` and ``all_known`` of this package give the value its type.
    """

    stream: StreamId
    at: int
    value: object

    @property
    def position(self) -> Position:
        """The last event that the value takes in."""
        return position(self.stream, self.at)


ReferenceData = Mapping[StreamId, ReferenceEntry]
"""What is known of some streams. A stream that is unknown here or has a gap is left out."""


class Wake(Protocol[S_contra, E_co, F_contra]):
    """``wake(state, at=, now=, reference_data=)`` answers what follows. ``at`` is the instant that was due."""

    def __call__(self, state: S_contra, /, *, at: datetime, now: datetime, reference_data: F_contra) -> Decision[E_co]:
        """The events that follow; at the moment of ``wake_at`` there is at least one."""
        ...


def no_required_reads(_: object) -> Iterable[StreamId]:
    """For aggregates whose rules need no other stream."""
    return ()


def never(_: object) -> None:
    """For aggregates without deadlines."""


def nothing_follows(_state: object, /, *, at: datetime, now: datetime, reference_data: object) -> Sequence[Never]:
    """For aggregates that no deadline or event wakes."""
    return ()


def no_parties(_: object) -> Collection[StreamId]:
    """For aggregates that are read and commanded by scope alone."""
    return ()


def reference_data_as_read(reference_data: ReferenceData) -> Any:  # F is then ReferenceData, which no default can say
    """For aggregates whose rules read the reference data as it is."""
    return reference_data


@dataclass(frozen=True, kw_only=True)
class Aggregate(Generic[S, E, F]):
    """One kind of stream that a service owns.

    ``required_reads`` names the streams that its wake reads, ``reference_data`` makes the rules' view of what was read.
    Raise ``schema_version`` whenever stored states would be read differently: older states are then folded again from
    their history.
    """

    kind: str
    states: TypeAdapter[S]
    events: Mapping[str, type[Event]]
    evolve: Callable[[S | None, Recorded[E]], S]
    key: Callable[[S], str]
    schema_version: int = 1
    wake_at: Callable[[S], datetime | None] = never
    parties: Callable[[S], Collection[StreamId]] = no_parties
    """The people who may see and command it; for everybody else it does not exist."""
    required_reads: Callable[[S], Iterable[StreamId]] = no_required_reads
    reference_data: Callable[[ReferenceData], F] = reference_data_as_read
    wake: Wake[S, E, F] = nothing_follows
    indexes: tuple[str | tuple[str, ...], ...] = ()
    """Fields of the state by which lists and wakes find it, such as ``partnership``; a tuple for a sorted list."""


AnyAggregate = Aggregate[Any, Any, Any]
Decidable = Aggregate[S, E, Any]
"""An aggregate of these states and events, whatever view of reference data its wake takes."""
