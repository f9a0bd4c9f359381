"""A subscriber from outside: typed, record by record, once with a store, and never stopped by a bad record."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError

from coaching_events import (
    AnswerExtended,
    CheckInMissed,
    CommitmentEvent,
    CommitmentKept,
    CommitmentMade,
    CommitmentMissed,
    Deliveries,
    Envelope,
    Event,
    OwnedEvent,
    PairEvent,
    PersonDeactivated,
    Poison,
    RecipientChanged,
    Seen,
    SessionEvent,
    SessionHeld,
    StreamId,
    subscribe,
)
from coaching_events.envelope import headers
from coaching_events.ids import PartnershipId, PersonId, RuleName
from coaching_events.registry import EVENTS
from coaching_events.subscription import starting
from coaching_events.subscription.choosing import sources_of, wanted
from coaching_events.subscription.delivery import OnPoison

DUE = datetime(2026, 1, 5, 17, tzinfo=UTC)
PLACE = TopicPartition("coaching.goals.v1", 0)
ANNA, BEN = PersonId(StreamId("person_anna")), PersonId(StreamId("person_ben"))
PAIR = PartnershipId(StreamId("partnership_1"))
MISSED = CommitmentMissed(
    by=RuleName("rule:grace-ended"), partnership=PAIR, owner=ANNA, partner=BEN, due=DUE, grace_end=DUE
)
KEPT = CommitmentKept(by=ANNA, partnership=PAIR, owner=ANNA, partner=BEN, kept_at=DUE, due=DUE)


class NothingMore(Exception):
    pass


@dataclass
class Topic:
    """A consumer of one partition that ends when it is empty."""

    records: list[ConsumerRecord[bytes, bytes]] = field(default_factory=list[ConsumerRecord[bytes, bytes]])
    committed: list[int] = field(default_factory=list[int])
    moved: bool = False
    taken: bool = False

    def has(self, event: Event | bytes, *, stream: str = "commitment_1", version: int = 1, type_: str = "") -> None:
        envelope = Envelope(
            stream=StreamId(stream),
            version=version,
            source="urn:tandem:tandem:goals",
            at=DUE,
            key=PAIR,
            type=type_ or (event.type if isinstance(event, Event) else MISSED.type),
        )
        written = [(name, text.encode()) for name, text in headers(envelope).items()]
        self.raw(event if isinstance(event, bytes) else event.model_dump_json().encode(), written)

    def raw(self, value: bytes | None, written: Sequence[tuple[str, bytes]] = ()) -> None:
        offset = 10 + len(self.records)
        self.records.append(ConsumerRecord(*PLACE, offset, 0, 0, PAIR.encode(), value, None, 0, 0, written))

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int | None = None
    ) -> Mapping[TopicPartition, Sequence[ConsumerRecord[bytes, bytes]]]:
        if self.taken:
            raise NothingMore
        self.taken = True
        return {PLACE: self.records}

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        if self.moved:
            raise CommitFailedError
        self.committed.append(offsets[PLACE])


@dataclass
class Store:
    versions: dict[StreamId, int] = field(default_factory=dict[StreamId, int])

    async def at(self, stream: StreamId) -> int:
        return self.versions.get(stream, 0)

    async def advance(self, stream: StreamId, version: int) -> None:
        self.versions[stream] = max(version, self.versions.get(stream, 0))


def following(
    topic: Topic, types: Sequence[object], seen: Seen | None = None, on_poison: OnPoison = lambda _: None
) -> Deliveries[Event]:
    chosen = wanted(types)
    return Deliveries[Event](topic, chosen, sources=sources_of(chosen, {}), seen=seen, on_poison=on_poison)


async def heard(
    topic: Topic, *, types: Sequence[type[Event]], seen: Seen | None = None, commit: bool = True
) -> tuple[list[str], list[Poison]]:
    positions: list[str] = []
    poison: list[Poison] = []
    with suppress(NothingMore):
        async for delivery in following(topic, types, seen, poison.append):
            positions.append(delivery.position)
            if commit:
                await delivery.commit()
    return positions, poison


async def test_only_the_types_asked_for_arrive_in_order() -> None:
    topic = Topic()
    topic.has(MISSED, version=2)
    topic.has(PersonDeactivated(by=RuleName("rule:roster")), stream="person_anna")
    topic.has(MISSED, version=3, type_="commitment-celebrated")
    topic.has(KEPT, version=4)
    topic.has(MISSED, stream="goal_1", version=1)
    assert await heard(topic, types=[CommitmentMissed, CommitmentKept]) == (["commitment_1@2", "commitment_1@4"], [])


async def test_a_stream_is_taken_from_its_owners_topic_alone() -> None:
    topic = Topic()
    topic.has(PersonDeactivated(by=RuleName("rule:roster")), stream="person_anna")
    topic.has(MISSED)
    positions, poison = await heard(topic, types=[PersonDeactivated, CommitmentMissed])
    assert (positions, [each.why for each in poison]) == (
        ["commitment_1@1"],
        ["a person comes on coaching.partnerships.v1 alone"],
    )


async def test_what_was_passed_over_is_committed_too() -> None:
    topic = Topic()
    topic.has(MISSED)
    topic.has(KEPT, version=2)
    await heard(topic, types=[CommitmentMissed])
    assert topic.committed == [11, 12]


async def test_nothing_is_committed_over_an_event_that_is_still_in_hand() -> None:
    topic = Topic()
    topic.has(KEPT)
    topic.has(MISSED, version=2)
    topic.has(KEPT, version=3)
    await heard(topic, types=[CommitmentMissed], commit=False)
    assert topic.committed == [11]


async def test_duplicates_are_dropped_with_a_store() -> None:
    topic, store = Topic(), Store()
    topic.has(MISSED, version=2)
    topic.has(MISSED, version=2)
    topic.has(KEPT, version=3)
    topic.has(MISSED, version=2)
    assert (await heard(topic, types=[CommitmentMissed, CommitmentKept], seen=store))[0] == [
        "commitment_1@2",
        "commitment_1@3",
    ]
    assert store.versions == {"commitment_1": 3}


async def test_a_bad_record_is_told_without_its_words_and_passed_over() -> None:
    topic = Topic()
    topic.raw(b"hello")
    topic.raw(None)
    topic.has(b'{"by": "person_anna", "due": "a secret"')
    topic.has(b'{"by": "person_anna", "due": "a secret"}')
    topic.has(MISSED)
    positions, poison = await heard(topic, types=[CommitmentMissed, CheckInMissed])
    assert positions == ["commitment_1@1"]
    assert [each.offset for each in poison] == [10, 11, 12, 13]
    assert "ce_id" in poison[0].why
    assert "due" in poison[3].why
    assert not any("secret" in each.why or "secret" in repr(each) for each in poison)


async def test_a_commit_for_a_partition_that_moved_away_is_no_error() -> None:
    topic = Topic(moved=True)
    topic.has(MISSED)
    assert (await heard(topic, types=[CommitmentMissed]))[0] == ["commitment_1@1"]


async def test_a_delivery_says_where_it_stands_and_who_caused_it() -> None:
    topic = Topic()
    topic.has(MISSED, version=3)
    topic.records[0].headers = [*topic.records[0].headers, ("ce_traceparent", b"00-ab-cd-01"), ("x-app", b"1")]
    delivery = await anext(following(topic, [CommitmentMissed]))
    assert (delivery.topic, delivery.partition, delivery.offset) == (*PLACE, 10)
    assert (delivery.stream, delivery.version, delivery.position) == ("commitment_1", 3, "commitment_1@3")
    assert (delivery.at, delivery.event) == (DUE, MISSED)
    assert delivery.traceparent == "00-ab-cd-01"
    assert delivery.headers[-1] == ("x-app", b"1")


async def test_poison_may_be_waited_for_and_comes_again_when_telling_fails() -> None:
    topic, told = Topic(), list[int]()
    topic.raw(b"hello")
    topic.has(MISSED)

    async def tell(poison: Poison) -> None:
        await asyncio.sleep(0)
        told.append(poison.offset)

    async def fail(poison: Poison) -> None:
        raise NothingMore

    assert (await anext(following(topic, [CommitmentMissed], on_poison=tell))).offset == 11
    assert told == [10]
    topic.taken = False
    failing = following(topic, [CommitmentMissed], on_poison=fail)
    with pytest.raises(NothingMore):
        await anext(failing)
    await failing.close()
    assert topic.committed == []


async def test_a_record_without_a_value_is_told() -> None:
    topic = Topic()
    topic.has(MISSED)
    topic.records[0].value = None
    assert "has no value" in (await heard(topic, types=[CommitmentMissed]))[1][0].why


async def test_a_partition_moves_only_after_the_event_in_hand_and_takes_what_was_fetched_along() -> None:
    topic = Topic()
    for version in range(1, 4):
        topic.has(MISSED, version=version)
    deliveries = following(topic, [CommitmentMissed])
    first = await anext(deliveries)
    moving = asyncio.create_task(deliveries.revoke())
    await asyncio.sleep(0)
    assert not moving.done()
    await first.commit()
    await moving
    assert topic.committed == [11]
    with pytest.raises(NothingMore):
        await anext(deliveries)


async def test_asking_for_the_next_one_lets_the_partition_move_too() -> None:
    topic = Topic()
    topic.has(MISSED)
    topic.has(MISSED, version=2)
    deliveries = following(topic, [CommitmentMissed])
    first = await anext(deliveries)
    moving = asyncio.create_task(deliveries.revoke())
    await asyncio.sleep(0)
    with pytest.raises(NothingMore):
        await anext(deliveries)
    await moving
    await first.commit()
    assert topic.committed == [], "whoever has the partition now may be further"


async def test_whoever_stops_in_the_middle_has_committed_what_was_passed_over() -> None:
    topic = Topic()
    topic.has(KEPT)
    topic.has(MISSED, version=2)
    topic.has(KEPT, version=3)
    deliveries = following(topic, [CommitmentMissed])
    await anext(deliveries)
    await deliveries.close()
    assert topic.committed == [11]
    with pytest.raises(StopAsyncIteration):
        await anext(deliveries)


ALL_OF_COMMITMENT = {("commitment", name) for name in EVENTS["commitment"]}
ALL_OF_SESSION = {("session", name) for name in EVENTS["session"]}


@pytest.mark.parametrize(
    ("types", "chosen"),
    [
        ([CommitmentMade, SessionHeld], {("commitment", "commitment-made"), ("session", "session-held")}),
        ([CommitmentMade | SessionHeld], {("commitment", "commitment-made"), ("session", "session-held")}),
        ([AnswerExtended], {(kind, "answer-extended") for kind in ("partnership", "goal", "commitment", "session")}),
        ([CommitmentEvent], ALL_OF_COMMITMENT),
        (["commitment"], ALL_OF_COMMITMENT),
        ([CommitmentEvent | SessionEvent], ALL_OF_COMMITMENT | ALL_OF_SESSION),
        ([CommitmentEvent, "session", SessionHeld], ALL_OF_COMMITMENT | ALL_OF_SESSION),
        ({RecipientChanged}, {("recipient", "recipient-changed")}),
    ],
)
def test_types_are_classes_unions_and_kinds(types: object, chosen: set[tuple[str, str]]) -> None:
    assert wanted(types).keys() == chosen


def test_the_types_decide_the_topics() -> None:
    chosen = wanted([CommitmentMade, "check-ins", SessionHeld])
    assert {*sources_of(chosen, {}).values()} == {"coaching.goals.v1", "coaching.sessions.v1"}
    moved = sources_of(chosen, {"goals": "coaching.goals.v2"})
    assert {*moved.values()} == {"coaching.goals.v2", "coaching.sessions.v1"}


class Unknown(OwnedEvent):
    type = "commitment-celebrated"


@pytest.mark.parametrize(
    ("types", "told"),
    [
        ([], "types is empty"),
        ((), "types is empty"),
        ([Event], "Event, which is a base of events"),
        ([CommitmentMade, PairEvent], "PairEvent, which is a base of events"),
        ([CommitmentMade | OwnedEvent], "OwnedEvent, which is a base of events"),
        ([Unknown], "Unknown, which is not in the contract"),
        ([Envelope], "which is no event"),
        ([MISSED], "which is no event"),
        ([None], "which is no event"),
        ([CommitmentMade | None], "which is no event"),
        (["commitments"], "there is no kind of stream 'commitments'; there are person,"),
        ("commitment", "types must be a list"),
        (CommitmentMade, "types must be a list"),
        (CommitmentEvent, "types must be a list"),
        (None, "types must be a list"),
    ],
)
def test_what_can_never_arrive_is_refused_before_anything_connects(types: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        subscribe(types=types, group="wall", bootstrap="nowhere:1")


@pytest.mark.parametrize(
    ("moved", "told"),
    [({"goal": "x"}, "'goal'; there are partnerships"), ({"sessions": "x"}, "sessions, which writes none of these")],
)
def test_a_topic_that_has_none_of_the_types_is_refused(moved: dict[str, str], told: str) -> None:
    with pytest.raises(TypeError, match=told):
        subscribe(types=[CommitmentMade], topics=moved, group="wall", bootstrap="nowhere:1")


@pytest.mark.parametrize("start", ["newest", datetime(2026, 1, 1)])  # noqa: DTZ001
def test_a_start_is_the_beginning_the_end_or_an_instant(start: Any) -> None:
    with pytest.raises(ValueError, match="zone"):
        subscribe(types=[CommitmentMade], start=start, group="wall", bootstrap="nowhere:1")


def test_what_subscribe_decides_is_no_setting_of_the_connection() -> None:
    with pytest.raises(TypeError, match="enable_auto_commit"):
        subscribe(types=[CommitmentMade], group="wall", bootstrap="nowhere:1", connection={"enable_auto_commit": True})


def test_a_subscription_is_entered_before_it_is_iterated_over() -> None:
    with pytest.raises(TypeError, match="async with subscribe"):
        aiter(subscribe(types=[CommitmentMade], group="wall", bootstrap="nowhere:1"))


class Hanging:
    """A consumer whose broker went away: it never gets to leave its group."""

    def __init__(self, *topics: str, **settings: Any) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None:
        await asyncio.Event().wait()


async def test_a_broker_that_is_away_does_not_keep_a_program_from_its_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(starting, "AIOKafkaConsumer", Hanging)
    monkeypatch.setattr(starting, "LEAVING", 0.01)
    async with asyncio.timeout(10), starting.opened("coaching.goals.v1"):
        pass
