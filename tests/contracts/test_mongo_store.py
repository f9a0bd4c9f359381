"""What is particular to MongoDB: how many commands a step costs, indexes, and what is raised when it is away."""

import asyncio
import socket
from dataclasses import replace
from typing import Any

import pytest
from pymongo import MongoClient as PlainClient

from coaching_events.ids import StreamId
from eventlog import wall_in, wall_now
from eventlog.consumers import Projections
from eventlog.consumers.projections import FEW
from eventlog.simulation import SimulatedClock
from eventlog.stores import Document, ReadModel, StoreUnavailable, TooLarge
from eventlog.stores.documents import ReadModelWrite, Write
from eventlog.stores.mongo import Driver, MongoClient, MongoStore
from eventlog.stores.mongo.store import RENAMED
from tests.contracts.conftest import Commands
from tests.contracts.store_samples import NOON, TOY, first, following, letter, seconds, there
from tests.contracts.toys import TOPIC, TOYS, command, move, records, toy_log, toy_rows

STREAMS = [StreamId(f"toy_{number}") for number in range(5)]
A, B = StreamId("toy_a"), StreamId("toy_b")


async def test_a_command_costs_a_find_and_a_write(mongo_store: MongoStore, commands: Commands) -> None:
    log = toy_log(mongo_store)
    commands.clear()
    await log.decide(TOYS, TOY, command("made"), move(1))
    assert commands.names == ["find", "insert"]
    await log.relay.drain()
    assert commands.names == ["find", "insert", "update"]
    commands.clear()
    await log.decide(TOYS, TOY, command("moved"), move(2))
    assert commands.names == ["find", "update"]
    await log.relay.drain()


async def test_a_batch_of_records_costs_a_find_and_a_write_for_new_and_for_known_rows(
    mongo_store: MongoStore, commands: Commands
) -> None:
    projections = Projections("toys.projections", mongo_store, [toy_rows()])
    many = [StreamId(f"toy_{number}") for number in range(FEW + 1)]
    commands.clear()
    await projections.take([each for stream in many for each in records(stream, 1, 2)])
    assert commands.names == ["find", "insert"]
    commands.clear()
    await projections.take(
        [each for stream in [*many, A, B] for each in records(stream, 3 if stream in many else 1, 3)]
    )
    assert commands.names == ["find", "insert", "update"]
    commands.clear()
    await projections.take([each for stream in many for each in records(stream, 1, 3)])
    assert commands.names == ["find"]


async def test_of_few_streams_those_that_begin_cost_an_insert_and_what_comes_again_a_find_besides(
    mongo_store: MongoStore, commands: Commands
) -> None:
    projections = Projections("toys.projections", mongo_store, [toy_rows()])
    commands.clear()
    await projections.take(records(A, 1, 2))
    assert commands.names == ["insert"]
    commands.clear()
    await projections.take(records(A, 3, 3) + records(B, 1, 1))
    assert commands.names == ["insert", "find", "update"]
    commands.clear()
    await projections.take(records(A, 1, 3))
    assert commands.names == ["insert", "find"]
    commands.clear()
    await projections.take(records(A, 1, 4))
    assert commands.names == ["insert", "find", "update"]


async def test_a_batch_of_due_documents_costs_a_find_and_a_claim(mongo_store: MongoStore, commands: Commands) -> None:
    for stream in STREAMS:
        await mongo_store.append(first(stream, wake_at=NOON))
    commands.clear()
    due = await mongo_store.due(NOON, wall_now(), wall_in(30), 10)
    assert (len(due), commands.names) == (5, ["find", "update"])
    commands.clear()
    assert await mongo_store.append_many([following(document) for document in due]) == 5
    assert commands.names == ["update"]
    commands.clear()
    assert await mongo_store.due(NOON, wall_now(), wall_in(30), 10) == []
    assert commands.names == ["find"]


async def test_acknowledgements_cost_one_command(mongo_store: MongoStore, commands: Commands) -> None:
    for stream in STREAMS:
        await mongo_store.append(first(stream))
    commands.clear()
    await mongo_store.acknowledge(TOPIC, dict.fromkeys(STREAMS, 1))
    assert commands.names == ["update"]


async def test_the_indexes_are_made_and_may_be_there_already(
    mongo_store: MongoStore, mongo_url: str, database: str
) -> None:
    await mongo_store.prepare([("toy", "owner"), ("toy", "people")], [("toy", "owner")])
    with PlainClient[dict[str, Any]](mongo_url) as plain:
        of = {name: plain[database][name].index_information() for name in ("streams", "read_models_1", "dead_letters")}
    fields = {name: {tuple(key for key, _ in index["key"]) for index in made.values()} for name, made in of.items()}
    assert fields["streams"] == {
        ("_id",),
        ("wake_at",),
        ("outbox_since",),
        ("state.owner", "_id"),
        ("state.people", "_id"),
        ("state.owner", "state.due", "_id"),
    }
    assert fields["read_models_1"] == {("_id",), ("value.owner",)}
    assert fields["dead_letters"] == {("_id",), ("stream",), ("next_try",), ("since", "_id")}
    assert of["streams"]["wake_at_1"]["sparse"]
    assert of["streams"]["outbox_since_1"]["sparse"]


async def test_documents_stored_before_0_3_0_get_the_names_of_today(
    mongo_store: MongoStore, mongo_url: str, database: str
) -> None:
    written = replace(first(), personal_texts={"went_well": "We talked."})
    await mongo_store.append(written)
    before = await there(mongo_store)
    with PlainClient[dict[str, Any]](mongo_url) as plain:
        plain[database]["streams"].update_one({}, {"$rename": {new: old for old, new in RENAMED.items()}})
        plain[database]["installation"].delete_one({"_id": "fields"})  # a database of before has none
        assert "shape" in (plain[database]["streams"].find_one() or {})
        await mongo_store.prepare([])
        assert not RENAMED.keys() & (plain[database]["streams"].find_one() or {}).keys()
    assert await there(mongo_store) == before
    assert await mongo_store.personal_texts(TOY) == {"went_well": "We talked."}
    assert [each.stream for each in await mongo_store.unpublished(wall_in(1), wall_in(1), 10)] == [TOY]


async def test_rows_of_another_number_are_other_rows(
    mongo_store: MongoStore, client: MongoClient, database: str
) -> None:
    await mongo_store.write_read_models([ReadModelWrite(ReadModel(TOY, 1, None), None)])
    newer = MongoStore(client, database, topic=TOPIC, projection_version=2)
    assert await newer.read_models([TOY]) == {}


async def test_another_topic_begins_at_nothing_published(
    mongo_store: MongoStore, client: MongoClient, database: str
) -> None:
    await mongo_store.append(first())
    await mongo_store.acknowledge(TOPIC, {TOY: 1})
    moved = MongoStore(client, database, topic="coaching.toys.v2")
    assert ((await there(mongo_store)).published, (await there(moved)).published) == (1, 0)


async def test_a_database_that_is_away_says_so_in_every_method(driver: Driver) -> None:
    held = socket.socket()
    held.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else can
    port = held.getsockname()[1]
    client = MongoClient(f"mongodb://127.0.0.1:{port}/?directConnection=true&timeoutMS=50", driver)
    store = MongoStore(client, "away", topic=TOPIC)
    write = first()
    steps = [
        store.prepare([]),
        store.read(TOY, "c"),
        store.history(TOY),
        store.personal_texts(TOY),
        store.states([TOY]),
        store.find("toy", {}),
        store.append(write),
        store.append_many([write]),
        store.due(NOON, NOON, NOON, 1),
        store.lease_until(TOY, NOON),
        store.acknowledge(TOPIC, {TOY: 1}),
        store.unpublished(NOON, NOON, 1),
        store.outstanding(NOON),
        store.next_wake(),
        store.read_models([TOY]),
        store.find_read_models("toy", {}),
        store.write_read_models([ReadModelWrite(ReadModel(TOY, 1, None), None)]),
        store.put_dead_letters([letter()]),
        store.dead_letters(),
        store.drop_dead_letters(["x"]),
        store.discards(["x"]),
        client.ping(),
        SimulatedClock(client).now(),
    ]
    raised = await asyncio.gather(*steps, return_exceptions=True)
    assert [type(each) for each in raised] == [StoreUnavailable] * len(steps)
    await client.close()
    held.close()


async def test_the_simulated_clock_stands_where_it_was_set(client: MongoClient, database: str) -> None:
    clock, other = SimulatedClock(client, database), SimulatedClock(client, database)
    with pytest.raises(StoreUnavailable):
        await clock.now()
    await clock.set(NOON)
    assert await other.now() == NOON
    await clock.set(NOON + seconds(0.001))
    assert await other.now() == NOON + seconds(0.001)
    assert (await other.now()).utcoffset() == seconds(0)


async def test_what_no_document_can_hold_is_too_large_and_stops_nobody_else(mongo_store: MongoStore) -> None:
    pages = "a word " * 1_200_000
    for stream in STREAMS[:2]:
        await mongo_store.append(first(stream, wake_at=NOON))

    def following_anyway(document: Document, **words: str) -> Write:
        return replace(following(document, words=words), room=64 * 1024 * 1024)

    assert await mongo_store.append(following_anyway(await there(mongo_store, STREAMS[0]), first=pages))
    full, other = await there(mongo_store, STREAMS[0]), await there(mongo_store, STREAMS[1])
    with pytest.raises(TooLarge):
        await mongo_store.append(following_anyway(full, second=pages))
    with pytest.raises(TooLarge):
        await mongo_store.append_many([following_anyway(full, second=pages), following(other)])
    assert await mongo_store.append_many([following_anyway(full)]) == 1


async def test_versions_of_packages_are_noted_once_each_and_kept_with_each_event(mongo_store: MongoStore) -> None:
    await mongo_store.note_packages({"tzdata": "2026.1"})
    for _ in range(2):
        await mongo_store.note_packages({"tzdata": "2026.2", "holidays": "0.84"})
    assert sorted(await mongo_store.packages()) == [("holidays", "0.84"), ("tzdata", "2026.1"), ("tzdata", "2026.2")]
    log = toy_log(mongo_store)
    log.used = "tzdata 2026.2"
    await log.decide(TOYS, TOY, command("made"), move(1))
    assert [entry.used for entry in await mongo_store.history(TOY)] == ["tzdata 2026.2"]
    await log.relay.drain()
