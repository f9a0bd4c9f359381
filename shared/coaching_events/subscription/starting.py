"""Where a group begins that has committed nothing yet."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Literal, TypeAlias

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from coaching_events.kafka.closed_connections import survive_closed_connections

Start: TypeAlias = Literal["earliest", "latest"] | datetime
"""A datetime is the time at which records were written to the topic."""

LEAVING = 5.0
"""Seconds in which what was passed over is committed at the end, and again as many to leave the group.

What was not committed is read again.
"""


def check(start: object) -> None:
    """Raise ValueError for a text that is no start, and for a time without a zone."""
    if isinstance(start, datetime):
        if start.utcoffset() is None:
            raise ValueError(f"start is {start}, a time without a zone: write datetime(…, tzinfo=UTC)")
    elif start not in ("earliest", "latest"):
        raise ValueError(f"start is {start!r}: write 'earliest', 'latest' or a datetime with a zone")


@asynccontextmanager
async def opened(*topics: str, **settings: Any) -> AsyncGenerator[Any]:
    """A started consumer, which is closed in any case, also where starting fails. No broker holds it up."""
    survive_closed_connections()  # the loop may be uvloop's
    consumer = AIOKafkaConsumer(*topics, enable_auto_commit=False, auto_offset_reset="earliest", **settings)
    try:
        await consumer.start()
        yield consumer
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVING):
                await consumer.stop()


async def begin_at(start: Start, topics: Iterable[str], group: str, settings: Mapping[str, Any]) -> None:
    """Commit the start in the partitions where the group has committed nothing.

    So it holds for the group once: what comes while no member is there is not left out by the next one.
    """
    if start == "earliest":  # where nothing was committed, this is where a consumer begins
        return
    async with opened(*topics, **settings) as reader, opened(group_id=group, **settings) as member:
        new = [each for each in reader.assignment() if await member.committed(each) is None]
        if not new:
            return
        begin = await reader.end_offsets(new)
        if isinstance(start, datetime):
            since = await reader.offsets_for_times(dict.fromkeys(new, max(0, int(start.timestamp() * 1000))))
            begin |= {partition: found.offset for partition, found in since.items() if found is not None}
        member.assign(new)
        # Where another member has just joined, it has committed the same before.
        with suppress(KafkaError):
            await member.commit(begin)
