"""The smallest service: toys that are moved, taken once, and ring. What the event log promises is shown on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import TypeAdapter

from coaching_events.envelope import Envelope, Recorded, headers
from coaching_events.event import Event
from coaching_events.ids import PersonId, RuleName, StreamId
from eventlog import Aggregate, CatchingUp, Decision, Projection, ReferenceData, Refused
from eventlog.commands import CommandContext, EventLog, Rule
from eventlog.consumers import Projections
from eventlog.outbox import OutboxRelay
from eventlog.outbox.relay import Publisher
from eventlog.stores import Store, Where
from eventlog.stores.memory import MemoryPublisher, MemoryRecord
from tests.contracts.store_samples import NOON

TOPIC = "coaching.toys.v1"
ANNA = PersonId(StreamId("person_anna"))
THE_CLOCK = RuleName("rule:clock")

Mood = Literal["well", "raises", "silent", "behind", "huge"]


class ToyMoved(Event):
    type: ClassVar[str] = "toy-moved"
    to: int
    rings_at: datetime | None = None
    mood: Mood = "well"


class ToyTaken(Event):
    type: ClassVar[str] = "toy-taken"


class ToyRang(Event):
    type: ClassVar[str] = "toy-rang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Toy:
    """``mood`` is what it does when it wakes."""

    status: Literal["toy"] = "toy"
    path: tuple[int, ...] = ()
    taken_by: str | None = None
    rings_at: datetime | None = None
    rang: int = 0
    mood: Mood = "well"


def evolve(toy: Toy | None, recorded: Recorded[Any]) -> Toy:
    toy = toy or Toy()
    match recorded.event:
        case ToyMoved(to=to, rings_at=rings_at, mood=mood):
            return replace(toy, path=(*toy.path, to), rings_at=rings_at, mood=mood)
        case ToyTaken(by=by):
            return replace(toy, taken_by=by)
        case ToyRang():
            path = (*toy.path, 2**70) if toy.mood == "huge" else toy.path
            return replace(toy, rang=toy.rang + 1, rings_at=None, path=path)
        case _:
            raise AssertionError(recorded.event)


def wake(toy: Toy, /, *, at: datetime, now: datetime, reference_data: ReferenceData) -> Decision[Event]:
    match toy.mood:
        case "well" | "huge":
            return [ToyRang(by=THE_CLOCK)] if toy.rings_at is not None and toy.rings_at <= at else ()
        case "silent":
            return ()
        case "behind":
            raise CatchingUp(StreamId("person_slow"))
        case "raises":
            raise RuntimeError("this toy is broken")


def _owner(toy: Toy) -> str:
    return toy.taken_by or "nobody"


def _rings_at(toy: Toy) -> datetime | None:
    return toy.rings_at


TOYS = Aggregate[Toy, Event, ReferenceData](
    kind="toy",
    states=TypeAdapter(Toy),
    events={event.type: event for event in (ToyMoved, ToyTaken, ToyRang)},
    evolve=evolve,
    key=_owner,
    wake_at=_rings_at,
    wake=wake,
)


def move(*to: int, rings_at: datetime | None = None, mood: Mood = "well") -> Rule[Toy, Event]:
    """Anna moves a toy, from place to place."""

    async def rule(toy: Toy | None) -> Decision[Event]:
        return [ToyMoved(by=ANNA, to=place, rings_at=rings_at, mood=mood) for place in to]

    return rule


def take(by: PersonId = ANNA) -> Rule[Toy, Event]:
    """Only one can have it."""

    async def rule(toy: Toy | None) -> Decision[Event]:
        if toy is not None and toy.taken_by is not None:
            raise Refused("taken", "somebody else has it")
        return [ToyTaken(by=by)]

    return rule


def command(name: str, *, request: str = "") -> CommandContext:
    return CommandContext(id=f"{ANNA}|{name}", at=NOON, request=request)


@dataclass(frozen=True)
class NoReferenceData:
    """A service that knows nothing of others; ``behind`` is raised if it should."""

    known: ReferenceData = field(default_factory=dict[StreamId, Any])

    async def read(self, streams: Sequence[StreamId]) -> ReferenceData:
        return self.known

    async def named(self, kind: str, where: Where, field: str) -> ReferenceData:
        return self.known


def toy_log(store: Store, publisher: Publisher | None = None) -> EventLog:
    relay = OutboxRelay("toys", TOPIC, store, publisher or MemoryPublisher())
    return EventLog("toys", store, relay, NoReferenceData(), {"toy": TOYS})


@dataclass(frozen=True, slots=True)
class Seen:
    """What another service keeps of a toy: where it was, in order."""

    path: tuple[int, ...] = ()


BROKEN = 13
"""A place whose fold raises."""
HUGE = 2**70
"""A place that no database can hold."""


def _seen(seen: Seen | None, recorded: Recorded[Any]) -> Seen | None:
    match recorded.event:
        case ToyMoved(to=place):
            if place == BROKEN:
                raise RuntimeError("nobody goes there")
            return Seen((*(seen.path if seen else ()), place))
        case _:
            return None


def toy_rows(broken: bool = True) -> Projection[Seen]:
    """Follows moves; a toy that was taken has no value any more. Where it is not ``broken`` every place is good."""
    return Projection(
        kind="toy",
        values=TypeAdapter(Seen),
        events={ToyMoved.type: ToyMoved, ToyTaken.type: ToyTaken},
        evolve=_seen if broken else _seen_everywhere,
    )


def no_rows(store: Store) -> Projections:
    """Of a service that keeps no row of toys."""
    return Projections("toys.projections", store, ())


def _seen_everywhere(seen: Seen | None, recorded: Recorded[Any]) -> Seen:
    return Seen((*(seen.path if seen else ()), recorded.event.to))


def record(
    stream: StreamId,
    version: int,
    event: Event | None = None,
    *,
    value: bytes | None = None,
    offset: int = 0,
    changed: Mapping[str, bytes | None] | None = None,
    kind: str | None = None,
) -> MemoryRecord:
    """An event as it comes from Kafka; by default a move to the place of its version."""
    event = event or ToyMoved(by=ANNA, to=version * 100)
    envelope = Envelope(
        stream=stream, version=version, type=kind or event.type, source="/toys", at=NOON, key=str(stream)
    )
    named: dict[str, Any] = {name: text.encode() for name, text in headers(envelope).items()} | dict(changed or {})
    return MemoryRecord(
        TOPIC, 0, offset, event.model_dump_json().encode() if value is None else value, [*named.items()]
    )


def records(stream: StreamId, since: int, until: int) -> list[MemoryRecord]:
    return [record(stream, version) for version in range(since, until + 1)]


def path(until: int) -> dict[str, Any]:
    """The value of the row of a toy whose moves were all seen up to a version."""
    return {"path": [version * 100 for version in range(1, until + 1)]}
