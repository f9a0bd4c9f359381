"""What stands on the topics, in the documents and in the rows, held against each other."""

# aiokafka annotates only in part.
# pyright: reportUnknownMemberType=false

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from coaching_events.envelope import Envelope, NotACloudEvent, Recorded, read
from coaching_events.ids import StreamId, kind_of
from coaching_events.topics import TOPICS
from eventlog.consumers.projections import AnyProjection
from eventlog.service import Service
from examples.quarter.suite import SERVICES
from goals.app import service as goals
from notifications.app import service as notifications
from sessions.app import service as sessions
from tests.delivery.company import Company

WITH_READ_MODELS: Sequence[Service] = (goals, sessions, notifications)


@dataclass
class Told:
    """One stream as a topic tells it: its events in the order of their first occurrences."""

    topic: str
    partitions: set[int] = field(default_factory=set[int])
    events: list[tuple[Envelope, bytes]] = field(default_factory=list[tuple[Envelope, bytes]])
    repeated: int = 0


async def check(
    company: Company, *, topics: Mapping[str, str] = TOPICS, rows_of: Mapping[str, int] | None = None
) -> Mapping[StreamId, Told]:
    """Fail unless topics, documents and rows say the same; the streams as the topics tell them.

    The suite is quiet when this is asked. What is on the topics besides the suite's own streams is passed over.
    ``read_models_of`` are the numbers of the services' rows, where they are not those in use.
    """
    documents = {StreamId(d["_id"]): d for service in SERVICES async for d in company.documents(service).find()}
    told = {stream: each for stream, each in (await _read(company, topics)).items() if stream in documents}
    faults = [*_order(told), *_history(told, documents)]
    for service in WITH_READ_MODELS:
        number = (rows_of or {}).get(service.name, service.projection_version)
        rows = {StreamId(row["_id"]): row async for row in company.rows(service.name, number).find()}
        faults += _rows(service, told, rows)
    assert not faults, "\n".join(faults[:30])
    return told


async def _read(company: Company, topics: Mapping[str, str]) -> Mapping[StreamId, Told]:
    streams: dict[StreamId, Told] = {}
    async for record in _records(company.services.kafka_url, [*topics.values()]):
        try:
            envelope = read(record.headers)
        except NotACloudEvent:
            continue
        told = streams.setdefault(envelope.stream, Told(record.topic))
        told.partitions.add(record.partition)
        if envelope.version <= len(told.events):
            told.repeated += 1
        else:
            told.events.append((envelope, record.value or b""))
    return streams


async def _records(url: str, topics: Sequence[str]) -> AsyncGenerator["ConsumerRecord[bytes, bytes]"]:
    """Everything on these topics, from the beginning to the present ends."""
    reader = AIOKafkaConsumer(*topics, bootstrap_servers=url, auto_offset_reset="earliest")
    async with reader as consumer:
        ends = cast("Mapping[TopicPartition, int]", await consumer.end_offsets(consumer.assignment()))
        assert {partition.topic for partition in ends} == {*topics}
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            batches = cast(
                "Mapping[TopicPartition, Sequence[ConsumerRecord[bytes, bytes]]]",
                await consumer.getmany(timeout_ms=500, max_records=5_000),
            )
            for records in batches.values():
                for record in records:
                    yield record


def _order(told: Mapping[StreamId, Told]) -> Iterator[str]:
    """First occurrences are dense and in order, all on one partition of the topic of their service."""
    for stream, each in told.items():
        versions = [envelope.version for envelope, _ in each.events]
        if versions != list(range(1, len(versions) + 1)):
            yield f"{stream} came first as {versions}"
        if len(each.partitions) != 1:
            yield f"{stream} lies on partitions {each.partitions}"


def _history(told: Mapping[StreamId, Told], documents: Mapping[StreamId, Any]) -> Iterator[str]:
    """What the topics tell is what the documents hold, to the byte: nothing lost, nothing told that was not written."""
    for stream, document in documents.items():
        written = [(entry["version"], entry["type"], entry["data"].encode()) for entry in document["history"]]
        heard = [(e.version, e.type, value) for e, value in told[stream].events] if stream in told else []
        if heard != written:
            yield f"{stream} is written as {_short(written)} and told as {_short(heard)}"
        if document["published"].get(told[stream].topic.replace(".", "_")) != document["version"]:
            yield f"{stream} at {document['version']} is noted as published {document['published']}"


def _rows(service: Service, told: Mapping[StreamId, Told], rows: Mapping[StreamId, Any]) -> Iterator[str]:
    """Each row is the fold of its stream."""
    kinds = {projection.kind: projection for projection in service.projections}
    for stream, each in told.items():
        projection = kinds.get(kind_of(stream))
        if projection is None:
            continue
        expected = {"at": len(each.events), "gaps": 0, "value": _fold(projection, each)}
        row = rows.get(stream, {})
        if {name: row.get(name) for name in expected} != expected:
            yield f"{service.name} knows {row} where the topic tells {expected}"


def _fold(projection: AnyProjection, told: Told) -> Any:
    value = None
    for envelope, data in told.events:
        known = projection.events.get(envelope.type)
        if known is not None:
            event = known.model_validate_json(data)
            recorded = Recorded(
                stream=envelope.stream, version=envelope.version, at=envelope.at, event=event, cause=envelope.cause
            )
            value = projection.evolve(value, recorded)
    return None if value is None else projection.values.dump_python(value, mode="json")


def _short(events: Sequence[tuple[int, str, bytes]]) -> str:
    return ", ".join(f"{version} {type}" for version, type, _ in events) or "nothing"
