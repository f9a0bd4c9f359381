"""Consume topics with one worker for each partition: while one waits for the database, another decodes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager

import structlog
from opentelemetry.trace import Span, SpanKind

from eventlog.consumers.consumer import KafkaConsumer, Partition, Record
from eventlog.ids import pauses
from eventlog.outbox.relay import BrokerUnavailable
from eventlog.stores.documents import StoreUnavailable
from eventlog.tracing import NEW_TRACE, is_recording, links_to, span

log = structlog.stdlib.get_logger(__name__)

LONGEST_PAUSE = 5.0
"""Seconds between tries while the database is away."""
WAIT = 2.0
"""Seconds for which a worker waits for records before it asks again."""

Step = Callable[[Sequence[Record]], Awaitable[None]]
"""Processes these records, which are of one partition and in order."""


async def run_partition_workers(consumer: KafkaConsumer, step: Step, *, limit: int) -> None:
    """Process records in batches of at most ``limit``, for ever. Each batch is committed after it.

    Raises what the step raises, except StoreUnavailable: then the same records are tried again.
    """
    workers: dict[Partition, asyncio.Task[None]] = {}
    async with asyncio.TaskGroup() as group:
        while True:
            await consumer.assignment_changed()
            assigned = consumer.assigned()
            for partition in workers.keys() - assigned:
                workers.pop(partition).cancel()
            for partition in assigned - workers.keys():
                workers[partition] = group.create_task(_work_partition(consumer, partition, step, limit))


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
    """A span for the batch, with links to the traces of its events: none of them is the parent."""
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

    False if it was given up because the partitions are to be reassigned: their next worker reads the records again.
    """
    for pause in pauses(0.05, LONGEST_PAUSE):
        try:
            await step(records)
        except StoreUnavailable as away:
            log.warning("database away, trying again", group=consumer.group, seconds=round(pause, 2), error=str(away))
        else:
            return True
        await asyncio.sleep(pause)
        if not await consumer.keep_membership():
            break
    return False
