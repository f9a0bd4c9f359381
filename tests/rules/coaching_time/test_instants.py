from datetime import date, datetime, time

import pytest

from coaching_time import at_local, local_date, zone_exists
from tests.rules.coaching_time.people import day, moment

LOCAL_TIMES = [
    # zone, local day and clock, the instant                                             why
    ("Europe/Berlin", "2026-01-15", "09:00", "2026-01-15T08:00Z"),  # winter
    ("Europe/Berlin", "2026-07-15", "09:00", "2026-07-15T07:00Z"),  # summer
    ("Europe/Berlin", "2026-03-29", "01:59", "2026-03-29T00:59Z"),  # the last minute before the gap
    ("Europe/Berlin", "2026-03-29", "02:00", "2026-03-29T01:00Z"),  # the gap begins: its end, 03:00
    ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:00Z"),  # inside
    ("Europe/Berlin", "2026-03-29", "02:59:59.999", "2026-03-29T01:00Z"),  # its last millisecond
    ("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29T01:00Z"),  # the first time that exists again
    ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30Z"),  # occurs twice: the first
    ("Europe/Berlin", "2026-10-25", "03:00", "2026-10-25T02:00Z"),  # occurs once
    ("America/New_York", "2026-03-08", "02:15", "2026-03-08T07:00Z"),
    ("America/New_York", "2026-11-01", "01:15", "2026-11-01T05:15Z"),
    ("Australia/Sydney", "2026-10-04", "02:30", "2026-10-03T16:00Z"),  # south of the equator spring is in October
    ("Australia/Sydney", "2026-04-05", "02:30", "2026-04-04T15:30Z"),
    ("America/Santiago", "2026-09-06", "00:00", "2026-09-06T04:00Z"),  # midnight itself does not exist
    ("Australia/Lord_Howe", "2026-10-04", "01:59", "2026-10-03T15:29Z"),  # half an hour of change
    ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:30Z"),
    ("Australia/Lord_Howe", "2026-10-04", "02:30", "2026-10-03T15:30Z"),
    ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45Z"),  # 01:30 to 02:00 occur twice
    ("Australia/Lord_Howe", "2026-04-05", "02:00", "2026-04-04T15:30Z"),
    ("Europe/Dublin", "2026-03-29", "01:30", "2026-03-29T01:00Z"),  # where winter is the exception by law
    ("Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T10:00Z"),  # a whole date that did not exist
    ("Asia/Kathmandu", "2026-06-01", "09:00", "2026-06-01T03:15Z"),
    ("Asia/Kolkata", "2026-12-31", "17:00", "2026-12-31T11:30Z"),
    ("Africa/Casablanca", "2026-02-14", "09:00", "2026-02-14T08:00Z"),  # the year round one hour ahead of Greenwich
    ("Africa/Casablanca", "2026-02-16", "09:00", "2026-02-16T09:00Z"),  # but for Ramadan
    ("Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15T01:30Z"),  # occurs twice before Ramadan: the first
    ("Africa/Casablanca", "2026-03-22", "02:30", "2026-03-22T02:00Z"),  # and does not exist after it
    ("America/Mexico_City", "2022-07-15", "09:00", "2022-07-15T14:00Z"),  # the last summer with another time
    ("America/Mexico_City", "2026-07-15", "09:00", "2026-07-15T15:00Z"),
    ("Asia/Almaty", "2024-02-29", "09:00", "2024-02-29T03:00Z"),  # a leap day, the last day of six hours ahead
    ("Asia/Almaty", "2024-03-01", "09:00", "2024-03-01T04:00Z"),  # from this day on five
    ("Pacific/Kiritimati", "2026-01-01", "00:00", "2025-12-31T10:00Z"),  # the year begins
    ("Pacific/Honolulu", "2026-12-31", "23:59", "2027-01-01T09:59Z"),  # and ends
]


@pytest.mark.parametrize(("zone", "on", "clock", "instant"), LOCAL_TIMES)
def test_a_local_time_is_one_instant(zone: str, on: str, clock: str, instant: str):
    found = at_local(zone, day(on), time.fromisoformat(clock))
    assert found == moment(instant)
    assert found.utcoffset() is not None
    assert str(found.tzinfo) == "UTC"


def test_instants_have_whole_milliseconds():
    assert at_local("UTC", date(2026, 1, 1), time(9, 0, 0, 1999)) == datetime.fromisoformat("2026-01-01T09:00:00.001Z")


def test_the_second_occurrence_cannot_be_asked_for():
    assert at_local("Europe/Berlin", date(2026, 10, 25), time(2, 30, fold=1)) == moment("2026-10-25T00:30Z")


DATES = [
    ("Europe/Berlin", "2025-12-31T23:00Z", "2026-01-01"),
    ("Europe/Berlin", "2025-12-31T22:59Z", "2025-12-31"),
    ("Pacific/Kiritimati", "2026-01-01T10:00Z", "2026-01-02"),
    ("Pacific/Honolulu", "2026-01-01T09:59Z", "2025-12-31"),
    ("America/Santiago", "2026-09-06T03:59:59Z", "2026-09-05"),
    ("America/Santiago", "2026-09-06T04:00Z", "2026-09-06"),
]


@pytest.mark.parametrize(("zone", "instant", "on"), DATES)
def test_calendars_show_the_date_of_their_zone(zone: str, instant: str, on: str):
    assert local_date(zone, moment(instant)) == day(on)


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "Australia/Lord_Howe", "America/Argentina/Ushuaia"])
def test_zones_that_exist(name: str):
    assert zone_exists(name)


@pytest.mark.parametrize(
    "name", ["", "Berlin", "europe/berlin", "Europe", "Mars/Phobos", "../etc/passwd", "localtime", "a\0b", "\ud800"]
)
def test_zones_that_do_not(name: str):
    assert not zone_exists(name)
