"""The laws of a command: a state is its history folded, the same command has one answer, and of rivals one wins."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching_events.envelope import Recorded
from coaching_events.ids import PersonId, StreamId, position
from eventlog import Refused
from eventlog.commands import (
    AppendResult,
    ConcurrencyConflict,
    EventLog,
    IdempotencyKeyReused,
    PreconditionFailed,
    UnknownEvent,
)
from eventlog.consumers import Reaction, Reactions
from eventlog.stores import StoreUnavailable, TooLarge
from eventlog.stores.memory import MemoryStore
from tests.contracts.interference import Happening, happenings, interfered
from tests.contracts.store_samples import NOON, TOY, entry, first, seconds
from tests.contracts.toys import ANNA, TOPIC, TOYS, Toy, ToyMoved, command, move, no_rows, record, take, toy_log

IN_ANOTHER_SHAPE = replace(TOYS, schema_version=2)
MOVES = st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3), max_size=6)


async def path_of(log: EventLog, stream: StreamId = TOY) -> tuple[int, ...]:
    now = await log.current(TOYS, stream)
    return () if now is None else now.state.path


async def published(log: EventLog) -> list[bytes | None]:
    await log.relay.drain()
    publisher: Any = log.relay.publisher
    return [each.value for each in publisher.topics.get(TOPIC, [])]


@given(moves=MOVES)
async def test_a_state_is_its_history_folded(moves: list[list[int]]) -> None:
    log = toy_log(MemoryStore(TOPIC))
    for number, places in enumerate(moves):
        await log.decide(TOYS, TOY, command(f"c{number}"), move(*places))
    now = await log.current(TOYS, TOY)
    folded = None
    for recorded in await log.events(TOYS, TOY):
        folded = TOYS.evolve(folded, recorded)
    anew = await log.current(IN_ANOTHER_SHAPE, TOY)
    assert (now and now.state) == (anew and anew.state) == folded
    assert await path_of(log) == tuple(place for places in moves for place in places)
    history = await log.store.history(TOY)
    assert [each.version for each in history] == list(range(1, len(history) + 1))
    assert now is None or (now.version, now.position) == (len(history), position(TOY, len(history)))


@given(moves=MOVES, again=st.lists(st.integers(0, 5), max_size=8), plan=happenings())
async def test_the_same_command_has_one_answer_whatever_fails_in_between(
    moves: list[list[int]], again: list[int], plan: list[Happening]
) -> None:
    store = MemoryStore(TOPIC)
    log = toy_log(interfered(store, plan))

    async def answer(number: int) -> tuple[str, ...]:
        while True:
            try:
                decided = await log.decide(TOYS, TOY, command(f"c{number}"), move(*moves[number]))
            except StoreUnavailable:
                continue
            return decided.positions

    answers = {number: await answer(number) for number in range(len(moves))}
    for number in again:
        if number in answers and moves[number]:
            assert await answer(number) == answers[number]
    assert await path_of(toy_log(store)) == tuple(place for places in moves for place in places)
    await log.relay.drain()


async def test_a_repeat_after_others_have_written_gets_the_first_answer() -> None:
    log = toy_log(MemoryStore(TOPIC))
    first_answer = await log.decide(TOYS, TOY, command("a"), move(1, 2))
    await log.decide(TOYS, TOY, command("b"), move(3))
    again = await log.decide(TOYS, TOY, command("a"), move(9))
    assert (again.entries, again.positions, again.repeated) == (first_answer.entries, first_answer.positions, True)
    assert (again.position, again.version) == (position(TOY, 2), 3)
    assert await path_of(log) == (1, 2, 3)


async def test_another_request_under_the_same_key_is_told_apart() -> None:
    log = toy_log(MemoryStore(TOPIC))
    await log.decide(TOYS, TOY, command("a", request="move to 1"), move(1))
    with pytest.raises(IdempotencyKeyReused):
        await log.decide(TOYS, TOY, command("a", request="move to 2"), move(2))
    assert (await log.decide(TOYS, TOY, command("a", request="move to 1"), move(1))).repeated


async def test_a_version_that_is_no_longer_the_last_is_stale() -> None:
    log = toy_log(MemoryStore(TOPIC))
    with pytest.raises(PreconditionFailed) as nothing:
        await log.decide(TOYS, TOY, replace(command("a"), if_match=position(TOY, 1)), move(1))
    assert nothing.value.current is None
    await log.decide(TOYS, TOY, command("a"), move(1, 2))
    with pytest.raises(PreconditionFailed) as stale:
        await log.decide(TOYS, TOY, replace(command("b"), if_match=position(TOY, 1)), move(3))
    assert stale.value.current == position(TOY, 2)
    named = replace(command("c"), if_match=position(TOY, 2))
    decided = await log.decide(TOYS, TOY, named, move(3))
    assert (await log.decide(TOYS, TOY, named, move(3))).positions == decided.positions


async def test_twenty_times_the_same_command_at_once_is_one_event() -> None:
    log = toy_log(MemoryStore(TOPIC))
    answers = await asyncio.gather(*(log.decide(TOYS, TOY, command("a"), move(1)) for _ in range(20)))
    assert {answer.positions for answer in answers} == {(position(TOY, 1),)}
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 19
    assert await path_of(log) == (1,)
    assert len(await published(log)) == 1


async def test_of_twenty_who_take_the_same_thing_at_once_one_gets_it() -> None:
    log = toy_log(MemoryStore(TOPIC))
    people = [PersonId(StreamId(f"person_{number}")) for number in range(20)]
    rivals = [log.decide(TOYS, TOY, command(f"by {person}"), take(person)) for person in people]
    answers = await asyncio.gather(*rivals, return_exceptions=True)
    (won,) = (answer for answer in answers if isinstance(answer, AppendResult))
    assert sum(isinstance(answer, Refused) for answer in answers) == 19
    assert won.state == Toy(taken_by=people[answers.index(won)])


async def test_twenty_different_commands_at_once_all_have_their_effect_or_say_that_they_lost() -> None:
    log = toy_log(MemoryStore(TOPIC))
    rivals = [log.decide(TOYS, TOY, command(f"c{number}"), move(number)) for number in range(20)]
    answers = await asyncio.gather(*rivals, return_exceptions=True)
    won = [number for number, answer in enumerate(answers) if isinstance(answer, AppendResult)]
    assert all(isinstance(answer, (AppendResult, ConcurrencyConflict)) for answer in answers)
    assert sorted(await path_of(log)) == won


@pytest.mark.parametrize("before", [0, 1])
async def test_an_answer_that_was_lost_is_found_in_the_history(before: int) -> None:
    store = MemoryStore(TOPIC)
    for number in range(before):
        await toy_log(store).decide(TOYS, TOY, command(f"before {number}"), move(0))
    log = toy_log(interfered(store, ["lost"], only="append"))
    decided = await log.decide(TOYS, TOY, command("a"), move(1))
    assert (decided.positions, decided.repeated) == ((position(TOY, before + 1),), True)
    assert await path_of(log) == (0,) * before + (1,)


async def test_a_write_that_never_came_through_is_made_again() -> None:
    log = toy_log(interfered(MemoryStore(TOPIC), ["away"], only="append"))
    decided = await log.decide(TOYS, TOY, command("a"), move(1))
    assert (decided.positions, decided.repeated) == ((position(TOY, 1),), False)
    assert await path_of(log) == (1,)


async def test_a_database_that_stays_away_is_told() -> None:
    with pytest.raises(StoreUnavailable):
        await toy_log(interfered(MemoryStore(TOPIC), ["away", "away"], only="append")).decide(
            TOYS, TOY, command("a"), move(1)
        )


async def test_a_rule_that_decides_nothing_writes_nothing() -> None:
    log = toy_log(MemoryStore(TOPIC))
    nothing = await log.decide(TOYS, TOY, command("a"), move())
    assert (nothing.entries, nothing.state, nothing.version) == ((), None, 0)
    await log.decide(TOYS, TOY, command("b"), move(1))
    nothing = await log.decide(TOYS, TOY, command("c"), move())
    assert (nothing.positions, nothing.position, nothing.state) == ((), position(TOY, 1), Toy(path=(1,)))
    assert len(await log.store.history(TOY)) == 1


async def test_what_is_refused_leaves_nothing_behind() -> None:
    log = toy_log(MemoryStore(TOPIC))
    await log.decide(TOYS, TOY, command("a"), take())
    with pytest.raises(Refused):
        await log.decide(TOYS, TOY, command("b"), take())
    assert len(await log.store.history(TOY)) == len(await published(log)) == 1


async def test_a_history_does_not_grow_without_end() -> None:
    log = toy_log(MemoryStore(TOPIC))
    await log.decide(TOYS, TOY, command("a"), move(1))
    full = replace((await log.store.states([TOY]))[0], size=4 * 1024 * 1024)
    with pytest.raises(TooLarge):
        await log.store.append(replace(first(), version=full.version, size=full.size))


async def test_an_event_that_this_process_does_not_know_is_not_folded() -> None:
    log = toy_log(MemoryStore(TOPIC))
    await log.store.append(replace(first(), entries=(replace(entry(1), type="toy-painted"),)))
    with pytest.raises(UnknownEvent):
        await log.current(IN_ANOTHER_SHAPE, TOY)


async def test_a_state_folded_anew_is_that_of_the_document_that_was_read() -> None:
    log = toy_log(MemoryStore(TOPIC))
    await log.decide(TOYS, TOY, command("a"), move(1))
    (document,) = await log.store.states([TOY])
    await log.decide(TOYS, TOY, command("b"), move(2))
    read = await log.read(IN_ANOTHER_SHAPE, document)
    assert (read.version, read.state) == (1, Toy(path=(1,)))


async def test_news_that_come_again_start_and_wake_nothing_twice() -> None:
    log = toy_log(MemoryStore(TOPIC))
    news = Recorded(stream=StreamId("other_1"), version=4, at=NOON + seconds(5), event=ToyMoved(by=ANNA, to=7))
    ringing = [StreamId(f"toy_{number}") for number in range(3)]
    for stream in ringing:
        await log.decide(TOYS, stream, command(f"make {stream}"), move(1, rings_at=NOON))
    for _ in range(3):
        await log.start(TOYS, StreamId("toy_new"), news, "when_moved_then_copy", move(news.event.to))
        await log.wake(TOYS, {"mood": "well"}, news)
    assert await path_of(log, StreamId("toy_new")) == (7,)
    for stream in ringing:
        (_, rang) = await log.events(TOYS, stream)
        assert (rang.event.type, rang.at, rang.cause) == ("toy-rang", news.at, "other_1@4")


async def test_a_database_that_goes_away_while_reacting_is_the_batch_s_failure() -> None:
    async def copy(recorded: Recorded[Any], log: EventLog) -> None:
        await log.start(TOYS, StreamId("toy_copy"), recorded, "copy", move(recorded.event.to))

    store = MemoryStore(TOPIC)
    reaction = Reaction("copy", (ToyMoved,), copy)
    with pytest.raises(StoreUnavailable):
        await Reactions(toy_log(interfered(store, ["away"], only="read")), [reaction], no_rows(store)).take(
            [record(StreamId("other_1"), 1), record(StreamId("other_2"), 1)]
        )
    await Reactions(toy_log(store), [reaction], no_rows(store)).take([record(StreamId("other_1"), 1)])
    assert await path_of(toy_log(store), StreamId("toy_copy")) == (100,)
