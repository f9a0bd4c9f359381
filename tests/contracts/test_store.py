"""What every store promises: the same tests over the one in memory and the one on MongoDB."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from coaching_events.ids import Position, StreamId
from eventlog import EPOCH, wall_in, wall_now
from eventlog.stores import (
    FOR_COMMANDS,
    LARGEST_HISTORY,
    BeginsWith,
    Between,
    Entry,
    HistoryFull,
    Order,
    Store,
    TooLarge,
    Unstorable,
)
from eventlog.stores.documents import BESIDE_DATA, LARGEST_EVENT, Write
from tests.contracts.store_samples import NOON, TOY, entry, first, following, seconds, there
from tests.contracts.toys import TOPIC

UNFIT: dict[str, Any] = {
    "an integer beyond 64 bits": 2**63,
    "a lone surrogate": "a\ud800b",
    "a zero byte in a name": {"a\0b": 1},
    "an object": object(),
}


async def test_nothing_is_found_where_nothing_was_written(store: Store) -> None:
    assert await store.read(TOY, "c") is None
    assert await store.history(TOY) == ()
    assert await store.personal_texts(TOY) == {}
    assert await store.states([]) == await store.states([TOY]) == []
    assert await store.find("toy", {}) == []


async def test_what_was_written_is_read_back_as_it_was(store: Store) -> None:
    state: dict[str, Any] = {
        "text": "Grüße, 日本 \U0001f600 \0 “yes”",
        "big": 2**63 - 1,
        "small": -(2**63),
        "ratio": 0.1,
        "yes": True,
        "none": None,
        "list": [1, [2, {"x": []}]],
        "nested": {"09:30": {"$odd.name": 1}},
        "": "empty name",
    }
    written = Entry(
        version=1,
        type="toy-made",
        at=NOON,
        command="anna|$key",
        request="fingerprint",
        data='{"x": "é\\u0000"}',
        cause=Position("other_1@7"),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    write = replace(first(state=state, wake_at=NOON, words={"w1": "Danke"}), entries=(written,))
    assert await store.append(write)
    document = await store.read(TOY, "anna|$key")
    assert document is not None
    assert (document.stream, document.key, document.version, document.schema_version) == (TOY, "pair-1", 1, 1)
    assert document.state == state
    assert (document.published, document.wake_at, document.answered) == (0, NOON, (written,))
    assert document.size == len('{"x": "é\\u0000"}'.encode()) + BESIDE_DATA + len("Danke")
    assert await store.history(TOY) == (written,)
    assert await store.personal_texts(TOY) == {"w1": "Danke"}


async def test_personal_texts_that_no_event_speaks_of_are_set_and_removed_without_a_new_version(store: Store) -> None:
    await store.append(first(words={"w1": "one", "w2": "two"}))
    before = await there(store)
    await store.keep_personal_texts(TOY, {"w1": None, "w2": "new", "w3": "three"})
    await store.keep_personal_texts(TOY, {})
    assert await store.personal_texts(TOY) == {"w2": "new", "w3": "three"}
    assert (await there(store), await store.history(TOY)) == (before, (entry(1),))
    await store.keep_personal_texts(StreamId("toy_none"), {"w1": "one"})
    assert await store.personal_texts(StreamId("toy_none")) == {}


async def test_what_was_read_is_not_what_is_kept(store: Store) -> None:
    state: dict[str, Any] = {"owner": "anna", "list": [1]}
    await store.append(first(state=state))
    state["list"].append(2)
    document: Any = await there(store)
    document.state["list"].append(3)
    assert (await there(store)).state == {"owner": "anna", "list": [1]}


async def test_a_tuple_comes_back_as_a_list(store: Store) -> None:
    await store.append(first(state={"people": ("anna", "ben")}))
    assert (await there(store)).state == {"people": ["anna", "ben"]}


@pytest.mark.parametrize("command", ["c", "$c", "$history", "$$this", "{}", "ü"])
async def test_a_command_finds_its_own_entries_whatever_it_is_called(store: Store, command: str) -> None:
    await store.append(first())
    await store.append(following(await there(store), command=command))
    await store.append(following(await there(store)))
    document = await store.read(TOY, command)
    assert document is not None
    assert [e.version for e in document.answered] == [2]


async def test_a_history_is_read_whole_or_from_a_version_on(store: Store) -> None:
    await store.append(first(entries=4))
    assert [e.version for e in await store.history(TOY)] == [1, 2, 3, 4]
    assert [e.version for e in await store.history(TOY, 2)] == [3, 4]
    assert await store.history(TOY, 4) == ()


async def test_a_write_moves_everything_that_follows_from_the_state(store: Store) -> None:
    await store.append(first(wake_at=NOON, words={"w1": "one", "w2": "two"}))
    assert await store.append(following(await there(store), state={"owner": "ben"}, words={"w2": "new"}))
    document = await there(store)
    assert (document.version, document.state, document.wake_at) == (2, {"owner": "ben"}, None)
    assert await store.personal_texts(TOY) == {"w1": "one", "w2": "new"}
    assert await store.append(following(document, wake_at=NOON + seconds(1)))
    assert (await there(store)).wake_at == NOON + seconds(1)


async def test_a_write_over_a_version_that_has_moved_on_changes_nothing(store: Store) -> None:
    await store.append(first())
    read = await there(store)
    assert await store.append(following(read, state={"owner": "first"}))
    before = await there(store)
    assert not await store.append(following(read, state={"owner": "second"}, wake_at=NOON))
    assert not await store.append(first(state={"owner": "third"}))
    assert not await store.append(replace(following(read), stream=StreamId("toy_none")))
    assert await there(store) == before
    assert len(await store.history(TOY)) == 2


async def test_of_twenty_inserts_at_once_one_wins(store: Store) -> None:
    won = await asyncio.gather(*(store.append(first(command=f"c{rival}")) for rival in range(20)))
    assert sum(won) == 1
    (kept,) = await store.history(TOY)
    assert kept.command == f"c{won.index(True)}"


async def test_of_twenty_rival_writes_at_once_one_wins(store: Store) -> None:
    await store.append(first())
    read = await there(store)
    won = await asyncio.gather(*(store.append(following(read, command=f"c{rival}")) for rival in range(20)))
    assert sum(won) == 1
    assert (await store.history(TOY))[1].command == f"c{won.index(True)}"


async def test_a_bulk_writes_what_has_not_moved(store: Store) -> None:
    streams = [StreamId(f"toy_{number}") for number in range(3)]
    for stream in streams:
        await store.append(first(stream))
    read = [await there(store, stream) for stream in streams]
    await store.append(following(read[1], command="faster"))
    assert await store.append_many([following(document, command="bulk") for document in read]) == 2
    assert await store.append_many([]) == 0
    assert [(await store.history(stream))[-1].command for stream in streams] == ["bulk", "faster", "bulk"]


async def test_a_bulk_begins_what_is_new_beside_what_exists(store: Store) -> None:
    other, new = StreamId("toy_other"), StreamId("toy_new")
    for stream in (TOY, other):
        await store.append(first(stream))
    writes = [first(other, command="too late"), first(new), following(await there(store), command="bulk")]
    assert await store.append_many(writes) == 2
    assert [[entry.command for entry in await store.history(stream)] for stream in (TOY, other, new)] == [
        [first().entries[0].command, "bulk"],
        [first().entries[0].command],
        [first().entries[0].command],
    ]


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT.keys())
async def test_what_cannot_be_held_is_refused_and_nothing_is_written(store: Store, unfit: Any) -> None:
    with pytest.raises(Unstorable):
        await store.append(first(state={"x": unfit}))
    await store.append(first())
    read = await there(store)
    with pytest.raises(Unstorable):
        await store.append(following(read, state={"x": [unfit]}))
    with pytest.raises(Unstorable):
        await store.append_many([following(read, state={"x": {"y": unfit}})])
    with pytest.raises(Unstorable):
        store.refuse_unfit({"x": unfit})
    store.refuse_unfit({"x": {"y": [2**63 - 1, "ü", None]}})
    assert await there(store) == read


async def test_a_text_on_the_wire_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(Unstorable):
        await store.append(replace(first(), entries=(entry(1, data="\ud800"),)))


async def test_an_event_that_is_too_large_is_refused(store: Store) -> None:
    def with_data(write: Write, size: int) -> Write:
        return replace(write, entries=(entry(write.version + 1, data="x" * size),))

    assert await store.append(with_data(first(), LARGEST_EVENT))
    read = await there(store)
    for write in (with_data(following(read), LARGEST_EVENT + 1), with_data(first(), LARGEST_EVENT + 1)):
        with pytest.raises(TooLarge):
            await store.append(write)
        with pytest.raises(TooLarge):
            await store.append_many([write])


async def test_a_history_that_would_be_too_large_is_refused(store: Store) -> None:
    large = [entry(version, data="x" * (LARGEST_EVENT - BESIDE_DATA)) for version in range(1, 9)]
    assert await store.append(replace(first(), entries=(*large,)))
    read = await there(store)
    assert read.size == LARGEST_HISTORY
    with pytest.raises(HistoryFull):
        await store.append(following(read))
    with pytest.raises(HistoryFull):
        await store.append_many([following(read)])


async def test_a_write_with_less_room_is_refused_where_one_with_all_of_it_is_not(store: Store) -> None:
    large = [entry(version, data="x" * (LARGEST_EVENT - BESIDE_DATA)) for version in range(1, 7)]
    assert await store.append(replace(first(), entries=(*large,), room=FOR_COMMANDS))
    read = await there(store)
    assert read.size == FOR_COMMANDS
    with pytest.raises(HistoryFull):
        await store.append(replace(following(read), room=FOR_COMMANDS))
    assert await store.append(following(read))


async def test_texts_beside_the_state_count_in_the_history(store: Store) -> None:
    assert await store.append(first())
    read = await there(store)
    assert await store.append(following(read, words={"first": "é" * 1000}))
    assert (await there(store)).size == read.size + len("{}") + BESIDE_DATA + 2000
    with pytest.raises(HistoryFull):
        await store.append(following(await there(store), words={"second": "x" * LARGEST_HISTORY}))


async def test_documents_are_found_by_what_their_state_holds(store: Store) -> None:
    states: dict[str, dict[str, Any]] = {
        "toy_a": {"owner": "anna", "people": ["anna", "ben"], "due": {"at": "1"}, "open": True, "n": 1},
        "toy_b": {"owner": "ben", "people": ["ben"], "due": {"at": "2"}, "parts": [{"id": "p"}, {"id": "q"}]},
        "toy_c": {"owner": None, "people": []},
        "toys_d": {"owner": "anna"},
        "to_e": {"owner": "anna"},
    }
    for stream, state in reversed(states.items()):
        await store.append(first(StreamId(stream), state=state))

    async def found(**where: Any) -> list[str]:
        named = {name.replace("__", "."): value for name, value in where.items()}
        return [document.stream for document in await store.find("toy", named)]

    assert await found() == ["toy_a", "toy_b", "toy_c"]
    assert await found(owner="anna") == ["toy_a"]
    assert await found(owner=["anna", "ben"]) == await found(owner={"anna", "ben"}) == ["toy_a", "toy_b"]
    assert await found(owner=[]) == []
    assert await found(owner=None) == ["toy_c"]
    assert await found(due=None) == ["toy_c"]
    assert await found(people="ben") == ["toy_a", "toy_b"]
    assert await found(people=["anna", "chloe"]) == ["toy_a"]
    assert await found(people="ben", owner="ben") == ["toy_b"]
    assert await found(due__at="2") == ["toy_b"]
    assert await found(parts__id="q") == ["toy_b"]
    assert await found(open=True) == ["toy_a"]
    assert await found(open=1) == await found(n=True) == []
    assert await found(n=1) == ["toy_a"]


async def test_a_field_is_named_plainly(store: Store) -> None:
    with pytest.raises(ValueError, match="is not a field"):
        await store.find("toy", {"$where": "1"})


async def test_a_list_can_be_read_in_parts(store: Store) -> None:
    for number in range(5):
        await store.append(first(StreamId(f"toy_{number}")))
    start = [d.stream for d in await store.find("toy", {"owner": "anna"}, limit=2)]
    rest = [d.stream for d in await store.find("toy", {"owner": "anna"}, after=start[-1], limit=10)]
    assert start == ["toy_0", "toy_1"]
    assert rest == ["toy_2", "toy_3", "toy_4"]


async def test_states_are_read_together(store: Store) -> None:
    await store.append(first(StreamId("toy_a")))
    await store.append(first(StreamId("toy_b"), entries=2))
    both = await store.states([StreamId("toy_b"), StreamId("toy_none"), StreamId("toy_a"), StreamId("toy_a")])
    assert sorted((document.stream, document.version) for document in both) == [("toy_a", 1), ("toy_b", 2)]


async def _due_streams(store: Store, number: int = 3) -> None:
    for each in range(number):
        await store.append(first(StreamId(f"toy_{each}"), wake_at=NOON + seconds(each)))
    await store.append(first(StreamId("toy_never")))


async def test_what_is_due_is_found_by_its_moment_and_claimed(store: Store) -> None:
    await _due_streams(store)
    wall = wall_now()
    assert await store.due(NOON - seconds(0.001), wall, wall + seconds(30), 10) == []
    taken = await store.due(NOON + seconds(1), wall, wall + seconds(30), 10)
    assert [(d.stream, d.wake_at) for d in taken] == [("toy_0", NOON), ("toy_1", NOON + seconds(1))]
    assert taken[0].state == {"owner": "anna"}
    assert await store.due(NOON + seconds(1), wall, wall + seconds(31), 10) == []
    assert len(await store.due(NOON + seconds(1), wall + seconds(30), wall + seconds(60), 1)) == 1


async def test_the_earliest_are_taken_first(store: Store) -> None:
    await _due_streams(store, 5)
    wall = wall_now()
    first_two = await store.due(NOON + seconds(9), wall, wall + seconds(30), 2)
    others = await store.due(NOON + seconds(9), wall, wall + seconds(31), 10)
    assert [d.stream for d in first_two] == ["toy_0", "toy_1"]
    assert [d.stream for d in others] == ["toy_2", "toy_3", "toy_4"]


async def test_every_write_gives_a_claim_back(store: Store) -> None:
    await _due_streams(store, 1)
    wall = wall_now()
    (taken,) = await store.due(NOON, wall, wall + seconds(30), 10)
    await store.append(following(taken, wake_at=NOON))
    (again,) = await store.due(NOON, wall, wall + seconds(31), 10)
    assert again.version == 2
    await store.append_many([following(again, wake_at=NOON)])
    (third,) = await store.due(NOON, wall, wall + seconds(32), 10)
    assert third.version == 3


async def _dated(store: Store, *dates: str, owner: str = "anna") -> list[StreamId]:
    streams = [StreamId(f"toy_{owner}{number}") for number in range(len(dates))]
    for stream, due in zip(streams, dates, strict=True):
        assert await store.append(first(stream, state={"owner": owner, "due": due}))
    return streams


async def test_documents_are_found_in_the_order_of_a_field_and_then_of_their_ids(store: Store) -> None:
    a, b, c, d = await _dated(store, "2026-03-03", "2026-03-01", "2026-03-03", "2026-03-02")
    await _dated(store, "2026-03-01", owner="ben")
    found: list[StreamId] = []
    after: tuple[str, StreamId] | None = None
    while page := await store.find("toy", {"owner": "anna"}, order=Order("due", after), limit=1):
        after = (str(page[0].state["due"]), page[0].stream)
        found.append(page[0].stream)
    assert found == [b, d, a, c]
    assert [each.stream for each in await store.find("toy", {"owner": "anna"}, order=Order("due"))] == found


@pytest.mark.parametrize(
    ("between", "found"),
    [
        (Between("2026-03-02"), [1, 2]),
        (Between(end="2026-03-02"), [0]),
        (Between("2026-03-02", "2026-03-03"), [1]),
        (Between("2026-03-03", "2026-03-03"), []),
        (Between(), [0, 1, 2]),
    ],
)
async def test_a_range_has_its_start_and_leaves_out_its_end(store: Store, between: Between, found: list[int]) -> None:
    streams = await _dated(store, "2026-03-01", "2026-03-02", "2026-03-03")
    await store.append(first(StreamId("toy_undated")))
    expected = [streams[number] for number in found]
    assert [each.stream for each in await store.find("toy", {"due": between}, order=Order("due"))] == expected
    rest = await store.find("toy", {"due": between}, order=Order("due", ("2026-03-02", streams[0])))
    assert [each.stream for each in rest] == [stream for stream in expected if stream != streams[0]]


@pytest.mark.parametrize(
    ("beginnings", "found"),
    [(("an",), [0, 1]), (("an", "mar"), [0]), (("mar", "mar"), [0]), (("na",), []), (("a.",), []), (("anna", "x"), [])],
)
async def test_texts_are_found_by_what_they_begin_with(
    store: Store, beginnings: tuple[str, ...], found: list[int]
) -> None:
    names = [["anna", "maria"], ["andré", "anna"], ["hannah"]]
    streams = [StreamId(f"toy_{number}") for number in range(3)]
    for stream, words in zip(streams, names, strict=True):
        await store.append(first(stream, state={"people": words}))
    named = await store.find("toy", {"people": BeginsWith(beginnings)})
    assert [each.stream for each in named] == [streams[number] for number in found]


async def test_some_texts_of_several_documents_are_read_at_once(store: Store) -> None:
    await store.append(first(words={"w1": "one", "w2": "two"}))
    await store.append(first(StreamId("toy_2"), words={"w3": "three"}))
    await store.append(first(StreamId("toy_3"), words={"w4": "four"}))
    asked = [TOY, StreamId("toy_2"), StreamId("toy_none")]
    assert await store.some_personal_texts(asked, ["w2", "w3", "w4"]) == {"w2": "two", "w3": "three"}
    assert await store.some_personal_texts([], ["w2"]) == await store.some_personal_texts(asked, []) == {}


async def test_a_find_reads_the_personal_texts_that_a_field_names(store: Store) -> None:
    await store.append(first(state={"owner": "anna", "texts": ["w2", "gone"]}, words={"w1": "one", "w2": "two"}))
    await store.append(first(StreamId("toy_2"), state={"owner": "anna"}, words={"w3": "three"}))
    await store.append(first(StreamId("toy_3"), state={"owner": "anna", "texts": []}, words={"w4": "four"}))
    await store.append(first(StreamId("toy_4"), state={"owner": "anna", "texts": ["w5"]}))
    found = await store.find("toy", {"owner": "anna"}, texts="texts")
    assert [each.personal_texts for each in found] == [{"w2": "two"}, {"w3": "three"}, {}, {}]
    assert all(each.personal_texts == {} for each in await store.find("toy", {"owner": "anna"}))


async def test_a_whole_document_has_its_history_and_its_texts(store: Store) -> None:
    await store.append(first(entries=2, words={"w1": "one"}))
    (whole,) = await store.whole([TOY, StreamId("toy_none")])
    assert (whole.version, whole.history, whole.personal_texts) == (2, (entry(1), entry(2)), {"w1": "one"})
    assert await store.whole([]) == []
    assert (await there(store)).history == ()


async def test_documents_are_found_by_those_that_name_them(store: Store) -> None:
    named = [StreamId("person_a"), StreamId("person_b"), StreamId("person_c")]
    for number, people in enumerate((named[:2], [named[0], "person_none"], named[1:])):
        await store.append(first(StreamId(f"toy_{number}"), state={"people": people}))
    for each in named:
        await store.append(first(each, entries=2))
    found = await store.named("toy", {"people": named[0]}, "people")
    assert sorted(found, key=lambda each: each.stream) == [await there(store, each) for each in named[:2]]
    assert await store.named("toy", {"people": "person_none_at_all"}, "people") == []
    assert await store.named("toys", {"people": named[0]}, "people") == []


async def test_workers_that_look_at_once_share_what_is_due(store: Store) -> None:
    for number in range(60):
        await store.append(first(StreamId(f"toy_{number}"), wake_at=NOON))
    wall = wall_now()
    batches = await asyncio.gather(*(store.due(NOON, wall, wall + seconds(30 + n), 40) for n in range(6)))
    taken = [document.stream for batch in batches for document in batch]
    assert len(taken) == len(set(taken))
    rest = await store.due(NOON, wall, wall + seconds(50), 60)
    assert len(taken) + len(rest) == 60


async def test_what_is_set_aside_is_taken_later(store: Store) -> None:
    await _due_streams(store, 1)
    wall = wall_now()
    await store.lease_until(StreamId("toy_0"), wall + seconds(5))
    await store.lease_until(StreamId("toy_none"), wall + seconds(5))
    assert await store.due(NOON, wall, wall + seconds(30), 10) == []
    assert len(await store.due(NOON, wall + seconds(5), wall + seconds(30), 10)) == 1


async def test_what_was_not_acknowledged_is_found_and_left_alone_for_a_while(store: Store) -> None:
    await store.append(first())
    assert await store.unpublished(wall_in(-3), wall_in(3), 10) == []
    now, ahead = wall_in(1), wall_in(4)
    (late,) = await store.unpublished(now, ahead, 10)
    assert (late.stream, late.published, late.version) == (TOY, 0, 1)
    assert await store.unpublished(now, ahead, 10) == []
    assert len(await store.unpublished(ahead, wall_in(9), 10)) == 1


async def test_a_write_is_unpublished_since_the_oldest_event_that_is(store: Store) -> None:
    await store.append(first())
    await store.unpublished(wall_in(1), wall_in(100), 10)
    await store.append(following(await there(store)))  # the mark comes back from far ahead …
    (late,) = await store.unpublished(wall_in(1), wall_in(-50), 10)
    await store.append(following(late))  # … and does not move on with later writes
    assert len(await store.unpublished(wall_in(-49), wall_in(3), 10)) == 1


async def test_the_oldest_unpublished_is_as_old_as_its_first_event_whoever_has_tried_it_meanwhile(store: Store) -> None:
    assert await store.oldest_unpublished() is None
    before = wall_now()
    await store.append(first())
    after = wall_now()
    await store.unpublished(wall_in(1), wall_in(100), 10)
    await store.append(following(await there(store)))
    await store.append(first(StreamId("toy_b")))
    since = await store.oldest_unpublished()
    assert since is not None
    assert before <= since <= after
    await store.acknowledge(TOPIC, {TOY: 2})
    second = await store.oldest_unpublished()
    assert second is not None
    assert second >= after
    await store.acknowledge(TOPIC, {StreamId("toy_b"): 1})
    assert await store.oldest_unpublished() is None


async def test_an_acknowledgement_covers_the_version_that_it_names(store: Store) -> None:
    await store.append(first(entries=2))
    await store.acknowledge(TOPIC, {TOY: 2, StreamId("toy_none"): 1})
    assert (await there(store)).published == 2
    assert await store.unpublished(wall_in(9), wall_in(12), 10) == []
    await store.append(following(await there(store)))
    (late,) = await store.unpublished(wall_in(9), wall_in(12), 10)
    assert (late.published, late.version) == (2, 3)


async def test_an_acknowledgement_of_an_older_version_changes_nothing(store: Store) -> None:
    await store.append(first())
    await store.append(following(await there(store)))
    await store.acknowledge(TOPIC, {TOY: 1})
    await store.acknowledge(TOPIC, {})
    assert (await there(store)).published == 0
    assert len(await store.unpublished(wall_in(9), wall_in(12), 10)) == 1


async def test_another_topic_has_its_own_acknowledgements(store: Store) -> None:
    await store.append(first())
    await store.acknowledge("coaching.toys.v2", {TOY: 1})
    assert (await there(store)).published == 0


async def test_a_look_tells_whether_all_is_quiet(store: Store) -> None:
    wall = wall_now()
    quiet = await store.outstanding(NOON)
    assert (quiet.due, quiet.unpublished, await store.next_wake()) == (0, 0, None)
    await _due_streams(store)
    await store.acknowledge(TOPIC, {StreamId("toy_never"): 1})
    before = await store.outstanding(NOON - seconds(1))
    assert (before.due, before.unpublished, await store.next_wake()) == (0, 3, NOON)
    await store.due(NOON, wall, wall + seconds(30), 10)
    at = await store.outstanding(NOON + seconds(1))
    assert (at.due, at.unpublished, await store.next_wake()) == (2, 3, NOON), "claimed or not"


async def test_a_claim_can_be_given_back(store: Store) -> None:
    await _due_streams(store, 1)
    wall = wall_now()
    assert len(await store.due(NOON, wall, wall + seconds(30), 10)) == 1
    assert await store.due(NOON, wall, wall + seconds(31), 10) == []
    await store.lease_until(StreamId("toy_0"), EPOCH)
    assert len(await store.due(NOON, wall, wall + seconds(31), 10)) == 1
