"""No clock makes a history run backwards, and none that is wrong writes into one."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from coaching_events.moment import written
from service_kit.clocks import Clocks, ComparedClock
from tests.contracts.office import START, Office, SetClock, answered, refused
from tests.faults.in_memory import Standing, Village
from tests.faults.load import Crowd, Doors
from tests.faults.load.people import settle_in
from tests.faults.oracle.evidence import Evidence

TUESDAY = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
DAY = timedelta(days=1)


async def with_a_clock_that_jumps(seed: int) -> tuple[Evidence, Crowd]:
    """Some days of a few couples, whose clock goes back and forth by up to two hours all the time."""
    dice = Random(seed)
    village = Village(Standing(TUESDAY))
    crowd = Crowd(Doors(village.clients()), Random(seed), seed)
    soon = timedelta(minutes=40)
    pairs = await settle_in(crowd, village.issuer, 2, village.settles, village.clock.now, soon)
    await village.comes(TUESDAY + DAY)
    for _ in range(30):
        for pair in pairs:
            village.clock.at += timedelta(minutes=dice.randint(-120, 125))
            await village.during(pair.act())
    await village.settles()
    await village.comes(max(village.clock.at, TUESDAY + 5 * DAY))
    return await village.evidence(crowd.answers), crowd


async def test_histories_never_go_back_and_nothing_stands_still_where_a_clock_jumps():
    evidence, crowd = await with_a_clock_that_jumps(seed=1)
    back = [
        f"{document.stream}@{after.version}"
        for document in evidence.documents
        for before, after in pairwise(document.history)
        if after.at < before.at
    ]
    assert back == []
    assert not crowd.strange
    assert not evidence.letters
    overdue = [each.stream for each in evidence.documents if each.wake_at is not None and each.wake_at <= evidence.now]
    assert overdue == []
    assert len(crowd.answers) > 40


class Machine(SetClock):
    """A process's clock, compared with that of a database server."""

    async def server_time(self) -> datetime:
        """A clock that is right."""
        return START

    async def now(self) -> datetime:
        """By the clock that a process has."""
        return await ComparedClock(Clocks(self.server_time, timedelta(seconds=2), now=lambda: self.at)).now()


async def test_a_clock_that_is_wrong_by_years_writes_nothing():
    office = Office(clock=Machine())
    await office.open()
    async with office.client("anna") as anna, office.client("ben") as ben:
        wanted = {"other": answered(await ben.get("/people/me"), 200)["id"]}
        office.clock.at = START.replace(year=2031)
        refused(await anna.post("/partnerships", json=wanted), 503, "clock-unreliable")
        office.clock.at = START
        told = answered(await anna.post("/partnerships", json=wanted), 201)
    assert [event["at"] for event in told["events"]] == [written(START)]
