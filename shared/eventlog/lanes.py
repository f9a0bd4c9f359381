"""Follow topics in lanes, one for each partition: while one waits for the database, another decodes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from eventlog.kafka_in import KafkaInlet, Partition, Record
from eventlog.relay import BrokerUnavailable
from eventlog.store import StoreUnavailable
from eventlog.tracing import Span, is_recording, traces_of

log = structlog.stdlib.get_logger(__name__)

LONGEST_PAUSE = 5.0
"""Seconds between tries while the database is away."""
WAIT = 2.0
"""Seconds for which a lane waits for records before it looks again."""

Step = Callable[[Sequence[Record]], Awaitable[None]]
"""Does all of these records, which are of one partition and in order."""


async def follow(inlet: KafkaInlet, step: Step, *, limit: int) -> None:
    """Let a step do record after record, at most so many at once, for ever; what is done is committed after it.

    Raises what a step raises, but for StoreUnavailable: then the same records are tried again.
    """
    lanes: dict[Partition, asyncio.Task[None]] = {}
    async with asyncio.TaskGroup() as group:
        while True:
            await inlet.assignment_changed()
            assigned = inlet.assigned()
            for partition in lanes.keys() - assigned:
                lanes.pop(partition).cancel()
            for partition in assigned - lanes.keys():
                lanes[partition] = group.create_task(_lane(inlet, partition, step, limit))


async def _lane(inlet: KafkaInlet, partition: Partition, step: Step, limit: int) -> None:
    while True:
        try:
            records = await inlet.take(partition, limit, wait=WAIT)
        except BrokerUnavailable as away:
            log.warning("broker away", group=inlet.group, error=str(away))
            await asyncio.sleep(1.0)
            continue
        if records:
            async with inlet.batches.one():
                with _span(inlet.group, partition, records):
                    is_done = await _insist(inlet, step, records)
                if is_done:
                    inlet.done(partition, records[-1].offset)


def _span(group: str, partition: Partition, records: Sequence[Record]) -> Span:
    """One for the batch, which links to the traces of its events: they are many, and none is its parent."""
    if not is_recording():
        return Span("process", root=True)
    attributes = {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": partition.topic,
        "messaging.destination.partition.id": str(partition.partition),
        "messaging.consumer.group.name": group,
        "messaging.batch.message_count": len(records),
    }
    links = traces_of(record.headers for record in records)
    return Span(f"process {partition.topic}", "consumer", root=True, links=links, attributes=attributes)


async def _insist(inlet: KafkaInlet, step: Step, records: Sequence[Record]) -> bool:
    """Repeat a step while the database is away, with longer and longer pauses, without leaving the group.

    False if it was given up because the partitions are to change hands: whoever follows this one then reads the records
    again.
    """
    pause = 0.05
    while True:
        try:
            await step(records)
        except StoreUnavailable as away:
            log.warning("database away, trying again", group=inlet.group, seconds=pause, error=str(away))
            await asyncio.sleep(pause)
            if not await inlet.stay():
                return False
            pause = min(pause * 2, LONGEST_PAUSE)
        else:
            return True
