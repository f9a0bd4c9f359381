"""What a row promises: complete, in order, never folded over a hole, whatever comes twice, late, broken or at once."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from coaching_events.ids import StreamId
from eventlog.consumers import ProjectedReferenceSource, Projections
from eventlog.consumers.projections import FEW
from eventlog.stores import DeadLetter, ReadModel, Reason, Store, StoreUnavailable
from eventlog.stores.documents import Discard, ReadModelWrite
from eventlog.stores.memory import MemoryRecord, MemoryStore
from tests.contracts.interference import QUIET, Happening, happenings, interfered
from tests.contracts.store_samples import NOON
from tests.contracts.toys import ANNA, BROKEN, HUGE, ToyMoved, ToyRang, ToyTaken, path, record, records, toy_rows

STREAMS = [StreamId("toy_a"), StreamId("toy_b"), StreamId("toy_c")]
A, B, _ = STREAMS
HANDLER = "toys.projections"
LONGEST = 6

Delivery = Sequence[tuple[StreamId, int]]
"""Which events come, in which order."""


def rows_over(store: Store, *, broken: bool = True) -> Projections:
    return Projections(HANDLER, store, [toy_rows(broken)])


async def letters(store: Store) -> list[tuple[Reason, str]]:
    """What is set aside: reason and position, in order of position."""
    kept = await store.dead_letters(handler=HANDLER)
    return sorted(((each.reason, f"{each.stream}@{each.version}") for each in kept), key=lambda pair: pair[1])


@st.composite
def cut(draw: st.DrawFn, delivery: Delivery) -> list[list[MemoryRecord]]:
    """Cut into batches."""
    batches: list[list[MemoryRecord]] = [[]]
    for stream, version in delivery:
        if draw(st.booleans()):
            batches.append([])
        batches[-1].append(record(stream, version))
    return batches


@st.composite
def in_order_for_each_stream(draw: st.DrawFn) -> list[list[MemoryRecord]]:
    """What the relay promises: first occurrences in order for each stream; duplicates and other streams anywhere."""
    reached = dict.fromkeys(STREAMS, 0)
    delivery: list[tuple[StreamId, int]] = []
    for stream in draw(st.lists(st.sampled_from(STREAMS), max_size=18)):
        if reached[stream] and (reached[stream] == LONGEST or draw(st.booleans())):
            delivery.append((stream, draw(st.integers(1, reached[stream]))))
        else:
            reached[stream] += 1
            delivery.append((stream, reached[stream]))
    return draw(cut(delivery))


@st.composite
def in_any_order(draw: st.DrawFn) -> list[list[MemoryRecord]]:
    """Every event at least once, in any order at all."""
    every = [(stream, version) for stream in STREAMS for version in range(1, LONGEST + 1)]
    twice = draw(st.lists(st.sampled_from(every), max_size=10))
    return draw(cut(draw(st.permutations(every + twice))))


def complete(waiting: int = 0) -> dict[StreamId, ReadModel]:
    return {stream: ReadModel(stream, LONGEST, path(LONGEST), waiting) for stream in STREAMS}


def delivered(batches: Sequence[Sequence[MemoryRecord]]) -> dict[StreamId, set[int]]:
    came: dict[StreamId, set[int]] = {}
    for each in chain.from_iterable(batches):
        stream, _, version = dict(each.headers)["ce_id"].decode().rpartition("@")
        came.setdefault(StreamId(stream), set()).add(int(version))
    return came


@given(batches=in_order_for_each_stream())
async def test_duplicates_and_interleaved_streams_change_no_row(batches: list[list[MemoryRecord]]) -> None:
    store = MemoryStore()
    for batch in batches:
        await rows_over(store).take(batch)
    reached = {stream: max(versions) for stream, versions in delivered(batches).items()}
    assert await store.read_models(STREAMS) == {
        stream: ReadModel(stream, at, path(at)) for stream, at in reached.items()
    }
    assert await letters(store) == []


@given(batches=in_any_order())
async def test_a_row_is_never_folded_over_a_hole_and_all_is_applied_when_it_closes(
    batches: list[list[MemoryRecord]],
) -> None:
    store = MemoryStore()
    for number, batch in enumerate(batches, 1):
        await rows_over(store).take(batch)
        for stream, came in delivered(batches[:number]).items():
            at = next(version for version in range(LONGEST + 1) if version + 1 not in came)
            row = (await store.read_models([stream]))[stream]
            behind = sorted(version for version in came if version > at)
            assert (row.at, row.value or path(0), bool(row.gaps)) == (at, path(at), bool(behind))
            kept = await store.dead_letters(streams=[stream])
            assert sorted((each.reason, each.version) for each in kept) == [("gap", version) for version in behind]
    assert await store.read_models(STREAMS) == complete()
    assert await letters(store) == []


@given(batches=in_any_order(), plan=happenings())
async def test_a_database_that_fails_in_between_changes_no_row(
    batches: list[list[MemoryRecord]], plan: list[Happening]
) -> None:
    store = MemoryStore()
    projections = rows_over(interfered(store, plan))
    for batch in batches:
        while True:
            try:
                await projections.take(batch)
            except StoreUnavailable:
                continue
            break
    assert await store.read_models(STREAMS) == complete()
    assert await letters(store) == []


@given(batches=in_any_order(), workers=st.integers(2, 4), plans=st.lists(happenings(QUIET), min_size=4, max_size=4))
async def test_consumers_that_meet_over_a_stream_lose_nothing(
    batches: list[list[MemoryRecord]], workers: int, plans: list[list[Happening]]
) -> None:
    store = MemoryStore()

    async def consume(worker: int) -> None:
        projections = rows_over(interfered(store, plans[worker]))
        for batch in batches[worker::workers]:
            await projections.take(batch)

    await asyncio.gather(*(consume(worker) for worker in range(workers)))
    assert await store.read_models(STREAMS) == complete()
    assert await letters(store) == []


class Watched(MemoryStore):
    """Remembers what is looked for, and what was ever set aside."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_for: list[set[StreamId]] = []
        self.ever_aside: list[DeadLetter] = []

    async def read_models(self, streams: Collection[StreamId]) -> dict[StreamId, ReadModel]:
        if streams:
            self.looked_for.append(set(streams))
        return await super().read_models(streams)

    async def put_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        self.ever_aside += letters
        await super().put_dead_letters(letters)


async def test_of_few_streams_only_those_that_go_on_are_looked_for() -> None:
    store = Watched()
    await rows_over(store).take(records(A, 1, 2))
    assert store.looked_for == []
    await rows_over(store).take([record(A, 3), record(B, 1)])
    assert store.looked_for == [{A}]
    assert await store.read_models([A, B]) == {A: ReadModel(A, 3, path(3)), B: ReadModel(B, 1, path(1))}


async def test_of_many_streams_all_are_looked_for_as_they_may_be_read_again() -> None:
    store, many = Watched(), [StreamId(f"toy_{number}") for number in range(FEW + 1)]
    await rows_over(store).take([record(stream, 1) for stream in many])
    assert store.looked_for == [set(many)]


async def test_events_that_come_again_without_those_between_them_set_nothing_aside() -> None:
    store = Watched()
    await rows_over(store).take(records(A, 1, 5))
    await rows_over(store).take([record(A, 1), record(A, 3)])
    assert await store.read_models([A]) == {A: ReadModel(A, 5, path(5))}
    assert store.ever_aside == []


async def test_what_comes_again_and_cannot_be_held_by_itself_sets_nothing_aside_beside_it() -> None:
    store, huge = Watched(), ToyMoved(by=ANNA, to=HUGE)
    await rows_over(store).take([record(A, 1, huge), record(A, 2, ToyTaken(by=ANNA))])
    await rows_over(store).take([record(A, 1, huge), record(B, 1, huge), record(B, 2, ToyTaken(by=ANNA))])
    assert {stream: row.at for stream, row in (await store.read_models([A, B])).items()} == {A: 2, B: 2}
    assert store.ever_aside == []


async def test_what_is_set_aside_counts_once_and_what_was_only_looked_at_not_at_all() -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("tandem_records_dead_lettered_total", {"reason": "gap"}) or 0.0

    store, before = MemoryStore(), counted()
    await rows_over(store).take([record(A, 1), record(B, 2)])
    assert counted() == before + 1
    await rows_over(store).take(records(A, 2, 5))
    await rows_over(store).take([record(A, 1), record(A, 3)])
    assert counted() == before + 1


async def test_an_event_that_did_not_come_marks_the_row_and_comes_late() -> None:
    store = MemoryStore()
    projections = rows_over(store)
    await projections.take([record(A, 1), record(A, 3), record(A, 4), *records(B, 1, 2)])
    rows = await store.read_models(STREAMS)
    assert (rows[A].at, rows[A].value, bool(rows[A].gaps)) == (1, path(1), True)
    assert rows[B] == ReadModel(B, 2, path(2))
    assert await letters(store) == [("gap", "toy_a@3"), ("gap", "toy_a@4")]
    assert (await ProjectedReferenceSource(projections).read(STREAMS)).keys() == {B}
    await projections.take([record(A, 2)])
    assert (await store.read_models([A]))[A] == ReadModel(A, 4, path(4))
    assert await letters(store) == []


async def test_the_first_event_may_be_the_late_one() -> None:
    store = MemoryStore()
    await rows_over(store).take([record(A, 2)])
    row = (await store.read_models([A]))[A]
    assert (row.at, row.value, bool(row.gaps)) == (0, None, True)
    await rows_over(store).take([record(A, 1)])
    assert (await store.read_models([A]))[A] == ReadModel(A, 2, path(2))


async def test_a_gap_keeps_the_time_since_which_it_is_open() -> None:
    store = MemoryStore()
    await rows_over(store).take([record(A, 2)])
    (opened,) = await store.dead_letters()
    await asyncio.sleep(0.002)
    await rows_over(store).take([record(A, 3)])
    assert (await store.dead_letters())[0].since == opened.since


@pytest.mark.parametrize("broken", [b"{", b"", b"[]", b'{"by": "person_anna"}', b"\xff\xfe", b'{"by":"a","to":"x"}'])
async def test_a_broken_record_waits_for_its_resend_and_only_its_stream_with_it(broken: bytes) -> None:
    store = MemoryStore()
    projections = rows_over(store)
    await projections.take([record(A, 1), record(A, 2, value=broken), record(A, 3), *records(B, 1, 3)])
    await projections.take([record(A, 4), record(B, 4)])
    rows = await store.read_models(STREAMS)
    assert (rows[A].at, rows[B]) == (1, ReadModel(B, 4, path(4)))
    assert await letters(store) == [("undecodable", "toy_a@2"), ("gap", "toy_a@3"), ("gap", "toy_a@4")]
    assert [each.raw for each in await store.dead_letters(reason="undecodable")] == [broken]
    await projections.take([record(A, 2)])
    assert (await store.read_models([A]))[A] == ReadModel(A, 4, path(4))
    assert await letters(store) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"ce_id": b"nothing"},
        {"ce_id": b"\xff"},
        {"ce_id": None},
        {"ce_time": b"noon"},
        {"ce_specversion": b"0.1"},
        {"ce_id": None, "zero\0byte": None},
        {"ce_sequence": b"0000000007"},
    ],
    ids=str,
)
async def test_a_record_without_a_readable_position_holds_up_nothing(changed: dict[str, bytes | None]) -> None:
    store = MemoryStore()
    await rows_over(store).take([record(A, 1, changed=changed, offset=7), *records(A, 1, 2)])
    (kept,) = await store.dead_letters()
    assert (kept.id, kept.stream, kept.reason) == (f"{HANDLER}|coaching.toys.v1-0-7", None, "undecodable")
    assert await store.read_models(STREAMS) == {A: ReadModel(A, 2, path(2))}


@pytest.mark.parametrize("value", [None, b"\xff", b""])
async def test_headers_that_others_add_change_nothing(value: bytes | None) -> None:
    store = MemoryStore()
    await rows_over(store).take([record(A, 1, changed={"zero\0byte": value, "traceparent": value}), record(A, 2)])
    assert await letters(store) == []
    assert await store.read_models(STREAMS) == {A: ReadModel(A, 2, path(2))}


async def test_a_record_without_headers_holds_up_nothing() -> None:
    store = MemoryStore()
    await rows_over(store).take([MemoryRecord("t", 3, 9, None, []), *records(A, 1, 2)])
    assert [each.id for each in await store.dead_letters()] == [f"{HANDLER}|t-3-9"]
    assert await store.read_models(STREAMS) == {A: ReadModel(A, 2, path(2))}


async def test_a_type_that_the_row_does_not_follow_moves_its_version_alone() -> None:
    store = MemoryStore()
    rang = record(A, 2, ToyRang(by=ANNA), value=b"whatever")
    unknown = record(A, 3, value=b"{", kind="toy-painted")
    await rows_over(store).take([record(A, 1), rang, unknown])
    assert await store.read_models(STREAMS) == {A: ReadModel(A, 3, path(1))}
    assert await letters(store) == []


async def test_a_stream_of_another_kind_makes_no_row() -> None:
    store = MemoryStore()
    await rows_over(store).take([record(StreamId("toys_a"), 1), record(StreamId("to_a"), 5)])
    assert await letters(store) == []
    assert await store.find_read_models("toys", {}) == []


async def test_a_value_that_becomes_none_leaves_its_row() -> None:
    store = MemoryStore()
    await rows_over(store).take([record(A, 1), record(A, 2, ToyTaken(by=ANNA))])
    assert await store.read_models([A]) == {A: ReadModel(A, 2, None)}
    entry = (await ProjectedReferenceSource(rows_over(store)).read([A]))[A]
    assert (entry.at, entry.value, entry.position) == (2, None, "toy_a@2")


async def test_a_record_that_fails_waits_for_a_fix() -> None:
    store = MemoryStore()
    failing = record(A, 2, ToyMoved(by=ANNA, to=BROKEN))
    await rows_over(store).take([record(A, 1), failing, record(A, 3)])
    assert await letters(store) == [("failed", "toy_a@2"), ("gap", "toy_a@3")]
    await rows_over(store, broken=False).take([failing])
    assert await store.read_models([A]) == {A: ReadModel(A, 3, {"path": [100, BROKEN, 300]})}
    assert await letters(store) == []


@pytest.mark.parametrize("place", [BROKEN, HUGE], ids=["fails", "cannot be held"])
async def test_a_discarded_record_is_passed_over_and_so_it_is_in_every_rebuild(place: int) -> None:
    store = MemoryStore()
    culprit = record(A, 2, ToyMoved(by=ANNA, to=place))
    batch = [record(A, 1), culprit, record(A, 3), *records(B, 1, 3)]
    await rows_over(store).take(batch)
    decision = Discard(id=f"{HANDLER}|toy_a@2", by="ops:eve", at=NOON, why="nobody goes there")
    await store.discard(decision)
    await rows_over(store).take([culprit])
    rebuilt = MemoryStore()
    await rebuilt.discard(decision)
    await rows_over(rebuilt).take(batch)
    one_by_one = MemoryStore()
    await one_by_one.discard(decision)
    for each in batch:
        await rows_over(one_by_one).take([each])
    for each in (store, rebuilt, one_by_one):
        assert await each.read_models(STREAMS) == {
            A: ReadModel(A, 3, {"path": [100, 300]}),
            B: ReadModel(B, 3, path(3)),
        }
        assert await letters(each) == []


async def test_of_a_batch_only_what_cannot_be_held_is_set_aside() -> None:
    store = MemoryStore()
    huge = record(A, 2, ToyMoved(by=ANNA, to=HUGE))
    await rows_over(store).take([*records(B, 1, 2), record(A, 1), huge, record(A, 3), record(StreamId("toy_c"), 1)])
    rows = await store.read_models(STREAMS)
    assert (rows[A].at, rows[A].value, bool(rows[A].gaps)) == (1, path(1), True)
    assert rows[B] == ReadModel(B, 2, path(2))
    assert await letters(store) == [("failed", "toy_a@2"), ("gap", "toy_a@3")]
    await rows_over(store).take([record(A, 4), record(B, 3)])
    assert (await store.read_models([B]))[B] == ReadModel(B, 3, path(3))
    assert [position for _, position in await letters(store)] == ["toy_a@2", "toy_a@3", "toy_a@4"]
    await rows_over(store).take([record(A, 2)])
    assert (await store.read_models([A]))[A] == ReadModel(A, 4, path(4))
    assert await letters(store) == []


async def unreadable(store: Store, stream: StreamId, at: int) -> None:
    """Somebody has written a value by hand that is none of a toy's."""
    was = (await store.read_models([stream])).get(stream)
    assert not await store.write_read_models([ReadModelWrite(ReadModel(stream, at, {"path": "lost"}), was)])


async def test_a_row_that_cannot_be_read_holds_up_its_own_stream_only_and_is_made_anew_by_a_resend() -> None:
    store = MemoryStore()
    await rows_over(store).take([*records(A, 1, 3), *records(B, 1, 3)])
    await unreadable(store, A, 3)
    await rows_over(store).take([record(A, 4), record(B, 4)])
    rows = await store.read_models(STREAMS)
    assert rows[B] == ReadModel(B, 4, path(4))
    assert rows[A].gaps > 0, "it is known that something is missing"
    (kept,) = await store.dead_letters()
    assert (kept.reason, kept.error) == ("gap", "the stored read model cannot be read, and event 1 has not come")
    await rows_over(store).take(records(A, 1, 4))
    assert await store.read_models([A]) == {A: ReadModel(A, 4, path(4))}
    assert await letters(store) == []


async def test_a_row_that_cannot_be_read_counts_as_unknown_beside_those_that_are_known() -> None:
    store = MemoryStore()
    projections = rows_over(store)
    await projections.take([*records(A, 1, 2), *records(B, 1, 2)])
    await unreadable(store, A, 2)
    reference_data = ProjectedReferenceSource(projections, held=["toy"])
    assert (await reference_data.read(STREAMS)).keys() == {B}
    assert [entry.stream for entry in await reference_data.find("toy", {})] == [B]
    held_alone = await reference_data.read([])
    assert held_alone.keys() == {B}


@pytest.mark.parametrize("replaces", [True, False])
async def test_only_of_events_that_replace_each_other_the_last_one_before_a_gap_is_known(replaces: bool) -> None:
    store = MemoryStore()
    projections = Projections(HANDLER, store, [replace(toy_rows(True), replaces=replaces)])
    await projections.take([record(A, 1), record(A, 3), record(B, 2)])
    known = await ProjectedReferenceSource(projections).read(STREAMS)
    assert {stream: entry.at for stream, entry in known.items()} == ({A: 1} if replaces else {})
