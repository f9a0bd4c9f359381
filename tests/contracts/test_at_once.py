"""Many at once over one database, in memory and on MongoDB: nothing is lost, nothing happens twice."""

import asyncio
import random
from datetime import datetime

from coaching_events.ids import StreamId
from eventlog import Refused
from eventlog.commands import AppendResult
from eventlog.consumers import Projections
from eventlog.stores import ReadModel, Store
from eventlog.timers import Deadlines
from tests.contracts.store_samples import NOON, TOY
from tests.contracts.toys import TOYS, command, move, path, records, take, toy_log, toy_rows

STREAMS = [StreamId(f"toy_{number}") for number in range(8)]


class Still:
    """A clock that stands."""

    async def now(self) -> datetime:
        return NOON


async def test_consumers_that_meet_over_the_same_streams_lose_nothing(store: Store) -> None:
    shuffled = [each for stream in STREAMS for each in records(stream, 1, 10)] * 2
    random.Random(7).shuffle(shuffled)

    async def consume(worker: int) -> None:
        mine = shuffled[worker::4]
        for start in range(0, len(mine), 8):
            await Projections("toys.projections", store, [toy_rows()]).take(mine[start : start + 8])

    await asyncio.gather(*(consume(worker) for worker in range(4)))
    assert await store.read_models(STREAMS) == {stream: ReadModel(stream, 10, path(10)) for stream in STREAMS}
    assert await store.dead_letters() == []


async def test_workers_that_sweep_at_once_decide_each_deadline_once(store: Store) -> None:
    log = toy_log(store)
    streams = [StreamId(f"toy_{number}") for number in range(60)]
    for stream in streams:
        await log.decide(TOYS, stream, command(f"make {stream}"), move(1, rings_at=NOON))
    workers = [Deadlines(toy_log(store), Still(), limit=25) for _ in range(4)]
    async with asyncio.timeout(20):
        while (await store.outstanding(NOON)).due:
            await asyncio.gather(*(worker.sweep() for worker in workers))
    rang = [[each.type for each in await store.history(stream)].count("toy-rang") for stream in streams]
    assert rang == [1] * 60
    for each in [log, *(worker.log for worker in workers)]:
        await each.relay.drain()


async def test_the_same_command_from_twenty_is_one_event(store: Store) -> None:
    logs = [toy_log(store) for _ in range(20)]
    answers = await asyncio.gather(*(log.decide(TOYS, TOY, command("a"), move(1, 2)) for log in logs))
    assert {answer.positions for answer in answers} == {("toy_1@1", "toy_1@2")}
    assert len(await store.history(TOY)) == 2
    for log in logs:
        await log.relay.drain()


async def test_of_twenty_rivals_one_takes_it(store: Store) -> None:
    logs = [toy_log(store) for _ in range(20)]
    await logs[0].decide(TOYS, TOY, command("make"), move(1))
    rivals = [log.decide(TOYS, TOY, command(f"c{number}"), take()) for number, log in enumerate(logs)]
    answers = await asyncio.gather(*rivals, return_exceptions=True)
    assert [type(each) for each in answers].count(Refused) == 19
    assert sum(isinstance(each, AppendResult) for each in answers) == 1
    assert len(await store.history(TOY)) == 2
    for log in logs:
        await log.relay.drain()
