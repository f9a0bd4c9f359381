"""The law of publishing: the first occurrences of a stream's events stand on the topic in order, whatever fails."""

import asyncio
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching_events.ids import StreamId
from eventlog import wall_in
from eventlog.outbox import OutboxRelay, relay
from eventlog.stores import StoreUnavailable
from eventlog.stores.memory import MemoryPublisher, MemoryRecord, MemoryStore
from tests.contracts.interference import Happening, InterferedOutlet, happenings, interfered
from tests.contracts.store_samples import NOON, TOY
from tests.contracts.toys import TOPIC, TOYS, command, move, toy_log

STREAMS = [StreamId("toy_a"), StreamId("toy_b")]


@pytest.fixture(autouse=True, scope="module")
def impatient() -> Generator[None]:
    """A sweeper that takes what was not published a moment ago."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relay, "PATIENCE", 0.0)
        yield


def occurrences(publisher: MemoryPublisher) -> dict[str, list[MemoryRecord]]:
    """The records of each stream, in order."""
    found: dict[str, list[MemoryRecord]] = {}
    for each in publisher.topics.get(TOPIC, []):
        found.setdefault(dict(each.headers)["ce_subject"].decode(), []).append(each)
    return found


def first_occurrences(records: list[MemoryRecord]) -> list[int]:
    """The versions as they came first; raises if a later occurrence differs from the first."""
    seen: dict[int, MemoryRecord] = {}
    for each in records:
        version = int(dict(each.headers)["ce_sequence"])
        kept = seen.setdefault(version, each)
        assert (each.value, each.headers) == (kept.value, kept.headers)
    return list(seen)


@given(
    steps=st.lists(st.sampled_from(["a", "b", "a twice", "sweep", "crash", "wait"]), max_size=14),
    outlet_plan=happenings(),
    store_plan=happenings(),
)
async def test_first_occurrences_stand_in_order_whatever_fails(
    steps: list[str], outlet_plan: list[Happening], store_plan: list[Happening]
) -> None:
    store, publisher = MemoryStore(TOPIC), InterferedOutlet(outlet_plan)
    shaky = interfered(store, store_plan)
    log = toy_log(shaky, publisher)
    for number, step in enumerate(steps):
        try:
            match step:
                case "sweep":
                    await log.relay.sweep()
                case "crash":  # what this process had in hand is gone
                    log.relay = OutboxRelay("toys", TOPIC, shaky, publisher)
                case "wait":
                    await asyncio.sleep(0)
                case _:
                    places = (number, number) if "twice" in step else (number,)
                    await log.decide(TOYS, StreamId(f"toy_{step[0]}"), command(f"c{number}"), move(*places))
        except StoreUnavailable:
            continue
    await log.relay.drain()
    sweeper = toy_log(store, publisher).relay
    for _ in range(60):  # more than there are failures in the plan
        await sweeper.sweep()
        await sweeper.drain()
    assert (await store.outstanding(NOON)).unpublished == 0
    for document in await store.states(STREAMS):
        came = occurrences(publisher)[document.stream]
        assert first_occurrences(came) == list(range(1, document.version + 1))
        assert document.published == document.version
    assert len(occurrences(publisher)) == len(await store.states(STREAMS))


async def test_a_command_is_published_at_once_and_once() -> None:
    store, publisher = MemoryStore(TOPIC), MemoryPublisher()
    log = toy_log(store, publisher)
    await log.decide(TOYS, TOY, command("a"), move(1, 2))
    await log.relay.drain()
    (one, two) = publisher.topics[TOPIC]
    assert (dict(one.headers)["ce_id"], dict(two.headers)["ce_id"]) == (b"toy_1@1", b"toy_1@2")
    assert one.value == b'{"stream":"toy_1","by":"person_anna","to":1,"mood":"well"}'
    assert dict(one.headers)["ce_partitionkey"] == b"nobody"
    assert (await store.outstanding(NOON)).unpublished == 0
    assert await log.relay.sweep() == 0


async def test_what_this_process_knows_to_be_there_is_not_sent_again() -> None:
    store, publisher = MemoryStore(TOPIC), MemoryPublisher()
    log = toy_log(store, publisher)
    for number in range(20):  # faster than acknowledgements are recorded
        await log.decide(TOYS, TOY, command(f"c{number}"), move(number))
    await log.relay.drain()
    versions = [int(dict(each.headers)["ce_sequence"]) for each in publisher.topics[TOPIC]]
    assert versions == list(range(1, 21))


async def test_what_a_process_left_when_it_died_is_published_by_another() -> None:
    store, publisher = MemoryStore(TOPIC), MemoryPublisher()
    dying = toy_log(store, InterferedOutlet(["away", "away", "away"]))
    await dying.decide(TOYS, TOY, command("a"), move(1))
    await dying.decide(TOYS, TOY, command("b"), move(2))
    await dying.relay.drain()
    other = toy_log(store, publisher).relay
    assert await other.sweep() == 1
    await other.drain()
    assert first_occurrences(publisher.topics[TOPIC]) == [1, 2]
    assert await other.sweep() == 0


async def test_what_is_more_than_a_process_may_hold_is_left_to_the_sweeper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "PENDING", 0)
    store, publisher = MemoryStore(TOPIC), MemoryPublisher()
    log = toy_log(store, publisher)
    await log.decide(TOYS, TOY, command("a"), move(1))
    await log.relay.drain()
    assert publisher.topics == {}
    await log.relay.sweep()
    assert len(publisher.topics[TOPIC]) == 1


async def test_one_stream_that_cannot_be_published_does_not_hold_up_the_others() -> None:
    class Refusing(MemoryPublisher):
        async def send(self, topic: str, key: str, value: bytes, record_headers: dict[str, str]) -> None:
            if record_headers["ce_subject"] == "toy_a":
                raise relay.BrokerUnavailable("too large")
            await super().send(topic, key, value, record_headers)

    store, publisher = MemoryStore(TOPIC), Refusing()
    log = toy_log(store, publisher)
    for stream in STREAMS:
        await log.decide(TOYS, stream, command(f"make {stream}"), move(1))
    await log.relay.sweep()
    await log.relay.drain()
    assert occurrences(publisher).keys() == {"toy_b"}
    assert [late.stream for late in await store.unpublished(wall_in(1), wall_in(2), 9)] == ["toy_a"]
