"""Follow topics in lanes, one for each partition: while one waits for the database, another decodes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager

import structlog
from opentelemetry.trace import Span, SpanKind

from eventlog.consumers.consumer import KafkaConsumer, Partition, Record
from eventlog.outbox.relay import BrokerUnavailable
from eventlog.stores.documents import StoreUnavailable
from eventlog.tracing import NEW_TRACE, is_recording, links_to, span

log = structlog.stdlib.get_logger(__name__)

LONGEST_PAUSE = 5.0
"""Seconds between tries while the database is away."""
WAIT = 2.0
"""Seconds for which a lane waits for records before it looks again."""

Step = Callable[[Sequence[Record]], Awaitable[None]]
"""Does all of these records, which are of one partition and in order."""


async def run_partition_workers(consumer: KafkaConsumer, step: Step, *, limit: int) -> None:
    """Let a step do record after record, at most so many at once, for ever; what is done is committed after it.

    Raises what a step raises, but for StoreUnavailable: then the same records are tried again.
    """
    lanes: dict[Partition, asyncio.Task[None]] = {}
    async with asyncio.TaskGroup() as group:
        while True:
            await consumer.assignment_changed()
            assigned = consumer.assigned()
            for partition in lanes.keys() - assigned:
                lanes.pop(partition).cancel()
            for partition in assigned - lanes.keys():
                lanes[partition] = group.create_task(_work_partition(consumer, partition, step, limit))


async def _work_partition(consumer: KafkaConsumer, partition: Partition, step: Step, limit: int) -> None:
    while True:
        try:
            records = await consumer.poll(partition, limit, wait=WAIT)
        except BrokerUnavailable as away:
            log.warning("broker away", group=consumer.group, error=str(away))
            await asyncio.sleep(1.0)
            continue
        if records:
            async with consumer.batches.batch():
                with _span(consumer.group, partition, records):
                    is_done = await _retry_until_done(consumer, step, records)
                if is_done:
                    consumer.mark_processed(partition, records[-1].offset)


def _span(group: str, partition: Partition, records: Sequence[Record]) -> AbstractContextManager[Span]:
    """One for the batch, which links to the traces of its events: they are many, and none is its parent."""
    if not is_recording():
        return span("process", parent=NEW_TRACE)
    attributes = {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": partition.topic,
        "messaging.destination.partition.id": str(partition.partition),
        "messaging.consumer.group.name": group,
        "messaging.batch.message_count": len(records),
    }
    links = links_to(record.headers for record in records)
    name = f"process {partition.topic}"
    return span(name, SpanKind.CONSUMER, parent=NEW_TRACE, links=links, attributes=attributes)


async def _retry_until_done(consumer: KafkaConsumer, step: Step, records: Sequence[Record]) -> bool:
    """Repeat a step while the database is away, with longer and longer pauses, without leaving the group.

    False if it was given up because the partitions are to change hands: whoever follows this one then reads the records
    again.
    """
    pause = 0.05
    while True:
        try:
            await step(records)
        except StoreUnavailable as away:
            log.warning("database away, trying again", group=consumer.group, seconds=pause, error=str(away))
            await asyncio.sleep(pause)
            if not await consumer.keep_membership():
                return False
            pause = min(pause * 2, LONGEST_PAUSE)
        else:
            return True
