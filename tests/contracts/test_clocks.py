"""The two clocks of a deadline, this machine's and the database server's, and what becomes of times if one jumps."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from httpx import ASGITransport, AsyncClient

from coaching_events.event import Event
from coaching_events.ids import StreamId
from eventlog import EPOCH, Decision, ReferenceData, Timed, wall_now
from eventlog.commands import CommandContext, no_earlier
from eventlog.stores import ClockUnreliable, Store, StoreUnavailable
from eventlog.stores.memory import MemoryStore
from eventlog.stores.mongo import MongoClient
from eventlog.timers import Deadlines
from service_kit.observability.clock_comparison import ClockComparison, ComparedClock, ahead
from service_kit.server.health import Health
from tests.contracts.store_samples import NOON, seconds
from tests.contracts.toys import ANNA, TOYS, Toy, ToyMoved, ToyTaken, command, move, toy_log

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


def compared_with(server: Server) -> ClockComparison:
    return ClockComparison(server.server_time, timedelta(seconds=2), now=lambda: NOON)


@pytest.mark.parametrize(
    ("server", "why"),
    [
        (NOON, None),
        (NOON + seconds(2), None),
        (NOON + seconds(2.001), "it is 2.0 s behind the database server's clock; CLOCK_TOLERANCE is 2 s"),
        (NOON - seconds(3600), "it is 3600.0 s ahead of the database server's clock; CLOCK_TOLERANCE is 2 s"),
        (None, "it has not been compared with the database server's clock yet"),
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


HOUR = seconds(3600)


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
async def test_a_jump_is_noticed_before_the_clocks_are_compared_again(jump: timedelta):
    clock, server = At(NOON), Server(NOON)
    clocks = ClockComparison(server.server_time, seconds(2), now=lambda: clock.at, steady=lambda: 0.0)
    await clocks.compare()
    assert clocks.agree
    clock.at += jump
    assert not clocks.agree
    with pytest.raises(ClockUnreliable):
        await ComparedClock(clocks).now()
    clock.at = NOON
    assert await ComparedClock(clocks).now() == NOON


async def test_a_clock_that_goes_on_as_time_does_is_relied_on_without_asking_again():
    clock, server, passed = At(NOON), Server(NOON), 0.0
    clocks = ClockComparison(server.server_time, seconds(2), now=lambda: clock.at, steady=lambda: passed)
    assert await ComparedClock(clocks).now() == NOON
    server.clock = None
    clock.at, passed = NOON + HOUR, 3600.0
    assert await ComparedClock(clocks).now() == NOON + HOUR


async def times(store: Store) -> list[datetime]:
    return [entry.at for entry in await store.history(TOY)]


async def test_the_times_of_a_stream_never_go_back_and_rules_read_the_instant_that_is_written(store: Store):
    log = toy_log(store)
    read: list[datetime] = []

    async def at(number: int, instant: datetime) -> None:
        asked = CommandContext(id=f"move {number}", at=instant)

        async def rule(toy: Toy | None) -> Decision[Event]:
            read.append(asked.at)
            return [ToyMoved(by=ANNA, to=number)]

        await log.decide(TOYS, TOY, asked, rule)

    for number, instant in enumerate([NOON, NOON - HOUR, NOON + HOUR, NOON, NOON + 2 * HOUR]):
        await at(number, instant)
    assert await times(store) == [NOON, NOON, NOON + HOUR, NOON + HOUR, NOON + 2 * HOUR] == read
    await log.relay.drain()


async def test_neither_do_the_times_of_many_streams_that_are_decided_together(store: Store):
    log = toy_log(store)
    await log.decide(TOYS, TOY, CommandContext(id="first", at=NOON), move(1))
    others = {
        TOY: CommandContext(id="second", at=NOON - HOUR),
        StreamId("toy_b"): CommandContext(id="begins", at=NOON - HOUR),
    }
    await log.decide_many(TOYS, others, lambda stream, toy: [ToyMoved(by=ANNA, to=2)])
    assert await times(store) == [NOON, NOON]
    assert [entry.at for entry in await store.history(StreamId("toy_b"))] == [NOON - HOUR]
    await log.relay.drain()


async def test_an_event_with_an_instant_of_its_own_is_no_earlier_than_the_one_before_it(store: Store):
    log = toy_log(store)
    await log.decide(TOYS, TOY, CommandContext(id="first", at=NOON), move(1))

    async def rule(toy: Toy | None) -> Decision[Event]:
        return [Timed(ToyMoved(by=ANNA, to=2), NOON + HOUR), Timed(ToyTaken(by=ANNA), NOON - HOUR)]

    await log.decide(TOYS, TOY, CommandContext(id="second", at=NOON), rule)
    assert await times(store) == [NOON, NOON + HOUR, NOON + HOUR]
    await log.relay.drain()


async def test_a_deadline_that_is_decided_after_later_news_has_their_time(store: Store):
    log = toy_log(store)
    await log.decide(TOYS, TOY, CommandContext(id="first", at=NOON), move(1, rings_at=NOON + seconds(10)))
    await log.decide(TOYS, TOY, CommandContext(id="late", at=NOON + seconds(30)), move(2, rings_at=NOON + seconds(10)))
    assert await Deadlines(log, At(NOON + seconds(20))).sweep() == 1
    assert await times(store) == [NOON, NOON + seconds(30), NOON + seconds(30)]
    await log.relay.drain()


async def test_a_clock_that_goes_back_over_a_deadline_rings_it_once_and_stops_nothing(store: Store):
    log = toy_log(store)
    deadlines = Deadlines(log, At(NOON + HOUR))
    await log.decide(TOYS, TOY, CommandContext(id="first", at=NOON), move(1, rings_at=NOON + seconds(10)))
    assert await deadlines.sweep() == 1
    deadlines.clock = At(NOON)
    assert await deadlines.sweep() == 0
    await log.decide(TOYS, TOY, CommandContext(id="next", at=NOON), move(2, rings_at=NOON + seconds(20)))
    assert await deadlines.sweep() == 0
    deadlines.clock = At(NOON + seconds(20))
    assert await deadlines.sweep() == 1
    instants = await times(store)
    assert instants == sorted(instants)
    now = await log.current(TOYS, TOY)
    assert now is not None
    assert (now.state.rang, now.wake_at) == (2, None)
    await log.relay.drain()


async def test_news_and_deadlines_are_handled_no_earlier_than_what_has_happened():
    log = toy_log(MemoryStore())
    handled: list[datetime] = []

    def ring(toy: Toy, /, *, at: datetime, now: datetime, reference_data: ReferenceData) -> Decision[Event]:
        handled.append(now)
        return [ToyMoved(by=ANNA, to=3)]

    ringing = replace(TOYS, wake=ring)
    log.aggregates = {"toy": ringing}
    await log.decide(TOYS, TOY, CommandContext(id="first", at=NOON + HOUR), move(1, rings_at=NOON))
    (cause,) = await log.events(TOYS, TOY)
    assert await Deadlines(log, At(NOON)).sweep() == 1
    await log.wake_one(ringing, TOY, replace(cause, at=NOON))
    assert handled == [NOON + HOUR] * 2
    await log.relay.drain()


class Wrong:
    async def now(self) -> datetime:
        raise ClockUnreliable("it is years ahead")


async def test_news_that_a_clock_cannot_date_are_handled_at_their_own_time():
    assert await no_earlier(NOON, Wrong()) == NOON
    assert await no_earlier(NOON, At(NOON + HOUR)) == NOON + HOUR
    assert await no_earlier(NOON, At(NOON - HOUR)) == NOON
