"""The laws of deadlines: one outcome each, however many workers sweep, and nobody waits for one that fails."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching_events.ids import StreamId
from eventlog import EPOCH, ReferenceData, wall_now
from eventlog import timers as sweep
from eventlog.commands import EventLog
from eventlog.stores import Store, StoreUnavailable
from eventlog.stores.memory import MemoryStore
from eventlog.timers import Deadlines
from tests.contracts.interference import QUIET, Happening, happenings, interfered
from tests.contracts.store_samples import NOON, entry, first, seconds
from tests.contracts.toys import TOPIC, TOYS, Mood, NoReferenceData, Toy, command, move, toy_log, wake


class Still:
    """A clock that stands."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    async def now(self) -> datetime:
        return self.at


async def test_news_are_handled_now_however_long_they_were_on_their_way() -> None:
    asked: list[tuple[datetime, datetime]] = []

    def remembering(toy: Toy, /, *, at: datetime, now: datetime, reference_data: ReferenceData) -> Sequence[Any]:
        asked.append((at, now))
        return ()

    log = toy_log(MemoryStore(TOPIC))
    log.clock = Still(NOON + seconds(7200))
    made = await log.decide(TOYS, StreamId("toy_1"), command("made"), move(1))
    (cause,) = await log.events(TOYS, made.stream)
    await log.wake_one(replace(TOYS, wake=remembering), made.stream, cause)
    assert asked == [(cause.at, NOON + seconds(7200))]


def deadlines(log: EventLog, *, limit: int = 500) -> Deadlines:
    return Deadlines(log, Still(), limit=limit)


async def ringing(store: Store, number: int, *, mood: Mood = "well", name: str = "toy") -> list[StreamId]:
    """So many toys that are due."""
    log = toy_log(store)
    streams = [StreamId(f"toy_{name}_{each}") for each in range(number)]
    for stream in streams:
        await log.decide(TOYS, stream, command(f"make {stream}"), move(1, rings_at=NOON, mood=mood))
    await log.relay.drain()
    return streams


async def rang(store: Store, streams: list[StreamId]) -> list[int]:
    """How often each one rang, by its state and by its history."""
    log = toy_log(store)
    states = [now.state.rang for stream in streams if (now := await log.current(TOYS, stream))]
    histories = [[each.type for each in await store.history(stream)].count("toy-rang") for stream in streams]
    assert states == histories
    return states


async def until_quiet(workers: list[Deadlines]) -> None:
    """Sweep, all at once, until nobody finds anything."""
    while True:
        taken = await asyncio.gather(*(worker.sweep() for worker in workers), return_exceptions=True)
        if not any(taken):
            return


@given(workers=st.integers(1, 4), limit=st.integers(1, 12), plans=st.lists(happenings(QUIET), min_size=4, max_size=4))
async def test_each_deadline_has_one_outcome_however_many_workers_sweep(
    workers: int, limit: int, plans: list[list[Happening]]
) -> None:
    store = MemoryStore(TOPIC)
    streams = await ringing(store, 9)
    sweepers = [deadlines(toy_log(interfered(store, plan)), limit=limit) for plan in plans[:workers]]
    await until_quiet(sweepers)
    assert await rang(store, streams) == [1] * 9
    assert ((await store.outstanding(NOON)).due, await store.next_wake()) == (0, None)
    for each in sweepers:
        await each.log.relay.drain()
    assert (await store.outstanding(NOON)).unpublished == 0


@given(plan=happenings())
async def test_a_database_that_fails_in_between_makes_no_second_outcome(plan: list[Happening]) -> None:
    store = MemoryStore(TOPIC)
    streams = await ringing(store, 3)
    worker = deadlines(toy_log(interfered(store, plan)))
    while (await store.outstanding(NOON)).due:
        try:
            await worker.sweep()
        except StoreUnavailable:
            for stream in streams:  # its claim would run out by itself, later
                await store.lease_until(stream, EPOCH)
    assert await rang(store, streams) == [1] * 3
    await worker.log.relay.drain()


async def test_nothing_is_decided_before_its_moment_and_all_of_it_carries_that_moment() -> None:
    store = MemoryStore(TOPIC)
    (stream,) = await ringing(store, 1)
    early = Deadlines(toy_log(store), Still(NOON - seconds(0.001)))
    assert await early.sweep() == 0
    tolerant = Deadlines(toy_log(store), Still(NOON + seconds(1)), tolerance=seconds(2))
    assert await tolerant.sweep() == 0
    late = Deadlines(toy_log(store), Still(NOON + seconds(3600)))
    assert await late.sweep() == 1
    assert [each.at for each in await store.history(stream)] == [NOON, NOON]
    await late.log.relay.drain()


@pytest.mark.parametrize(
    ("mood", "error"), [("silent", "DecidedNothing"), ("raises", "RuntimeError"), ("huge", "Unstorable")]
)
async def test_one_that_fails_waits_alone_as_a_dead_letter(mood: Mood, error: str) -> None:
    store = MemoryStore(TOPIC)
    (broken,) = await ringing(store, 1, mood=mood, name="broken")
    streams = await ringing(store, 3)
    worker, before = deadlines(toy_log(store)), wall_now()
    await worker.sweep()
    assert await rang(store, [broken, *streams]) == [0, 1, 1, 1]
    (kept,) = await store.dead_letters()
    assert (kept.id, kept.reason) == (f"toys.deadlines|{broken}@1", "failed")
    assert kept.error.startswith(error)
    assert (await store.outstanding(NOON)).due == 1
    assert await store.due(NOON, before, wall_now() + seconds(9), 10) == []
    await worker.log.relay.drain()


async def test_a_state_that_cannot_be_read_does_not_stop_the_others() -> None:
    store = MemoryStore(TOPIC)
    unknown = replace(
        first(StreamId("toy_unknown"), wake_at=NOON), schema_version=7, entries=(replace(entry(1), type="x"),)
    )
    unread = first(StreamId("toy_unread"), wake_at=NOON, state={"path": "not a path"})
    foreign = first(StreamId("kite_1"), wake_at=NOON)
    for write in (unknown, unread, foreign):
        await store.append(write)
    streams = await ringing(store, 3)
    worker = deadlines(toy_log(store))
    await worker.sweep()
    assert await rang(store, streams) == [1] * 3
    assert {each.stream for each in await store.dead_letters()} == {"toy_unknown", "toy_unread", "kite_1"}
    await worker.log.relay.drain()


async def test_one_that_waits_for_facts_is_no_dead_letter_and_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "LONGEST_BACK_OFF", 0.001)
    store = MemoryStore(TOPIC)
    behind = await ringing(store, 1, mood="behind")
    others = await ringing(store, 2, name="other")
    worker = deadlines(toy_log(store))
    await worker.sweep()
    assert await rang(store, [*behind, *others]) == [0, 1, 1]
    assert await store.dead_letters() == []
    worker.log.aggregates = {"toy": replace(TOYS, wake=_cured)}
    await _sweep_until_rung(worker, store, behind)
    await worker.log.relay.drain()


async def test_one_that_goes_well_after_all_is_no_dead_letter_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "LONGEST_BACK_OFF", 0.001)
    store = MemoryStore(TOPIC)
    broken = await ringing(store, 1, mood="raises")
    worker = deadlines(toy_log(store))
    await worker.sweep()
    assert len(await store.dead_letters()) == 1
    worker.log.aggregates = {"toy": replace(TOYS, wake=_cured)}
    await _sweep_until_rung(worker, store, broken)
    assert await store.dead_letters() == []
    await worker.log.relay.drain()


async def test_one_that_fails_backs_off_longer_and_longer_and_counts_its_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def all_of(pause: float) -> float:
        pauses.append(pause)
        return pause

    monkeypatch.setattr(sweep, "jitter", all_of)
    store = MemoryStore(TOPIC)
    (broken,) = await ringing(store, 1, mood="raises")
    worker = deadlines(toy_log(store))
    for _ in range(5):
        await store.lease_until(broken, EPOCH)
        await worker.sweep()
    (kept,) = await store.dead_letters()
    assert kept.tries == 5
    assert pauses[1::2] == [0.1, 0.2, 0.4, 0.8, 1.6]


async def test_a_command_between_reading_and_writing_wins_and_leaves_no_claim() -> None:
    store = MemoryStore(TOPIC)
    streams = await ringing(store, 2)
    hand = toy_log(store)

    class SomebodyActs(NoReferenceData):
        async def read(self, streams: Sequence[StreamId]) -> ReferenceData:
            await hand.decide(TOYS, streams[0], command("moved"), move(5, rings_at=NOON + seconds(60)))
            return {}

    def itself(_: Toy) -> Sequence[StreamId]:
        return streams[:1]

    log = replace(
        toy_log(store), reference_source=SomebodyActs(), aggregates={"toy": replace(TOYS, required_reads=itself)}
    )
    assert await deadlines(log).sweep() == 2
    assert await rang(store, streams) == [0, 1]
    moved = await store.due(NOON + seconds(60), wall_now(), EPOCH, 10)
    assert [(each.stream, each.wake_at) for each in moved] == [(streams[0], NOON + seconds(60))]
    await log.relay.drain()
    await hand.relay.drain()
    assert (await store.outstanding(NOON)).unpublished == 0


def _cured(toy: Any, /, *, at: Any, now: Any, reference_data: Any) -> Any:
    return wake(replace(toy, mood="well"), at=at, now=now, reference_data=reference_data)


async def _sweep_until_rung(worker: Deadlines, store: Store, streams: list[StreamId]) -> None:
    async with asyncio.timeout(5):
        while await rang(store, streams) != [1] * len(streams):
            await worker.sweep()
