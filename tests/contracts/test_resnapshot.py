"""What is stored in another shape is folded again without an event, whoever writes meanwhile."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.ids import StreamId
from eventlog import Aggregate, ReferenceData, wall_now
from eventlog.commands import EventLog
from eventlog.resnapshot import BATCH, ResnapshotProgress, resnapshot
from eventlog.stores import Store
from eventlog.stores.memory import MemoryStore
from tests.contracts.interference import QUIET, Happening, happenings, interfered
from tests.contracts.store_samples import NOON, TOY, entry, first, following, seconds, there
from tests.contracts.toys import TOPIC, TOYS, ToyMoved, command, move, toy_log

STREAMS = [StreamId(f"toy_{number}") for number in range(4)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A toy as a newer version keeps it: how often it was moved; it rings a second later than it used to."""

    moves: int = 0
    rings_at: datetime | None = None


def count(toy: Counted | None, recorded: Recorded[Any]) -> Counted:
    match recorded.event:
        case ToyMoved(rings_at=rings_at):
            later = None if rings_at is None else rings_at + seconds(1)
            return Counted(moves=(toy.moves if toy else 0) + 1, rings_at=later)
        case other:
            raise AssertionError(other)


COUNTED = Aggregate[Counted, Event, ReferenceData](
    kind="toy",
    states=TypeAdapter(Counted),
    events=TOYS.events,
    evolve=count,
    key=lambda _: "nobody",
    schema_version=2,
    wake_at=lambda toy: toy.rings_at,
)


def newer(store: Store) -> EventLog:
    log = toy_log(store)
    return replace(log, aggregates={"toy": COUNTED})


async def in_another_shape(store: Store, streams: list[StreamId], rings_at: datetime | None = None) -> None:
    log = toy_log(store)
    for stream in streams:
        await log.decide(TOYS, stream, command("made"), move(1, 2, rings_at=rings_at))
    await log.relay.drain()


def quietly(_: ResnapshotProgress) -> None: ...


async def test_documents_in_another_shape_are_found_in_parts(store: Store):
    for stream in (*STREAMS, StreamId("toys_other")):
        await store.append(first(stream))
    await store.append(replace(first(StreamId("toy_9")), schema_version=2))
    start = await store.with_other_schema("toy", 2, limit=3)
    rest = await store.with_other_schema("toy", 2, after=start[-1].stream, limit=3)
    assert [document.stream for document in (*start, *rest)] == STREAMS
    assert await store.with_other_schema("toy", 2, after=STREAMS[-1]) == []
    assert [document.stream for document in await store.with_other_schema("toy", 1)] == ["toy_9"]


async def test_a_state_is_stored_anew_and_all_else_stays(store: Store):
    await store.append(first(wake_at=NOON, words={"w": "Danke"}))
    (claimed,) = await store.due(NOON, wall_now(), wall_now() + seconds(30), 1)
    before = await there(store)
    anew = replace(claimed, state={"moves": 1}, schema_version=2, wake_at=NOON + seconds(1))
    assert await store.resnapshot([anew]) == 1
    assert await there(store) == replace(before, state={"moves": 1}, schema_version=2, wake_at=NOON + seconds(1))
    assert (await store.history(TOY), await store.personal_texts(TOY)) == ((entry(1),), {"w": "Danke"})
    assert ((await store.outstanding(NOON)).unpublished, await store.next_wake()) == (1, NOON + seconds(1))
    assert await store.due(NOON + seconds(1), wall_now(), wall_now() + seconds(9), 1) == []
    assert await store.resnapshot([replace(anew, wake_at=None)]) == 1
    assert await store.next_wake() is None


async def test_a_document_that_has_moved_on_is_left_as_it_is(store: Store):
    await store.append(first())
    await store.append(first(StreamId("toy_b")))
    read = [await there(store), await there(store, StreamId("toy_b"))]
    await store.append(following(read[0], wake_at=NOON))
    moved = await there(store)
    never = replace(read[0], stream=StreamId("toy_never"))
    anew = [replace(each, state={"moves": 1}, schema_version=2, wake_at=NOON) for each in (*read, never)]
    assert await store.resnapshot(anew) == 1
    assert await store.resnapshot([]) == 0
    assert await there(store) == moved
    assert (await there(store, StreamId("toy_b"))).schema_version == 2


async def test_everything_is_restated_without_an_event(store: Store):
    await in_another_shape(store, STREAMS, rings_at=NOON)
    log = newer(store)
    before = {stream: await store.history(stream) for stream in STREAMS}
    restated = await resnapshot(log, COUNTED, quietly)
    assert str(restated) == "toy: 4 snapshots stored at schema version 2"
    for stream in STREAMS:
        document = await there(store, stream)
        assert (document.version, document.published, document.schema_version) == (2, 2, 2)
        assert document.state["moves"] == 2
        assert document.wake_at == NOON + seconds(1)
        assert await store.history(stream) == before[stream]
    assert await store.with_other_schema("toy", 2) == []
    assert (await resnapshot(log, COUNTED, quietly)).done == 0


async def test_what_cannot_be_folded_is_named_and_stops_no_other(store: Store):
    await in_another_shape(store, STREAMS)
    flown = StreamId("toy_flown")
    await store.append(replace(first(flown), schema_version=7, entries=(replace(entry(1), type="toy-flown"),)))
    told = str(await resnapshot(newer(store), COUNTED, quietly))
    assert told == "toy: 4 snapshots stored at schema version 2, 1 cannot be folded: toy_flown (UnknownEvent)"
    assert (await there(store, flown)).schema_version == 7


async def test_one_that_was_killed_is_begun_again_and_finds_the_rest():
    store = MemoryStore(TOPIC)
    await in_another_shape(store, [StreamId(f"toy_{number:04}") for number in range(BATCH + 50)])

    class Killed(BaseException):
        pass

    def killed(_: ResnapshotProgress) -> None:
        raise Killed

    with pytest.raises(Killed):
        await resnapshot(newer(store), COUNTED, killed)
    assert len(await store.with_other_schema("toy", 2)) == 50
    assert (await resnapshot(newer(store), COUNTED, quietly)).done == 50


@settings(max_examples=50)  # who loses a race waits a moment
@given(of_resnapshotting=happenings(QUIET), of_old=happenings(QUIET), of_new=happenings(QUIET))
async def test_commands_that_race_it_lose_nothing(
    of_resnapshotting: list[Happening], of_old: list[Happening], of_new: list[Happening]
) -> None:
    store = MemoryStore(TOPIC)
    await in_another_shape(store, STREAMS)

    async def commands(log: EventLog, aggregate: Any, name: str, each: int) -> None:
        for number in range(each):
            for stream in STREAMS:
                rule = cast(Any, move(number, rings_at=NOON))
                await log.decide(aggregate, stream, command(f"{name}{number}"), rule)

    restating, old, new = (interfered(store, plan) for plan in (of_resnapshotting, of_old, of_new))
    restated, _, _ = await asyncio.gather(
        resnapshot(newer(restating), COUNTED, quietly),
        commands(toy_log(old), TOYS, "old", 1),
        commands(newer(new), COUNTED, "new", 5),
    )
    assert restated.unfit == 0
    await resnapshot(newer(store), COUNTED, quietly)
    for stream in STREAMS:
        document = await there(store, stream)
        assert (document.version, document.schema_version, document.state["moves"]) == (8, 2, 8)
        assert document.wake_at == NOON + seconds(1)
        assert len({each.command for each in await store.history(stream)}) == 7
