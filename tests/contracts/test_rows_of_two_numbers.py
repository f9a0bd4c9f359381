"""Rows of two numbers side by side: each has its own gaps, and both know what somebody decided about a record."""

import asyncio

import pytest

from coaching_events.envelope import Recorded
from coaching_events.ids import StreamId
from eventlog.commands import EventLog
from eventlog.consumers import CannotBeDone, DeadLetters, Projections, Reaction, Reactions
from eventlog.stores import ReadModel
from eventlog.stores.mongo import MongoClient, MongoStore
from tests.contracts.toys import ANNA, BROKEN, TOPIC, ToyMoved, path, record, records, toy_log, toy_rows

TOY = StreamId("toy_a")
POISON = record(TOY, 1, changed={"ce_id": b"\xff"})
"""Nobody can say of which stream it is."""


class Side:
    """One number's rows, and its dead letters."""

    def __init__(self, client: MongoClient, database: str, number: int) -> None:
        self.store = MongoStore(client, database, topic=TOPIC, projection_version=number)
        self.handler = "toys.projections" if number == 1 else f"toys.projections.{number}"
        self.rows = Projections(self.handler, self.store, [toy_rows()])
        reactions = Reactions(toy_log(self.store), [], self.rows)
        self.letters = DeadLetters("toys", self.store, self.rows, reactions)

    async def row(self) -> ReadModel | None:
        return (await self.store.read_models([TOY])).get(TOY)

    async def waiting(self) -> list[str]:
        return [letter.id for letter in await self.letters.kept(self.handler)]

    async def discard(self, letter_id: str) -> str:
        return await self.letters.discard(letter_id, by="ops", why="nobody goes there")


@pytest.fixture
def old(client: MongoClient, database: str) -> Side:
    return Side(client, database, 1)


@pytest.fixture
def new(client: MongoClient, database: str) -> Side:
    return Side(client, database, 2)


async def test_a_gap_that_one_has_closed_is_open_in_the_other(old: Side, new: Side):
    for side in (old, new):
        await side.rows.take([*records(TOY, 1, 1), *records(TOY, 3, 4)])
    await old.rows.take(records(TOY, 2, 2))
    assert await old.row() == ReadModel(TOY, 4, path(4))
    assert await old.waiting() == []
    row = await new.row()
    assert row is not None
    assert (row.at, row.gaps > 0) == (1, True)
    await new.rows.take(records(TOY, 2, 2))
    assert await new.row() == ReadModel(TOY, 4, path(4))
    assert await new.waiting() == []


async def test_what_is_decided_for_one_is_decided_when_the_other_comes_to_it(old: Side, new: Side):
    told = [record(TOY, 1), record(TOY, 2, ToyMoved(by=ANNA, to=BROKEN)), record(TOY, 3), POISON]
    await old.rows.take(told)
    nameless, broken, _ = sorted(await old.waiting(), key=lambda letter: (TOY in letter, letter))
    await old.discard(broken)
    await old.discard(nameless)
    after = ReadModel(TOY, 3, {"path": [100, 300]})
    assert (await old.row(), await old.waiting()) == (after, [])
    await new.rows.take(told)
    assert (await new.row(), await new.waiting()) == (after, [])


async def test_each_is_asked_for_its_own(old: Side, new: Side):
    for side in (old, new):
        await side.rows.take([record(TOY, 1), record(TOY, 2, ToyMoved(by=ANNA, to=BROKEN)), record(TOY, 3)])
    (broken,) = [letter for letter in await new.waiting() if letter.endswith("@2")]
    for ask in (old.discard, old.letters.replay):
        with pytest.raises(CannotBeDone, match="read models of another version"):
            await ask(broken)
    assert "goes on after 2" in await new.discard(broken)
    row = await old.row()
    assert row is not None
    assert (row.at, row.gaps > 0) == (1, True)
    assert await new.row() == ReadModel(TOY, 3, {"path": [100, 300]})


async def test_a_reaction_waits_for_the_rows_of_its_own_number(old: Side, new: Side):
    heard: list[int] = []

    async def listen(recorded: Recorded[ToyMoved], log: EventLog) -> None:
        heard.append(recorded.version)

    reactions = Reactions(toy_log(new.store), [Reaction("listen", (ToyMoved,), listen)], new.rows)
    taking = asyncio.create_task(reactions.take(records(TOY, 1, 1)))
    await old.rows.take(records(TOY, 1, 1))
    await asyncio.wait({taking}, timeout=0.1)
    assert heard == []
    await new.rows.take(records(TOY, 1, 1))
    await taking
    assert heard == [1]


async def test_rows_are_read_before_they_are_built_only_where_there_are_no_others(old: Side, new: Side):
    assert await old.store.read_models_are_built()
    for _ in range(2):
        await old.store.note_read_models_built()
    assert await old.store.read_models_are_built()
    assert not await new.store.read_models_are_built()
    await new.store.note_read_models_built()
    assert await new.store.read_models_are_built()
    assert await old.store.read_models_are_built(), "to go back"
