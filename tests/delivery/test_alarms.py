"""What an alarm needs is shown also when no worker runs: an overdue deadline, and records that nobody has read."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from coaching_events.ids import StreamId
from eventlog import wall_now
from eventlog.commands import CommandContext
from eventlog.stores.mongo import MongoClient, MongoStore
from tests.contracts.toys import TOYS, move, toy_log
from tests.delivery.company import eventually
from tests.delivery.toy_process import ToyWorker


async def test_without_a_worker_serve_shows_what_is_overdue_and_what_is_unread(toys: ToyWorker):
    mongo = MongoClient(toys.services.mongo_url, "pymongo")
    store = MongoStore(mongo, f"{toys.prefix}_toys", topic=toys.topic)
    due = wall_now() - timedelta(hours=1)
    command = CommandContext(id="made", at=due)
    log = toy_log(store)
    await log.decide(TOYS, StreamId("toy_late"), command, move(1, rings_at=due))
    await log.relay.drain()
    await mongo.close()
    await toys.start("serve")
    await toys.becomes("ready")
    sending = asyncio.create_task(toys.more_and_more())

    groups = ("toys.projections.1", "toys.reactions")
    lags = [f'tandem_consumer_lag_records{{group="{each}",partition="0",topic="{toys.topic}"}}' for each in groups]

    async def shown() -> bool:
        try:
            unread = [await toys.figure(lag) for lag in lags]
        except ValueError:  # not looked at yet
            return False
        return min(unread) > 0 and await toys.figure("tandem_deadlines_overdue_oldest_seconds") >= 3600

    try:
        assert await eventually("both alarms could fire", shown, within=60)
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
