"""Gathers evidence from Kafka and the database, past the code of the services."""

# aiokafka annotates only in part.
# pyright: reportUnknownMemberType=false

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from pymongo import AsyncMongoClient

from coaching_events.topics import TOPICS
from tests.faults.oracle.evidence import Answer, Document, Evidence, Letter, Place, Record, Row, Written
from tests.faults.oracle.suite import SERVICES

Json = dict[str, Any]


async def collect(
    kafka_url: str,
    database: AsyncMongoClient[Json],
    prefix: str,
    *,
    now: datetime,
    answers: Sequence[Answer],
    planted: frozenset[Place],
    mails: Sequence[str],
    is_real_time: bool,
    numbers: Sequence[int],
    sealed: Sequence[str],
) -> Evidence:
    """Everything that is there. The suite is quiet while this reads."""
    documents: list[Document] = []
    rows: list[Row] = []
    letters: list[Letter] = []
    discards: set[tuple[str, str]] = set()
    for service in SERVICES:
        kept, name = database[f"{prefix}_{service.name}"], service.name
        topics = {topic.replace(".", "_"): topic for topic in TOPICS.values()}
        documents += [_document(name, raw, topics) async for raw in kept["streams"].find()]
        for number in numbers:
            rows += [_row(name, number, raw) async for raw in kept[f"read_models_{number}"].find()]
        letters += [
            Letter(service=name, id=raw["_id"], reason=raw["reason"]) async for raw in kept["dead_letters"].find()
        ]
        discards |= {(name, raw["_id"]) async for raw in kept["discards"].find()}
    records = [_record(record) async for record in everything(kafka_url)]
    return Evidence(
        now=now,
        answers=tuple(answers),
        records=records,
        documents=documents,
        rows=rows,
        letters=letters,
        discards=frozenset(discards),
        planted=planted,
        mails=tuple(mails),
        is_real_time=is_real_time,
        numbers=tuple(numbers),
        sealed=tuple(sealed),
    )


async def everything(url: str) -> "AsyncGenerator[ConsumerRecord[bytes, bytes]]":
    """All records of the four topics up to their present ends, each partition in its order."""
    reader = AIOKafkaConsumer(*TOPICS.values(), bootstrap_servers=url, auto_offset_reset="earliest")
    async with reader as consumer:
        ends = cast("Mapping[TopicPartition, int]", await consumer.end_offsets(consumer.assignment()))
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            batches = cast(
                "Mapping[TopicPartition, Sequence[ConsumerRecord[bytes, bytes]]]",
                await consumer.getmany(timeout_ms=500, max_records=5_000),
            )
            for partition, records in batches.items():
                for record in records:
                    if record.offset < ends[partition]:
                        yield record


def _record(record: "ConsumerRecord[bytes, bytes]") -> Record:
    return Record(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
        told_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
    )


def _document(service: str, raw: Mapping[str, Any], topics: Mapping[str, str]) -> Document:
    history = tuple(
        Written(
            version=entry["version"],
            type=entry["type"],
            at=entry["at"],
            command=entry["command"],
            data=entry["data"],
            cause=entry.get("cause"),
        )
        for entry in raw["history"]
    )
    published = {topics.get(field, field): version for field, version in raw["published"].items()}
    return Document(
        service=service,
        stream=raw["_id"],
        key=raw["key"],
        version=raw["version"],
        state=raw["state"],
        history=history,
        published=published,
        wake_at=raw.get("wake_at"),
    )


def _row(service: str, number: int, raw: Mapping[str, Any]) -> Row:
    return Row(service=service, number=number, stream=raw["_id"], at=raw["at"], value=raw["value"], waiting=raw["gaps"])
