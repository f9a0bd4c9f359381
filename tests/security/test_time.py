"""Clocks that are wrong, zones and holidays of several versions, and crowds whose moments are all the same."""

import asyncio
import json
import zoneinfo
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
import tzdata

from coaching_events.ids import StreamId
from coaching_events.moment import written
from coaching_time import zone_exists
from deploy.local.ports import LOOPBACK
from eventlog.stores.memory import MemoryStore
from eventlog.timers import Deadlines
from goals.app import definition as goals_made_of
from goals.app import service as goals
from goals.check_ins.rules.spread import NOT_AT_ALL, SPREAD
from goals.settings import GoalsSettings
from notifications.app import service as notifications
from partnerships.app import service as partnerships
from service_kit.observability.clock_comparison import ClockComparison, ComparedClock
from service_kit.observability.packages import Packages, installed
from service_kit.process import connect
from service_kit.process.run import _checks  # pyright: ignore[reportPrivateUsage]
from service_kit.server.health import NotReady
from sessions.app import service as sessions
from tests.contracts.partnerships_in_memory import START, PartnershipsInMemory, SetClock, answered, refused
from tests.contracts.store_samples import NOON
from tests.contracts.toys import TOYS, command, move, toy_log
from tests.faults.in_memory import Standing, SuiteInMemory
from tests.faults.load import Crowd, Doors
from tests.faults.load.people import settle_in
from tests.faults.oracle import Evidence, judge

TUESDAY = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
DAY = timedelta(days=1)


async def with_a_clock_that_jumps(seed: int) -> tuple[Evidence, Crowd]:
    """Some days of a few couples, whose clock goes back and forth by up to two hours all the time."""
    dice = Random(seed)
    suite = SuiteInMemory(Standing(TUESDAY))
    crowd = Crowd(Doors(suite.clients()), Random(seed), seed)
    soon = timedelta(minutes=40)
    pairs = await settle_in(crowd, suite.issuer, 2, suite.settles, suite.clock.now, soon)
    await suite.comes(TUESDAY + DAY)
    for _ in range(40):
        for pair in pairs:
            suite.clock.at += timedelta(minutes=dice.randint(-120, 125))
            await suite.during(pair.act())
    await suite.settles()
    await suite.comes(max(suite.clock.at, TUESDAY + 5 * DAY))
    return await suite.evidence(crowd.answers), crowd


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
        return await ComparedClock(ClockComparison(self.server_time, timedelta(seconds=2), now=lambda: self.at)).now()


async def test_a_clock_that_is_wrong_by_years_writes_nothing():
    service = PartnershipsInMemory(clock=Machine())
    await service.open()
    async with service.client("anna") as anna, service.client("ben") as ben:
        wanted = {"other": answered(await ben.get("/people/me"), 200)["id"]}
        service.clock.at = START.replace(year=2031)
        refused(await anna.post("/partnerships", json=wanted), 503, "clock-unreliable")
        service.clock.at = START
        told = answered(await anna.post("/partnerships", json=wanted), 201)
    assert [event["at"] for event in told["events"]] == [written(START)]


def test_zones_come_from_the_package_whose_version_is_recorded():
    assert zoneinfo.TZPATH == ()
    assert zone_exists("Europe/Berlin")
    names = Path(tzdata.__path__[0], "zones").read_text().split()
    assert zoneinfo.available_timezones() >= {*names} - {"Factory"}


def test_every_service_names_the_packages_that_its_decisions_follow_from():
    assert {each.packages for each in (goals, sessions, notifications)} == {("tzdata",)}
    assert partnerships.packages == ("tzdata", "holidays")


class Kept:
    """What processes of a service have noted."""

    def __init__(self, *noted: tuple[str, str]) -> None:
        self.noted = list(noted)
        self.was_told = asyncio.Event()

    async def note(self, versions: Mapping[str, str]) -> None:
        self.noted += versions.items()
        self.was_told.set()

    async def read(self) -> Sequence[tuple[str, str]]:
        return self.noted

    def process(self, *, older_allowed: bool = False, **here: str) -> Packages:
        """A process with these versions."""
        return Packages(here, self.note, self.read, older_allowed=older_allowed)


@pytest.mark.parametrize("here", ["2026.2", "2026.10", "2027.1"])
async def test_a_process_with_newer_data_or_the_same_is_ready(here: str):
    await Kept(("tzdata", "2026.1"), ("tzdata", "2026.2"), ("holidays", "0.109")).process(tzdata=here).check()


async def test_a_process_with_older_data_than_decisions_were_made_with_is_not_ready_and_says_which_is_wanted():
    kept = Kept(("tzdata", "2026.1"), ("tzdata", "2026.10"), ("holidays", "0.84"))
    with pytest.raises(NotReady, match=r"tzdata 2026\.9 is installed, and decisions were made with 2026\.10"):
        await kept.process(tzdata="2026.9", holidays="0.84").check()
    with pytest.raises(NotReady, match=r"holidays 0\.83 is installed, and decisions were made with 0\.84"):
        await kept.process(tzdata="2026.10", holidays="0.83").check()
    await kept.process(tzdata="2026.9", older_allowed=True).check()


async def test_older_processes_are_ready_until_a_newer_one_has_decided_something():
    kept, has_written = Kept(), asyncio.Event()
    older, newer = kept.process(tzdata="2026.1"), kept.process(tzdata="2026.2")
    noting = asyncio.create_task(newer.record_when(has_written))
    await asyncio.sleep(0)
    await older.check()
    has_written.set()
    await asyncio.wait_for(kept.was_told.wait(), 5)
    with pytest.raises(NotReady):
        await older.check()
    await newer.check()
    noting.cancel()


async def test_every_event_is_stored_with_the_versions_that_it_was_decided_with():
    store, toy = MemoryStore(), StreamId("toy_a")
    log = toy_log(store)
    log.used = str(Packages(installed(partnerships.packages), Kept().note, Kept().read))
    assert not log.has_written.is_set()
    await log.decide(TOYS, toy, command("made"), move(1, rings_at=NOON))
    assert log.has_written.is_set()
    await log.decide_many(TOYS, {toy: command("moved")}, lambda stream, toy: [])
    await Deadlines(log, SetClock(NOON)).sweep()
    used = f"tzdata {version('tzdata')}, holidays {version('holidays')}"
    assert [(entry.type, entry.used) for entry in await store.history(toy)] == [("toy-moved", used), ("toy-rang", used)]
    await log.relay.drain()


def settings(monkeypatch: pytest.MonkeyPatch, **more: str) -> GoalsSettings:
    told = {
        "KAFKA_URL": f"{LOOPBACK}:1",
        "MONGO_URL": f"mongodb://{LOOPBACK}:1",
        "TOKEN_ISSUER": "https://issuer.example",
        "TOKEN_AUDIENCE": "tandem",
    }
    for name, value in (told | more).items():
        monkeypatch.setenv(name, value)
    return GoalsSettings.from_environment()


@pytest.mark.parametrize("older_allowed", [False, True])
async def test_a_process_has_such_a_clock_such_records_and_such_checks(
    monkeypatch: pytest.MonkeyPatch, older_allowed: bool
):
    monkeypatch.setattr(SPREAD, "within", SPREAD.within)  # which connecting sets
    connection = connect(goals_made_of, settings(monkeypatch, OLDER_PACKAGES=str(older_allowed)))
    assert isinstance(connection.clock, ComparedClock)
    assert connection.clock.clocks is connection.clocks
    assert connection.service_context.log.used == f"tzdata {version('tzdata')}"
    assert connection.packages.older_allowed is older_allowed
    assert _checks(connection, None)["packages"] == connection.packages.check
    await connection.close()


async def test_check_ins_of_many_people_open_one_after_another_as_far_apart_as_the_setting_says(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(SPREAD, "within", NOT_AT_ALL)
    goals_made_of.opening(settings(monkeypatch))
    suite = SuiteInMemory(Standing(TUESDAY))
    crowd = Crowd(Doors(suite.clients()), Random(3), 3)
    await settle_in(crowd, suite.issuer, 3, suite.settles, suite.clock.now, timedelta(minutes=40))
    await suite.comes(TUESDAY + 9 * DAY)
    evidence = await suite.evidence(crowd.answers)
    later: dict[StreamId, set[timedelta]] = {}
    for document in evidence.documents:
        for entry in document.history:
            if entry.type == "check-ins-scheduled":
                opens = datetime.fromisoformat(json.loads(entry.data)["opens"])
                minute = opens.replace(second=0, microsecond=0)  # work begins, and graces end, at whole ones
                later.setdefault(document.stream, set()).add(opens - minute)
    assert [len(each) for each in later.values()] == [1] * 6
    assert len({min(each) for each in later.values()} - {NOT_AT_ALL}) == 6
    assert judge(evidence).findings == ()
