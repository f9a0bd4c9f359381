"""Calendars follow the year and the package, and what people have edited stays."""

import asyncio
from contextlib import suppress
from datetime import datetime

import pytest

from coaching_events.events.calendar import CalendarPublished, Holiday
from coaching_events.ids import PersonId, StreamId
from coaching_time import due_on
from partnerships.calendar import calendars, following, publishing
from partnerships.calendar.following import follow, follow_for_ever
from partnerships.calendar.seeds import Seeds, seeded
from partnerships.reference_data import PeopleReferenceData
from tests.contracts.partnerships_in_memory import START, PartnershipsInMemory, answered
from tests.rules.coaching_time.people import day, moment

NEWER = "9999.1"


@pytest.fixture
async def service() -> PartnershipsInMemory:
    """Somebody from Israel without working hours, and a region of the company's own."""
    service = PartnershipsInMemory()
    async with service.hr() as hr:
        new = {"source": "ats", "external_id": "1", "display_name": "Avi", "zone": "Asia/Jerusalem", "region": "IL"}
        answered(await hr.post("/people", json=new), 201)
        answered(await hr.put("/calendars/calendar_QQ-2026", json={"days": []}), 200)
    return service


async def years(service: PartnershipsInMemory, region: str) -> list[int]:
    return sorted(each.state.year for each in await service.log.find(calendars, {"region": region}))


async def published(service: PartnershipsInMemory, stream: str) -> list[CalendarPublished]:
    return [recorded.event for recorded in await service.log.events(calendars, StreamId(stream))]


def use(monkeypatch: pytest.MonkeyPatch, version: str, *more: Holiday) -> list[tuple[str, int]]:
    """Another version of the package, which knows further holidays; what it is asked for."""
    asked: list[tuple[str, int]] = []

    def of_that_version(region: str, year: int) -> Seeds:
        asked.append((region, year))
        known = seeded(region, year)
        days = {each.day: each for each in (*known.days, *(each for each in more if each.day.year == year))}
        return Seeds(
            days=tuple(days[day] for day in sorted(days)),
            weekend=known.weekend,
            working_days=known.working_days,
            version=version,
        )

    monkeypatch.setattr(publishing, "seeded", of_that_version)
    monkeypatch.setattr(following, "installed", lambda: version)
    return asked


async def test_a_region_has_last_year_this_and_two_more(service: PartnershipsInMemory):
    assert await years(service, "IL") == [2025, 2026, 2027, 2028]


async def test_the_package_is_not_asked_while_nothing_is_missing(
    service: PartnershipsInMemory, monkeypatch: pytest.MonkeyPatch
):
    asked = use(monkeypatch, "0.1")
    await follow(service.log, START)
    assert {region for region, _ in asked} == {"QQ"}, "which is not known there, and so is tried again"


async def test_in_a_new_year_the_next_is_seeded_and_a_promise_two_years_ahead_knows_it(service: PartnershipsInMemory):
    at = moment("2027-01-01T00:00Z")
    await follow(service.log, at)
    await follow(service.log, at)
    assert await years(service, "IL") == [2025, 2026, 2027, 2028, 2029]
    [avi] = await service.log.store.find("person", {})
    time = PeopleReferenceData(await service.log.reference_source.read([avi.stream])).time(PersonId(avi.stream))
    assert due_on(time, day("2029-01-05")) == moment("2029-01-07T17:00+02:00"), "a Friday: on Sunday"
    assert day("2029-09-10") in time.holidays, "Rosh Hashanah"


async def test_a_new_package_corrects_what_nobody_has_edited(
    service: PartnershipsInMemory, monkeypatch: pytest.MonkeyPatch
):
    stream = "calendar_IL-2026"
    first = (await published(service, stream))[0]
    removed, kept = first.days[0], first.days[1:]
    ours = Holiday(day=day("2026-09-01"), name="Our day")
    async with service.hr() as hr:
        said = [each.model_dump(mode="json") for each in (*kept, ours)]
        answered(await hr.put(f"/calendars/{stream}", json={"days": said}), 200)
        new = Holiday(day=day("2026-11-02"), name="A new one")
        use(monkeypatch, NEWER, new)
        await follow(service.log, START)
        await follow(service.log, START)
        seen = answered(await hr.get(f"/calendars/{stream}"), 200)
    assert len(await published(service, stream)) == 3
    assert {each["day"] for each in seen["days"]} == {str(each.day) for each in (*kept, ours, new)}
    assert (seen["seeded_with"], seen["weekend"]) == (NEWER, ["4", "5"])
    assert seen["edited"] == sorted(str(each.day) for each in (removed, ours))
    assert len(await published(service, "calendar_IL-2027")) == 1, "nothing has changed there"


async def test_what_fails_for_one_region_stops_no_other(service: PartnershipsInMemory, monkeypatch: pytest.MonkeyPatch):
    async with service.hr() as hr:
        answered(await hr.post("/calendars", json={"region": "AE", "year": 2026}), 201)

    def broken_for_one(region: str, year: int) -> Seeds:
        if region == "AE":
            raise KeyError(region)
        return seeded(region, year)

    monkeypatch.setattr(publishing, "seeded", broken_for_one)
    await follow(service.log, moment("2027-01-01T00:00Z"))
    assert await years(service, "AE") == [2026]
    assert 2029 in await years(service, "IL")


async def test_it_follows_at_once_and_in_each_new_month_by_the_domain_clock(
    service: PartnershipsInMemory, monkeypatch: pytest.MonkeyPatch
):
    looked: asyncio.Queue[datetime] = asyncio.Queue()

    async def look(_: object, at: datetime) -> None:
        looked.put_nowait(at)

    monkeypatch.setattr(following, "follow", look)
    monkeypatch.setattr(following, "PAUSE", 0)
    task = asyncio.create_task(follow_for_ever(service.log, service.clock))
    try:
        for at in (START, moment("2026-03-31T23:00Z"), moment("2026-04-01T00:00Z"), moment("2027-04-01T00:00Z")):
            service.clock.at = at
            if at.day != 31:
                assert await asyncio.wait_for(looked.get(), 10) == at
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert looked.empty()


async def test_the_week_can_be_edited_over_http(service: PartnershipsInMemory):
    async with service.hr() as hr:
        week = {"days": [], "weekend": ["4", "3"], "working_days": ["2026-05-07"]}
        answered(await hr.put("/calendars/calendar_QQ-2026", json=week), 200)
        answered(await hr.put("/calendars/calendar_QQ-2026", json={"days": []}), 200)
        seen = answered(await hr.get("/calendars/calendar_QQ-2026"), 200)
        assert (seen["weekend"], seen["working_days"]) == (["3", "4"], ["2026-05-07"])
        everyday = await hr.put("/calendars/calendar_QQ-2026", json={"days": [], "weekend": list("0123456")})
        assert everyday.status_code == 422, "somebody must work on some day"
