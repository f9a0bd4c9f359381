"""The two clocks of a deadline: this machine's and the database server's."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from httpx import ASGITransport, AsyncClient

from coaching_events.ids import StreamId
from eventlog.clock import EPOCH, wall_now
from eventlog.memory import MemoryStore
from eventlog.mongo import MongoClient
from eventlog.store import StoreUnavailable
from eventlog.sweep import Deadlines
from service_kit.clocks import Clocks, ahead
from service_kit.health import Health
from tests.contracts.store_samples import NOON, seconds
from tests.contracts.toys import TOYS, command, move, toy_log

TOY = StreamId("toy_a")


@pytest.mark.parametrize(
    ("before", "server", "after", "expected"),
    [(0, 0, 0, 0), (0, 0.3, 0.5, 0), (10, 4, 11, 6), (10, 15, 12, -3), (0, 5, 10, 0)],
    ids=["the same", "within the time it took", "ahead", "behind", "who waits long cannot tell"],
)
def test_a_difference_is_what_the_time_it_took_to_ask_cannot_explain(
    before: float, server: float, after: float, expected: float
):
    at = [NOON + seconds(each) for each in (before, server, after)]
    assert ahead(at[0], at[1], at[2]) == timedelta(seconds=expected)


@dataclass
class Server:
    """A database server with a clock of its own, or away."""

    clock: datetime | None = NOON

    async def server_time(self) -> datetime:
        if self.clock is None:
            raise StoreUnavailable("away")
        return self.clock


def compared_with(server: Server) -> Clocks:
    return Clocks(server.server_time, timedelta(seconds=2), now=lambda: NOON)


@pytest.mark.parametrize(
    ("server", "why"),
    [
        (NOON, None),
        (NOON + seconds(2), None),
        (NOON + seconds(2.001), "it is 2.0 s behind the database server's, and CLOCK_TOLERANCE is 2 s"),
        (NOON - seconds(3600), "it is 3600.0 s ahead of the database server's, and CLOCK_TOLERANCE is 2 s"),
        (None, "it has not been compared with the database server's so far"),
    ],
    ids=str,
)
async def test_beyond_the_tolerance_a_process_is_not_ready_and_says_why(server: datetime | None, why: str | None):
    clocks = compared_with(Server(server))
    comparing = asyncio.create_task(clocks.keep_comparing())
    await asyncio.sleep(0)
    transport = ASGITransport(Health(None, {"clock": clocks.check}))
    async with AsyncClient(transport=transport, base_url="http://toys") as client:
        answer = await client.get("/health/ready")
    comparing.cancel()
    if why is None:
        assert (answer.status_code, answer.json()["waiting_for"]) == (200, [])
    else:
        assert (answer.status_code, answer.json()["why"]) == (503, {"clock": why})


async def test_a_clock_that_is_set_right_is_relied_on_again_and_an_old_answer_stands_while_there_is_no_newer_one():
    server = Server(NOON + seconds(9))
    clocks = compared_with(server)
    await clocks.compare()
    assert not clocks.agree
    server.clock = NOON
    await clocks.compare()
    assert clocks.agree
    server.clock = None
    with pytest.raises(StoreUnavailable):
        await clocks.compare()
    assert clocks.agree


async def test_the_database_server_tells_its_time(client: MongoClient):
    before = wall_now()
    told = await client.server_time()
    assert ahead(before, told, wall_now()) <= timedelta(seconds=2)
    assert told.utcoffset() == timedelta(0)


class At:
    def __init__(self, at: datetime) -> None:
        self.at = at

    async def now(self) -> datetime:
        return self.at


async def test_what_is_due_is_judged_at_now_minus_the_tolerance():
    log = toy_log(MemoryStore())
    await log.decide(TOYS, TOY, command("move"), move(1, rings_at=NOON))
    deadlines = Deadlines(log, At(NOON + seconds(1.999)), timedelta(seconds=2))
    assert await deadlines.sweep() == 0
    deadlines.clock = At(NOON + seconds(2))
    assert await deadlines.sweep() == 1
    await log.relay.drain()


async def test_by_a_clock_that_is_not_relied_on_nothing_is_due():
    log = toy_log(MemoryStore())
    await log.decide(TOYS, TOY, command("move"), move(1, rings_at=NOON))
    asked: list[bool] = []

    def trusted() -> bool:
        asked.append(len(asked) >= 3)
        return asked[-1]

    sweeping = asyncio.create_task(Deadlines(log, At(NOON + seconds(9)), trusted=trusted).run(pause=0.01))
    async with asyncio.timeout(10):
        while len(await log.store.history(TOY)) < 2:
            assert asked[3:] or await log.store.due(NOON, wall_now(), EPOCH, 1), "nobody has claimed it"
            await asyncio.sleep(0.002)
    assert asked[:4] == [False, False, False, True]
    sweeping.cancel()
    await log.relay.drain()
