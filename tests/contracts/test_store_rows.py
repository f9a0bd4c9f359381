"""What every store promises about rows, dead letters and discards."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from coaching_events.ids import StreamId
from eventlog import wall_now
from eventlog.stores import ReadModel, Refusal, Store, Unstorable
from eventlog.stores.documents import REFUSALS_KEPT, DeadLetterCount, Discard, ReadModelWrite
from tests.contracts.store_samples import NOON, TOY, letter, seconds

OTHER = StreamId("toy_2")


def row(at: int, value: Any = None, *, stream: StreamId = TOY, waiting: int = 0) -> ReadModel:
    return ReadModel(stream, at, {"at": at} if value is None else value, waiting)


async def test_a_row_is_inserted_once(store: Store) -> None:
    assert await store.write_read_models([ReadModelWrite(row(1), None)]) == set()
    assert await store.read_models([TOY, OTHER]) == {TOY: row(1)}
    assert await store.write_read_models(
        [ReadModelWrite(row(2), None), ReadModelWrite(row(1, stream=OTHER), None)]
    ) == {TOY}
    assert await store.read_models([TOY, OTHER]) == {TOY: row(1), OTHER: row(1, stream=OTHER)}
    assert await store.write_read_models(
        [ReadModelWrite(row(1), None), ReadModelWrite(row(2, stream=OTHER), row(1, stream=OTHER))]
    ) == {TOY}
    assert await store.read_models([TOY, OTHER]) == {TOY: row(1), OTHER: row(2, stream=OTHER)}


async def test_nothing_asked_is_nothing_answered(store: Store) -> None:
    assert await store.read_models([]) == {}
    assert await store.write_read_models([]) == set()
    await store.put_dead_letters([])
    await store.drop_dead_letters([])
    assert await store.discards([]) == []
    assert await store.dead_letters(streams=[]) == []


async def test_a_row_is_replaced_while_it_is_still_where_it_was(store: Store) -> None:
    await store.write_read_models([ReadModelWrite(row(1), None), ReadModelWrite(row(1, stream=OTHER), None)])
    assert await store.write_read_models(
        [ReadModelWrite(row(3), row(1)), ReadModelWrite(row(5, stream=OTHER), row(4, stream=OTHER))]
    ) == {OTHER}
    assert await store.read_models([TOY, OTHER]) == {TOY: row(3), OTHER: row(1, stream=OTHER)}
    assert await store.write_read_models([ReadModelWrite(row(4), row(2))]) == {TOY}


async def test_a_row_is_not_replaced_if_something_was_set_aside_for_it_meanwhile(store: Store) -> None:
    await store.write_read_models([ReadModelWrite(row(1), None)])
    assert await store.write_read_models([ReadModelWrite(row(1, waiting=1), row(1))]) == set()
    assert await store.write_read_models([ReadModelWrite(row(2), row(1))]) == {TOY}
    assert await store.write_read_models([ReadModelWrite(row(2), row(1, waiting=1))]) == set()
    assert await store.read_models([TOY]) == {TOY: row(2)}


async def test_a_row_that_is_gone_was_not_written(store: Store) -> None:
    assert await store.write_read_models([ReadModelWrite(row(2), row(1))]) == {TOY}
    assert await store.read_models([TOY]) == {}


async def test_of_twenty_rows_written_at_once_one_stays_and_the_others_know(store: Store) -> None:
    def rivals(at: int, was: ReadModel | None) -> list[ReadModelWrite]:
        return [ReadModelWrite(row(at, {"rival": rival}), was) for rival in range(20)]

    moved = await asyncio.gather(*(store.write_read_models([write]) for write in rivals(1, None)))
    kept = (await store.read_models([TOY]))[TOY]
    assert [not each for each in moved] == [kept.value == {"rival": rival} for rival in range(20)]
    moved = await asyncio.gather(*(store.write_read_models([write]) for write in rivals(2, kept)))
    kept = (await store.read_models([TOY]))[TOY]
    assert [not each for each in moved] == [kept.value == {"rival": rival} for rival in range(20)]


async def test_a_row_is_read_back_as_it_was_written(store: Store) -> None:
    value: dict[str, Any] = {"text": "日本 \0", "big": 2**63 - 1, "list": [1, None], "nested": {"$a.b": 0.5}}
    await store.write_read_models(
        [ReadModelWrite(ReadModel(TOY, 7, value), None), ReadModelWrite(ReadModel(OTHER, 1, None, gaps=2), None)]
    )
    value["list"].append(2)
    found: Any = await store.read_models([TOY, OTHER])
    found[TOY].value["list"].append(3)
    again = await store.read_models([TOY, OTHER])
    assert again[TOY].value == {"text": "日本 \0", "big": 2**63 - 1, "list": [1, None], "nested": {"$a.b": 0.5}}
    assert again[OTHER] == ReadModel(OTHER, 1, None, gaps=2)


async def test_the_digests_of_a_row_are_kept_and_older_rows_have_none(store: Store) -> None:
    await store.write_read_models([ReadModelWrite(ReadModel(TOY, 2, None, digests=bytes(range(16))), None)])
    await store.write_read_models([ReadModelWrite(row(1, stream=OTHER), None)])
    found = await store.read_models([TOY, OTHER])
    assert (found[TOY].digests, found[OTHER].digests) == (bytes(range(16)), b"")


async def test_of_two_that_write_the_same_row_from_other_content_only_one_has_written_it(store: Store) -> None:
    await store.write_read_models([ReadModelWrite(row(1), None)])
    one, other = ReadModel(TOY, 2, None, digests=b"12345678"), ReadModel(TOY, 2, None, digests=b"87654321")
    assert await store.write_read_models([ReadModelWrite(one, row(1))]) == set()
    assert await store.write_read_models([ReadModelWrite(other, row(1))]) == {TOY}


@pytest.mark.parametrize("unfit", [2**63, "\ud800", {"a\0": 1}], ids=["integer", "surrogate", "name"])
async def test_a_row_that_cannot_be_held_is_refused(store: Store, unfit: Any) -> None:
    with pytest.raises(Unstorable):
        await store.write_read_models([ReadModelWrite(row(1, {"x": unfit}), None)])
    await store.write_read_models([ReadModelWrite(row(1), None)])
    with pytest.raises(Unstorable):
        await store.write_read_models([ReadModelWrite(row(2, {"x": unfit}), row(1))])
    assert await store.read_models([TOY]) == {TOY: row(1)}


async def test_rows_are_found_by_what_their_value_holds(store: Store) -> None:
    rows = [
        row(1, {"owner": "anna", "people": ["anna", "ben"]}, stream=StreamId("toy_a")),
        row(2, {"owner": "ben", "people": ["ben"]}, stream=StreamId("toy_b"), waiting=1),
        row(3, {"owner": "anna"}, stream=StreamId("toys_c")),
        ReadModel(StreamId("toy_d"), 4, None),
    ]
    await store.write_read_models([ReadModelWrite(each, None) for each in rows])
    assert await store.find_read_models("toy", {"owner": "anna"}) == [rows[0]]
    assert {each.stream for each in await store.find_read_models("toy", {"people": "ben"})} == {"toy_a", "toy_b"}
    assert {each.stream for each in await store.find_read_models("toy", {"owner": ["anna", "ben"]})} == {
        "toy_a",
        "toy_b",
    }
    assert len(await store.find_read_models("toy", {})) == 3
    assert len(await store.find_read_models("toy", {}, limit=2)) == 2


async def test_rows_are_found_by_those_that_name_them(store: Store) -> None:
    anna, ben, eve = (row(1, {"name": each}, stream=StreamId(f"person_{each}")) for each in ("anna", "ben", "eve"))
    naming = [
        row(1, {"people": [anna.stream, ben.stream]}, stream=StreamId("toy_a")),
        row(1, {"people": [anna.stream, "person_none"]}, stream=StreamId("toy_b"), waiting=1),
        row(1, {"people": [ben.stream, eve.stream]}, stream=StreamId("toy_c")),
    ]
    await store.write_read_models([ReadModelWrite(each, None) for each in (anna, ben, eve, *naming)])
    found = await store.named_read_models("toy", {"people": anna.stream}, "people")
    assert sorted(found, key=lambda each: each.stream) == [anna, ben]


async def test_letters_are_kept_oldest_first_and_found_by_what_they_are(store: Store) -> None:
    gap, failed = letter(3, since=NOON + seconds(2)), letter(2, reason="failed", since=NOON + seconds(1))
    nameless = replace(letter(stream=None, reason="undecodable"), id="toys.projections|t-0-5", version=None)
    other = letter(9, handler="toys.reactions.when", stream=OTHER, reason="waiting", since=NOON + seconds(3))
    await store.put_dead_letters([gap, failed, nameless, other])
    assert await store.dead_letters() == [nameless, failed, gap, other]
    assert await store.dead_letters(handler="toys.projections") == [nameless, failed, gap]
    assert await store.dead_letters(streams=[TOY]) == [failed, gap]
    assert await store.dead_letters(reason="waiting") == [other]
    assert await store.dead_letters(handler="toys.projections", streams=[TOY, OTHER], reason="gap") == [gap]
    await store.drop_dead_letters([gap.id, "none"])
    assert await store.dead_letters(streams=[TOY]) == [failed]


async def test_letters_are_read_page_by_page_and_one_by_one(store: Store) -> None:
    at_once = [letter(version, since=NOON) for version in (4, 2, 3)]
    later = letter(1, since=NOON + seconds(1))
    await store.put_dead_letters([later, *at_once])
    assert await store.dead_letters(limit=2) == [letter(2), letter(3)]
    assert await store.dead_letters(after=letter(3).place, limit=2) == [letter(4), later]
    assert await store.dead_letters(after=later.place) == []
    assert await store.dead_letter(later.id) == later
    assert await store.dead_letter("nothing") is None


async def test_letters_are_found_whose_next_try_has_come(store: Store) -> None:
    soon, late = letter(1), replace(letter(2), next_try=NOON + seconds(60))
    await store.put_dead_letters([soon, late])
    assert await store.dead_letters(due=soon.next_try - seconds(1)) == []
    assert await store.dead_letters(due=soon.next_try) == [soon]
    assert await store.dead_letters(due=late.next_try) == [soon, late]


async def test_how_much_is_set_aside_is_told_by_reason(store: Store) -> None:
    assert await store.dead_letter_counts() == {}
    await store.put_dead_letters([letter(1, since=NOON + seconds(9)), letter(2), letter(3, reason="failed")])
    assert await store.dead_letter_counts() == {"gap": DeadLetterCount(2, NOON), "failed": DeadLetterCount(1, NOON)}


async def test_a_letter_that_comes_again_keeps_the_time_since_which_it_waits(store: Store) -> None:
    await store.put_dead_letters([letter()])
    again = replace(letter(since=NOON + seconds(60)), tries=2, error="still not")
    await store.put_dead_letters([again, again])
    assert await store.dead_letters() == [replace(again, since=NOON)]
    await store.drop_dead_letters([again.id])
    await store.put_dead_letters([again])
    assert await store.dead_letters() == [again]


async def test_poison_never_makes_its_own_letter_unstorable(store: Store) -> None:
    poison = replace(letter(), headers={"a\0b": "x", "$c.d": "y", "": "z"}, error="bad \ud800", raw=bytes(range(256)))
    await store.put_dead_letters([poison])
    assert await store.dead_letters() == [replace(poison, error="bad ?")]


async def test_discards_are_remembered(store: Store) -> None:
    one = Discard(id="toys.projections|toy_1@2", by="ops:eve", at=NOON, why="broken at the source")
    await store.discard(one)
    await store.discard(replace(one, why="said again"))
    assert await store.discards([one.id, one.id, "other"]) == [replace(one, why="said again")]
    assert await store.discards(["other"]) == []


async def test_the_first_refusal_of_a_command_is_kept_for_a_day(store: Store) -> None:
    first = Refusal(
        command="c1",
        request="r",
        type="too-late",
        detail="It is over.",
        extensions={"days": 3, "until": None},
        at=wall_now(),
    )
    assert await store.refusal("c1") is None
    for refusal in (first, replace(first, type="too-early"), replace(first, command="c2", at=first.at - REFUSALS_KEPT)):
        await store.keep_refusal(refusal)
    assert await store.refusal("c1") == first
    assert await store.refusal("c2") is None
