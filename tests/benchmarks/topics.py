"""Topics made ready: filled once, read again and again by groups that nobody has used."""

from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from coaching_events.envelope import headers
from eventlog import fresh_id
from eventlog.consumers.consumer import Record
from eventlog.outbox import Topic, ensure_topics
from tests.benchmarks.known_promise import EACH, history

PARTITIONS = 3
AT_A_TIME = 500
"""Streams whose events are mixed."""


def fresh_topic() -> str:
    """A name that nobody has used."""
    return f"bench.{fresh_id()[:8]}"


def fresh_group() -> str:
    """A consumer group that has read nothing."""
    return f"bench.{fresh_id()}"


async def filled(kafka_url: str, events: int, partitions: int = PARTITIONS) -> str:
    """A topic with so many events, streams mixed as they are in life."""
    topic = fresh_topic()
    await ensure_topics(kafka_url, [Topic(topic, partitions)])
    producer: Any = AIOKafkaProducer(bootstrap_servers=kafka_url, linger_ms=5, max_batch_size=256 * 1024)
    await producer.start()
    try:
        for first in range(0, events // EACH, AT_A_TIME):
            together = [history(number) for number in range(first, min(first + AT_A_TIME, events // EACH))]
            for version in range(EACH):
                for events_of_one in together:
                    envelope, event = events_of_one[version]
                    await producer.send(
                        topic,
                        event.model_dump_json(exclude_none=True).encode(),
                        key=envelope.key.encode(),
                        headers=[(name, text.encode()) for name, text in headers(envelope).items()],
                    )
        await producer.flush()
    finally:
        await producer.stop()
    return topic


async def started_consumer(kafka_url: str, topic: str, group: str) -> Any:
    """A bare consumer that has joined its group and has been given its partitions."""
    consumer: Any = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka_url, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    return consumer


async def records_of(kafka_url: str, topic: str, count: int) -> list[Record]:
    """So many records of a topic, in memory."""
    consumer = await started_consumer(kafka_url, topic, fresh_group())
    records: list[Record] = []
    try:
        while len(records) < count:
            for taken in (await consumer.getmany(timeout_ms=1000, max_records=count - len(records))).values():
                records += taken
    finally:
        await consumer.stop()
    return records
