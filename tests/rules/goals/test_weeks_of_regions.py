"""Goals knows the week of a person's region from the calendars that partnerships publishes."""

from dataclasses import replace

import pytest

from coaching_events.envelope import Recorded
from coaching_events.events.calendar import CalendarPublished
from coaching_events.events.person import HolidayRegion
from coaching_events.ids import RuleName, StreamId
from coaching_readmodels import CALENDAR_PROJECTION, PairReferenceData, calendar_id
from coaching_time import due_on
from eventlog import ReferenceEntry
from partnerships.calendar.seeds import seeded
from tests.rules.coaching_time.people import day, moment
from tests.rules.goals.the_two_who_check_in import ANNA, person


def published(region: str, year: int) -> ReferenceEntry:
    """What the row of a calendar is after partnerships has published it from the package."""
    seeds, stream = seeded(region, year), calendar_id(region, year)
    event = CalendarPublished(
        by=RuleName("rule:holidays"),
        region=region,
        year=year,
        days=seeds.days,
        weekend=seeds.weekend,
        working_days=seeds.working_days,
        seeded_with=seeds.version,
    )
    at = moment("2026-01-01T00:00Z")
    row = CALENDAR_PROJECTION.evolve(None, Recorded(stream=StreamId(stream), version=1, at=at, event=event))
    return ReferenceEntry(stream, 1, row)


def knowing(zone: str, *regions: tuple[str, str]) -> PairReferenceData:
    """Anna without working hours of her own, in these regions from these dates on."""
    lived = tuple(HolidayRegion(holds_from=day(since), region=region) for since, region in regions)
    anna = replace(person(zone), patterns=(), regions=lived)
    calendars = [published(region, year) for _, region in regions for year in (2026, 2027)]
    return PairReferenceData({ANNA: ReferenceEntry(ANNA, 1, anna), **{entry.stream: entry for entry in calendars}})


DUE = [
    ("Europe/Berlin", "DE-BY", "2026-03-07", "2026-03-09T17:00+01:00"),  # Saturday: on Monday
    ("Europe/Berlin", "DE-BY", "2027-01-06", "2027-01-07T17:00+01:00"),  # Epiphany
    ("Asia/Jerusalem", "IL", "2026-03-06", "2026-03-08T17:00+02:00"),  # Friday: on Sunday
    ("Asia/Riyadh", "SA", "2026-05-01", "2026-05-03T17:00+03:00"),
    ("Asia/Dubai", "AE", "2026-05-01", "2026-05-01T17:00+04:00"),  # a Friday with work
    ("Asia/Dubai", "AE", "2026-05-02", "2026-05-04T17:00+04:00"),
    ("Europe/Budapest", "HU", "2026-08-08", "2026-08-08T17:00+02:00"),  # a working Saturday
    ("Europe/Budapest", "HU", "2026-08-15", "2026-08-17T17:00+02:00"),
    ("Asia/Shanghai", "CN", "2026-02-14", "2026-02-14T17:00+08:00"),
]


@pytest.mark.parametrize(("zone", "region", "on", "due"), DUE)
def test_a_date_is_due_by_the_week_of_the_region(zone: str, region: str, on: str, due: str):
    reference_data = knowing(zone, ("1970-01-01", region))
    assert due_on(reference_data.time(ANNA), day(on)) == moment(due)


def test_the_week_follows_the_region_from_its_date_on():
    time = knowing("Asia/Jerusalem", ("2026-03-01", "IL"), ("2026-06-01", "DE-BY")).time(ANNA)
    assert due_on(time, day("2026-02-27")) == moment("2026-02-27T17:00+02:00"), "a Friday before any region"
    assert due_on(time, day("2026-05-29")) == moment("2026-05-31T17:00+03:00"), "to Sunday"
    assert due_on(time, day("2026-06-06")) == moment("2026-06-08T17:00+03:00"), "Saturday, to Monday"
