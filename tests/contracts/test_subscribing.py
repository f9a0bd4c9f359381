"""A subscriber from outside: typed, once with a store, and never stopped by a bad record."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError

from coaching_events import (
    CheckInMissed,
    CommitmentKept,
    CommitmentMissed,
    Envelope,
    Event,
    PersonDeactivated,
    StreamId,
)
from coaching_events.envelope import headers
from coaching_events.ids import PartnershipId, PersonId, RuleName
from coaching_events.subscribing import Poison, Seen, deliveries

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
            stream=StreamId(stream), version=version, source="/goals", at=DUE, key=PAIR,
            type=type_ or (event.type if isinstance(event, Event) else MISSED.type),
        )  # fmt: skip
        written = [(name, text.encode()) for name, text in headers(envelope).items()]
        self.raw(event if isinstance(event, bytes) else event.model_dump_json().encode(), written)

    def raw(self, value: bytes | None, written: Sequence[tuple[str, bytes]] = ()) -> None:
        offset = 10 + len(self.records)
        self.records.append(ConsumerRecord(*PLACE, offset, 0, 0, PAIR.encode(), value, None, 0, 0, written))

    async def getmany(self, *, timeout_ms: int) -> Mapping[TopicPartition, Sequence[ConsumerRecord[bytes, bytes]]]:
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


async def heard(
    topic: Topic, *, types: Sequence[type[Event]], seen: Seen | None = None, commit: bool = True
) -> tuple[list[str], list[Poison]]:
    positions: list[str] = []
    poison: list[Poison] = []
    arriving = deliveries(topic, types=types, seen=seen, on_poison=poison.append)
    with suppress(NothingMore):
        async for delivery in arriving:
            positions.append(delivery.recorded.position)
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
