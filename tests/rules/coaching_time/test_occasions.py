from dataclasses import replace
from datetime import date, time
from itertools import islice

import pytest

from coaching_time import PersonTime, Rhythm, UnsupportedRhythm, occasions_after, parse_rhythm
from tests.rules.coaching_time.people import anna, away, ben, chloe, dalia, days, moment


def rhythm(rule: str, starting: str = "2026-01-01", clock: str = "15:00") -> Rhythm:
    return Rhythm(rule=rule, clock=time.fromisoformat(clock), starting=date.fromisoformat(starting))


def dues(rule: Rhythm, person: PersonTime, after: str, count: int) -> list[str]:
    return [found.day.isoformat() for found in islice(occasions_after(rule, person, moment(after)), count)]


WEEKLY = "FREQ=WEEKLY;BYDAY=TH"
CASES = [
    # rule, starting, person, after, the next due dates
    (WEEKLY, "2026-01-01", ben, "2026-03-02T00:00Z", ["2026-03-05", "2026-03-12", "2026-03-19"]),
    (WEEKLY, "2026-03-12", ben, "2026-03-02T00:00Z", ["2026-03-12", "2026-03-19"]),  # not before it starts
    (WEEKLY, "2026-01-01", ben, "2026-03-05T20:00Z", ["2026-03-12"]),  # exactly at due: the next
    (WEEKLY, "2026-01-01", ben, "2026-03-05T19:59Z", ["2026-03-05"]),
    (WEEKLY, "2026-01-01", anna, "2025-12-20T00:00Z", ["2026-01-02", "2026-01-08"]),  # New Year moves by a day
    (WEEKLY, "2026-01-01", anna, "2026-01-01T23:59Z", ["2026-01-02"]),  # and is still ahead on the evening before
    ("FREQ=WEEKLY;BYDAY=FR", "2026-01-01", anna, "2026-03-30T00:00Z", ["2026-04-07", "2026-04-10"]),  # Easter
    ("FREQ=WEEKLY;BYDAY=FR,TU", "2026-01-01", anna, "2026-04-01T00:00Z", ["2026-04-07", "2026-04-10"]),  # two in one
    ("FREQ=WEEKLY;BYDAY=TH;INTERVAL=2", "2026-01-07", ben, "2026-02-01T00:00Z", ["2026-02-05", "2026-02-19"]),
    ("FREQ=WEEKLY;BYDAY=TH;INTERVAL=2", "2026-01-14", ben, "2026-02-01T00:00Z", ["2026-02-12", "2026-02-26"]),
    ("FREQ=WEEKLY;BYDAY=MO;INTERVAL=2", "2026-01-07", ben, "2026-01-01T00:00Z", ["2026-01-19", "2026-02-02"]),
    ("FREQ=WEEKLY;BYDAY=TH;INTERVAL=2", "2025-12-18", ben, "2025-12-19T00:00Z", ["2026-01-01", "2026-01-15"]),
    ("FREQ=WEEKLY;BYDAY=MO;INTERVAL=52", "2025-03-03", ben, "2025-03-04T00:00Z", ["2026-03-02", "2027-03-01"]),
    ("FREQ=DAILY", "2026-01-01", anna, "2026-04-02T00:00Z", ["2026-04-02", "2026-04-07", "2026-04-08"]),
    ("FREQ=DAILY", "2026-01-01", dalia, "2026-04-30T00:00Z", ["2026-04-30", "2026-05-03", "2026-05-04"]),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-01", ben, "2026-01-01T00:00Z", ["2026-02-02", "2026-03-02", "2026-03-31"]),
    ("FREQ=MONTHLY;BYMONTHDAY=1,15", "2026-01-01", ben, "2026-06-02T00:00Z", ["2026-06-15", "2026-07-01"]),
    ("FREQ=MONTHLY;BYDAY=1TU", "2026-01-01", ben, "2026-01-07T00:00Z", ["2026-02-03", "2026-03-03"]),
    ("FREQ=MONTHLY;BYDAY=-1FR", "2026-01-01", anna, "2026-04-25T00:00Z", ["2026-05-29", "2026-06-26"]),
    ("FREQ=MONTHLY;BYDAY=1FR", "2026-01-01", anna, "2026-04-25T00:00Z", ["2026-05-04", "2026-06-05"]),
    (WEEKLY, "2026-01-01", chloe, "2026-04-17T12:00Z", ["2026-04-24", "2026-05-04"]),  # no Thursdays, then no Fridays
]


@pytest.mark.parametrize(("rule", "starting", "person", "after", "expected"), CASES)
def test_due_dates(rule: str, starting: str, person: PersonTime, after: str, expected: list[str]):
    assert dues(rhythm(rule, starting), person, after, len(expected)) == expected


INSTANTS = [
    # rule, clock, person, after, due, opens
    (WEEKLY, "15:00", anna, "2026-03-27T00:00Z", "2026-04-02T15:00+02:00", "2026-04-01T09:00+02:00"),
    ("FREQ=WEEKLY;BYDAY=MO", "15:00", anna, "2026-03-27T00:00Z", "2026-03-30T15:00+02:00", "2026-03-27T09:00+01:00"),
    ("FREQ=WEEKLY;BYDAY=TU", "08:00", anna, "2026-04-02T00:00Z", "2026-04-07T08:00+02:00", "2026-04-02T09:00+02:00"),
    ("FREQ=WEEKLY;BYDAY=SU", "02:30", dalia, "2026-05-01T00:00Z", "2026-05-03T02:30+03:00", "2026-04-30T08:00+03:00"),
    ("FREQ=WEEKLY;BYDAY=MO", "16:00", chloe, "2026-04-04T00:00Z", "2026-04-06T16:00+10:30", "2026-04-03T08:00+11:00"),
]


@pytest.mark.parametrize(("rule", "clock", "person", "after", "due", "opens"), INSTANTS)
def test_an_occasion_opens_on_the_workday_before(
    rule: str, clock: str, person: PersonTime, after: str, due: str, opens: str
):
    found = next(occasions_after(rhythm(rule, clock=clock), person, moment(after)))
    assert (found.due, found.opens) == (moment(due), moment(opens))


def test_a_time_that_does_not_exist_moves_to_the_next_that_does():
    works_sundays = replace(dalia, zone="Europe/Berlin")
    found = next(
        occasions_after(rhythm("FREQ=WEEKLY;BYDAY=SU", clock="02:30"), works_sundays, moment("2026-03-28T00Z"))
    )
    assert found.due == moment("2026-03-29T03:00+02:00")


def test_an_absence_moves_and_drops_nothing():
    on_leave = replace(ben, absences=(away("2026-03-01", "2026-03-31"),))
    assert dues(rhythm(WEEKLY), on_leave, "2026-03-02T00:00Z", 5) == dues(rhythm(WEEKLY), ben, "2026-03-02T00:00Z", 5)


def test_a_week_of_holidays_makes_two_occasions_one():
    closed = replace(ben, holidays=days("2026-03-05", "2026-03-06", "2026-03-09", "2026-03-10", "2026-03-11"))
    assert dues(rhythm(WEEKLY), closed, "2026-03-02T00:00Z", 2) == ["2026-03-12", "2026-03-19"]


ALLOWED = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=1",
    "FREQ=WEEKLY;BYDAY=MO",
    "BYDAY=MO,WE,FR;INTERVAL=52;FREQ=WEEKLY",
    "freq=weekly;byday=th",
    "FREQ=MONTHLY;BYDAY=FR",
    "FREQ=MONTHLY;BYDAY=4SU,-4MO",
    "FREQ=MONTHLY;BYMONTHDAY=28",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
]


@pytest.mark.parametrize("rule", ALLOWED)
def test_rhythms_that_terms_may_name(rule: str):
    parse_rhythm(rule)


REFUSED = [
    "",
    "weekly",
    "FREQ",
    "FREQ=",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;",
    "RRULE:FREQ=WEEKLY;BYDAY=TH",
    "BYDAY=TH",
    "FREQ=YEARLY",
    "FREQ=HOURLY",
    "FREQ=DAILY;COUNT=3",
    "FREQ=DAILY;INTERVAL=2",
    "FREQ=DAILY;BYDAY=MO",
    "FREQ=DAILY;FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=TH;UNTIL=20270101T000000Z",
    "FREQ=WEEKLY;BYDAY=TH;BYHOUR=9",
    "FREQ=WEEKLY;BYDAY=TH;WKST=SU",
    "FREQ=WEEKLY;BYDAY=TH;INTERVAL=0",
    "FREQ=WEEKLY;BYDAY=TH;INTERVAL=53",
    "FREQ=WEEKLY;BYDAY=TH;INTERVAL=-1",
    "FREQ=WEEKLY;BYDAY=TH;INTERVAL=1.5",
    "FREQ=WEEKLY;BYDAY=TH;INTERVAL=٢",
    "FREQ=WEEKLY;BYDAY=TH;INTERVAL=99999999999999999999",
    "FREQ=WEEKLY;BYDAY=1TH",
    "FREQ=WEEKLY;BYDAY=XX",
    "FREQ=WEEKLY;BYDAY=TH,",
    "FREQ=WEEKLY;BYDAY=TH\n",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=5MO",
    "FREQ=MONTHLY;BYDAY=0MO",
    "FREQ=MONTHLY;BYMONTHDAY=29",
    "FREQ=MONTHLY;BYMONTHDAY=0",
    "FREQ=MONTHLY;BYMONTHDAY=-2",
    "FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=MO",
    "FREQ=MONTHLY;BYMONTHDAY=1;INTERVAL=2",
    "FREQ=WEEKLY;BYDAY=" + ",".join(["TH"] * 100),
    "FREQ=\ud800",
    "FREQ=WEEKLY;BYDAY=T\0H",
]


@pytest.mark.parametrize("rule", REFUSED)
def test_rhythms_outside_the_subset_are_refused_with_what_is_allowed(rule: str):
    with pytest.raises(UnsupportedRhythm, match="FREQ=MONTHLY with either BYDAY"):
        parse_rhythm(rule)


def test_a_rhythm_cannot_be_built_from_one():
    with pytest.raises(UnsupportedRhythm):
        rhythm("FREQ=YEARLY")
    with pytest.raises(ValueError, match="offset"):
        rhythm(WEEKLY, clock="15:00+02:00")
