"""Another topic is filled from the documents: all of it, in order, whoever writes or is killed meanwhile."""

import asyncio
from collections.abc import Generator

import pytest
from hypothesis import given, settings

from coaching_events.envelope import read
from coaching_events.ids import StreamId
from eventlog import wall_in
from eventlog.outbox import BrokerUnavailable, OutboxRelay, republish, republishing
from eventlog.outbox.republishing import RepublishProgress
from eventlog.stores import Store
from eventlog.stores.memory import MemoryPublisher, MemoryStore
from tests.contracts.interference import Happening, InterferedOutlet, happenings, interfered
from tests.contracts.store_samples import TOY, first, following, there
from tests.contracts.toys import TOPIC, TOYS, command, move, toy_log

ELSEWHERE = "coaching.toys.v2"
STREAMS = [StreamId(f"toy_{number}") for number in range(4)]


@pytest.fixture(autouse=True, scope="module")
def without_pauses() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(republishing, "LONGEST_PAUSE", 0.0)
        yield


def quietly(_: RepublishProgress) -> None: ...


async def behind(store: Store) -> list[str]:
    return [document.stream for document in await store.behind(wall_in(-3))]


def moved(store: MemoryStore) -> MemoryStore:
    """The same documents, for a service that speaks on another topic."""
    there = MemoryStore(ELSEWHERE)
    vars(there).update({name: value for name, value in vars(store).items() if name != "_topic"})
    return there


def firsts(publisher: MemoryPublisher, stream: StreamId) -> list[int]:
    """The versions of a stream in the order in which they came first."""
    came = [read(record.headers) for record in publisher.topics.get(ELSEWHERE, [])]
    return list(dict.fromkeys(envelope.version for envelope in came if envelope.stream == stream))


async def test_what_a_topic_lacks_is_found_though_nothing_says_so(store: Store):
    for stream in STREAMS:
        await store.append(first(stream, entries=2))
        await store.acknowledge("coaching.toys.v0", {stream: 2})
    assert await behind(store) == STREAMS
    await store.acknowledge(TOPIC, dict.fromkeys(STREAMS[:2], 2))
    assert await behind(store) == STREAMS[2:]
    (found,) = await store.behind(wall_in(-3), after=STREAMS[2])
    assert (found.stream, found.published, found.version) == (STREAMS[3], 0, 2)
    assert len(await store.behind(wall_in(-3), limit=1)) == 1


async def test_what_was_just_written_is_left_to_its_writer(store: Store):
    await store.append(first())
    assert await behind(store) == []
    assert len(await store.behind(wall_in(1))) == 1
    await store.acknowledge(TOPIC, {TOY: 1})
    await store.append(following(await there(store)))
    assert await behind(store) == []
    await store.unpublished(wall_in(1), wall_in(3), 10)
    assert await behind(store) == [], "nor what a sweeper has taken"


async def test_a_topic_that_has_everything_is_told_so(store: Store):
    await store.append(first())
    await store.acknowledge(TOPIC, {TOY: 1})
    done = await republish(OutboxRelay("toys", TOPIC, store, MemoryPublisher()), quietly)
    assert str(done) == f"{TOPIC}: 0 events sent, in 0 runs"
    assert done.left == 0


async def test_what_can_never_be_sent_ends_it_and_stops_no_other():
    store = MemoryStore(TOPIC)
    for stream in STREAMS:
        await toy_log(store).decide(TOYS, stream, command("made"), move(1))
        await store.acknowledge(TOPIC, {stream: 1})

    class Choosy(MemoryPublisher):
        async def send(self, topic: str, key: str, value: bytes, record_headers: dict[str, str]) -> None:
            if record_headers["ce_id"] == f"{STREAMS[1]}@1":
                raise BrokerUnavailable("it is too large for the broker")
            await super().send(topic, key, value, record_headers)

    publisher = Choosy()
    done = await republish(OutboxRelay("toys", ELSEWHERE, moved(store), publisher), quietly)
    assert (done.runs, done.left) == (3, 1)
    assert [firsts(publisher, stream) for stream in STREAMS] == [[1], [], [1], [1]]


@settings(max_examples=50)  # who loses a race waits a moment
@given(of_first=happenings(), of_second=happenings(), of_writer=happenings(), of_broker=happenings())
async def test_another_topic_becomes_complete_and_its_first_occurrences_stand_in_order(
    of_first: list[Happening], of_second: list[Happening], of_writer: list[Happening], of_broker: list[Happening]
) -> None:
    """One that writes on the old topic and one that writes on the other, while two fill that one side by side."""
    store = MemoryStore(TOPIC)
    beside = moved(store)
    publisher = InterferedOutlet(of_broker)
    for stream in STREAMS:
        await toy_log(store).decide(TOYS, stream, command("made"), move(1, 2))
    logs = toy_log(store), toy_log(beside)
    logs[1].relay = OutboxRelay("toys", ELSEWHERE, interfered(beside, of_writer, only="acknowledge"), publisher)

    async def commands(number: int) -> None:
        for each in range(3):
            for stream in STREAMS:
                await logs[number].decide(TOYS, stream, command(f"{number}-{each}"), move(each))

    async def fill(plan: list[Happening]) -> None:
        relay = OutboxRelay("toys", ELSEWHERE, interfered(beside, plan, only="history"), publisher)
        await republish(relay, quietly)

    await asyncio.gather(commands(0), commands(1), fill(of_first), fill(of_second))
    for log in logs:
        await log.relay.drain()
    relay = OutboxRelay("toys", ELSEWHERE, beside, publisher)
    await relay.store.unpublished(wall_in(9), wall_in(-9), 99)
    assert (await republish(relay, quietly)).left == 0
    for stream in STREAMS:
        document = await there(beside, stream)
        assert (document.version, document.published) == (8, 8)
        assert firsts(publisher, stream) == list(range(1, 9))
