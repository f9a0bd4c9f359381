"""A position says what it holds: one that comes again with another content is a letter for a person, never silence."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from coaching_events.envelope import TYPE_PREFIX
from coaching_events.event import Event
from coaching_events.ids import StreamId
from eventlog.consumers import DeadLetters, Projections, Reactions
from eventlog.consumers.digests import REMEMBERED
from eventlog.consumers.projections import FEW
from eventlog.stores import DeadLetter, ReadModel, Store
from eventlog.stores.documents import ReadModelWrite
from eventlog.stores.memory import MemoryPublisher, MemoryRecord, MemoryStore
from tests.contracts.toys import (
    ANNA,
    TOPIC,
    TOYS,
    ToyMoved,
    ToyRang,
    ToyTaken,
    command,
    move,
    no_rows,
    path,
    record,
    records,
    toy_log,
    toy_rows,
)

A, B = StreamId("toy_a"), StreamId("toy_b")
HANDLER = "toys.projections"
FORGED = ToyMoved(by=ANNA, to=7)


def rows_over(store: Store) -> Projections:
    return Projections(HANDLER, store, [toy_rows()])


def letters_of(store: Store) -> DeadLetters:
    return DeadLetters("toys", store, rows_over(store), Reactions(toy_log(store), (), no_rows(store)))


async def other(store: Store) -> list[DeadLetter]:
    """What has come for known positions with another content."""
    return await store.dead_letters(reason="other-content")


async def row(store: Store, stream: StreamId = A) -> ReadModel:
    return (await store.read_models([stream]))[stream]


def forged(version: int, event: Event = FORGED) -> MemoryRecord:
    return record(A, version, event)


async def test_a_true_event_that_comes_after_a_forged_one_is_kept_and_counted(store: Store):
    name, reason = "tandem_records_dead_lettered_total", {"reason": "other-content"}
    counted = REGISTRY.get_sample_value(name, reason) or 0.0
    await rows_over(store).take([*records(A, 1, 2), forged(3)])
    await rows_over(store).take([record(A, 3), record(A, 4), record(B, 1)])
    (letter,) = await other(store)
    assert (letter.stream, letter.version, letter.raw) == (A, 3, record(A, 3).value)
    assert REGISTRY.get_sample_value(name, reason) == counted + 1
    assert await row(store) == ReadModel(A, 4, {"path": [100, 200, 7, 400]}), "the stream goes on"
    assert await row(store, B) == ReadModel(B, 1, path(1))


async def test_every_content_of_a_position_is_kept_once_however_often_it_comes(store: Store):
    await rows_over(store).take(records(A, 1, 3))
    second = forged(2, ToyMoved(by=ANNA, to=8))
    for _ in range(2):
        await rows_over(store).take([forged(2), second])
    assert {letter.raw for letter in await other(store)} == {forged(2).value, second.value}
    assert await row(store) == ReadModel(A, 3, path(3))


@pytest.mark.parametrize(
    "again",
    [
        {"ce_traceparent": b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
        {"traceparent": b"whatever", "sent-by": None},
        {"ce_partitionkey": b"another"},
    ],
    ids=str,
)
async def test_what_is_sent_again_under_another_trace_is_the_same(again: Mapping[str, bytes | None]):
    store = MemoryStore()
    await rows_over(store).take(records(A, 1, 3))
    await rows_over(store).take([record(A, version, changed=again) for version in (1, 2, 3)])
    assert await store.dead_letters() == []


@pytest.mark.parametrize(
    "changed", [{"ce_time": b"2026-03-02T12:00:00.124Z"}, {"ce_causationid": b"toy_b@1"}], ids=["time", "cause"]
)
async def test_another_time_or_cause_is_another_content(changed: Mapping[str, bytes | None]):
    store = MemoryStore()
    await rows_over(store).take([record(A, 1), record(A, 1, changed=changed)])
    assert [letter.version for letter in await other(store)] == [1]


async def test_types_that_a_row_does_not_follow_are_told_apart_too():
    store = MemoryStore()
    rang = ToyRang(by=ANNA)
    await rows_over(store).take([record(A, 1), record(A, 2, rang), record(A, 2, rang, kind="toy-painted")])
    assert [letter.headers["ce_type"] for letter in await other(store)] == [f"{TYPE_PREFIX}toy-painted"]


async def test_two_contents_of_a_position_that_comes_too_early_are_both_kept():
    store = MemoryStore()
    await rows_over(store).take([record(A, 1), record(A, 3)])
    await rows_over(store).take([forged(3)])
    assert {(each.reason, each.raw) for each in await store.dead_letters()} == {
        ("gap", record(A, 3).value),
        ("other-content", forged(3).value),
    }
    await rows_over(store).take([record(A, 2)])
    assert await row(store) == ReadModel(A, 3, path(3)), "the first that came is taken, and no mark is left"
    assert [letter.raw for letter in await other(store)] == [forged(3).value]


@pytest.mark.parametrize("streams", [1, FEW + 1], ids=["few streams", "many streams"])
async def test_a_stream_that_begins_twice_is_noticed(streams: int):
    store, many = MemoryStore(), [StreamId(f"toy_{number}") for number in range(streams)]
    await rows_over(store).take([record(stream, 1) for stream in many])
    await rows_over(store).take([record(stream, 1, FORGED) for stream in many])
    assert {letter.stream for letter in await other(store)} == {*many}


@given(version=st.integers(1, REMEMBERED + 20), batch=st.integers(1, REMEMBERED + 20))
async def test_as_many_positions_are_compared_as_a_row_remembers(version: int, batch: int):
    last = REMEMBERED + 20
    store = MemoryStore()
    for first in range(1, last + 1, batch):
        await rows_over(store).take(records(A, first, min(last, first + batch - 1)))
    await rows_over(store).take([forged(version)])
    assert [letter.version for letter in await other(store)] == ([version] if version > last - REMEMBERED else [])


async def test_the_rows_of_before_compare_from_their_next_event_on():
    store = MemoryStore()
    await store.write_read_models([ReadModelWrite(ReadModel(A, 3, path(3)), None)])
    await rows_over(store).take([forged(3), record(A, 4), forged(4)])
    assert [letter.version for letter in await other(store)] == [4]


async def test_what_the_relay_sends_again_after_its_store_has_kept_it_is_the_same_to_the_byte():
    rows, publisher = MemoryStore(), MemoryPublisher()
    log = toy_log(MemoryStore(), publisher)
    await log.decide(TOYS, A, command("one"), move(1, 2))
    await log.decide(TOYS, A, command("two"), move(3))
    await log.relay.drain()
    await log.relay.resend(A)
    assert len(publisher.topics[TOPIC]) == 6
    await rows_over(rows).take(publisher.topics[TOPIC])
    assert await rows.dead_letters() == []


async def test_a_forged_record_that_came_late_is_discarded_and_never_told_of_again(store: Store):
    await rows_over(store).take(records(A, 1, 3))
    await rows_over(store).take([forged(2)])
    (letter,) = await other(store)
    assert "is discarded" in await letters_of(store).discard(letter.id, by="rosa", why="forged")
    assert await row(store) == ReadModel(A, 3, path(3))
    await rows_over(store).take([forged(2), record(A, 4)])
    assert await store.dead_letters() == []
    assert await row(store) == ReadModel(A, 4, path(4))


async def test_a_true_event_that_came_late_is_taken_when_its_stream_is_sent_again(store: Store):
    await rows_over(store).take([record(A, 1), forged(2), record(A, 3)])
    await rows_over(store).take([record(A, 2)])
    (letter,) = await other(store)
    assert "python -m toys resend toy_a" in await letters_of(store).replay(letter.id)
    assert ((await row(store)).value, bool((await row(store)).gaps)) == (None, True), "nothing is known of it"
    await rows_over(store).take([record(A, 4)])
    await rows_over(store).take([record(A, 1)])
    assert ((await row(store)).at, bool((await row(store)).gaps)) == (1, True), "it has not come so far yet"
    for version in (2, 3, 4):
        await rows_over(store).take([record(A, version)])
    assert await row(store) == ReadModel(A, 4, path(4))
    assert await store.dead_letters() == []
    await rows_over(store).take([forged(2)])
    assert [letter.raw for letter in await other(store)] == [forged(2).value]


async def test_a_letter_whose_content_the_row_holds_is_dropped():
    store = MemoryStore()
    await rows_over(store).take([*records(A, 1, 2), forged(2)])
    (letter,) = await other(store)
    true = record(A, 2)
    same = {name: value.decode() for name, value in true.headers}
    await store.put_dead_letters([replace(letter, raw=true.value or b"", headers=same)])
    assert "holds this content" in await letters_of(store).replay(letter.id)
    assert await store.dead_letters() == []


async def test_a_position_that_was_passed_over_holds_whatever_comes(store: Store):
    await rows_over(store).take([record(A, 1), record(A, 2, value=b"{"), record(A, 3)])
    await letters_of(store).discard(f"{HANDLER}|{A}@2", by="rosa", why="spoilt")
    await rows_over(store).take([record(A, 2), record(A, 3), record(A, 4, ToyTaken(by=ANNA))])
    assert await store.dead_letters() == []
    assert (await row(store)).at == 4
