"""Answer periods, grace, suspension, outage, lateness."""

from dataclasses import replace
from datetime import timedelta

import pytest

from coaching_time import (
    Pause,
    PersonTime,
    absence_covering,
    absence_end,
    answer_by,
    check_in_grace_end,
    counted_seconds,
    excluded_time,
    is_outage,
    promise_grace_end,
    suspension_until,
)
from tests.rules.coaching_time.people import anna, away, ben, chloe, day, eli, moment


def pause(start: str, end: str | None = None) -> Pause:
    return Pause(start=moment(start), end=moment(end) if end else None)


ANSWERS: list[tuple[PersonTime, str, int, list[Pause], str | None]] = [
    # person, asked, n, pauses, answer by
    (anna, "2026-04-01T10:00+02:00", 2, [], "2026-04-07T17:00+02:00"),
    (anna, "2026-04-01T23:30+02:00", 2, [], "2026-04-07T17:00+02:00"),  # the date counts, not the hour
    (anna, "2026-12-30T10:00+01:00", 2, [], "2027-01-01T17:00+01:00"),  # holidays of 2027 are not known
    (ben, "2026-10-30T10:00-04:00", 1, [], "2026-11-02T17:00-05:00"),  # over the change of clocks
    (chloe, "2026-01-23T10:00+11:00", 1, [], "2026-01-28T16:30+11:00"),  # Friday, holiday, free, Wednesday
    (eli, "2026-07-02T10:00-10:00", 2, [], "2026-07-20T17:00-10:00"),
    (ben, "2026-03-02T10:00-05:00", 5, [], "2026-03-09T17:00-04:00"),
    # a pause on the second and third day, until their midnight
    (
        ben,
        "2026-03-02T10:00-05:00",
        5,
        [pause("2026-03-04T09:00-05:00", "2026-03-06T00:00-05:00")],
        "2026-03-11T17:00-04:00",
    ),
    # two pauses, one of them over a weekend only
    (
        ben,
        "2026-03-02T10:00-05:00",
        5,
        [
            pause("2026-03-03T16:00-05:00", "2026-03-03T16:30-05:00"),
            pause("2026-03-07T00:00-05:00", "2026-03-09T00:00-04:00"),
        ],
        "2026-03-10T17:00-04:00",
    ),
    # one that begins after work leaves the day counted
    (
        ben,
        "2026-03-02T10:00-05:00",
        1,
        [pause("2026-03-03T17:00-05:00", "2026-03-05T00:00-05:00")],
        "2026-03-03T17:00-05:00",
    ),
    # one of an evening takes nothing from a day that had counted
    (
        ben,
        "2026-03-02T10:00-05:00",
        2,
        [pause("2026-03-03T17:30-05:00", "2026-03-03T22:00-05:00")],
        "2026-03-04T17:00-05:00",
    ),
    # an open one after the answer is due changes nothing; before, there is no date
    (ben, "2026-03-02T10:00-05:00", 1, [pause("2026-03-03T17:00-05:00")], "2026-03-03T17:00-05:00"),
    (ben, "2026-03-02T10:00-05:00", 1, [pause("2026-03-03T16:59-05:00")], None),
    (eli, "2026-08-31T10:00-10:00", 1, [], None),  # away without an end in sight
]


@pytest.mark.parametrize(("person", "asked", "n", "pauses", "by"), ANSWERS)
def test_a_question_waits_n_working_days(person: PersonTime, asked: str, n: int, pauses: list[Pause], by: str | None):
    assert answer_by(person, moment(asked), n, pauses) == (moment(by) if by else None)


PROMISES = [
    (anna, "2026-04-01T12:00+02:00", 0, "2026-04-01T12:00+02:00"),
    (anna, "2026-04-01T12:00+02:00", 1, "2026-04-02T17:00+02:00"),
    (anna, "2026-04-02T17:00+02:00", 1, "2026-04-07T17:00+02:00"),
    (anna, "2026-04-04T12:00+02:00", 1, "2026-04-07T17:00+02:00"),  # due on a Saturday
    (eli, "2026-07-03T17:00-10:00", 1, "2026-07-20T17:00-10:00"),  # working days: an absence stretches it
    (eli, "2026-08-31T17:00-10:00", 2, "2026-09-02T17:00-10:00"),  # without an end in sight: workdays
]


@pytest.mark.parametrize(("owner", "due", "days", "end"), PROMISES)
def test_the_grace_of_a_promise_ends_after_working_days(owner: PersonTime, due: str, days: int, end: str):
    assert promise_grace_end(owner, moment(due), days) == moment(end)


CHECK_INS = [
    # person, due, days, next due, end
    (anna, "2026-03-26T15:00+01:00", 1, "2026-04-02T15:00+02:00", "2026-03-27T17:00+01:00"),
    (anna, "2026-04-02T15:00+02:00", 1, "2026-04-09T15:00+02:00", "2026-04-06T03:00+02:00"),  # Easter: midway
    (anna, "2026-03-26T15:00+01:00", 3, "2026-04-02T15:00+02:00", "2026-03-30T03:30+02:00"),  # midway, 167 hours
    (anna, "2026-03-26T15:00+01:00", 0, "2026-04-02T15:00+02:00", "2026-03-26T15:00+01:00"),
    (eli, "2026-07-02T15:00-10:00", 2, "2026-07-09T15:00-10:00", "2026-07-06T03:00-10:00"),
    (eli, "2026-07-06T15:00-10:00", 1, "2026-07-13T15:00-10:00", "2026-07-07T17:00-10:00"),  # workdays, though away
]


@pytest.mark.parametrize(("person", "due", "days", "next_due", "end"), CHECK_INS)
def test_the_grace_of_a_check_in_ends_after_workdays(person: PersonTime, due: str, days: int, next_due: str, end: str):
    assert check_in_grace_end(person, moment(due), days, moment(next_due)) == moment(end)


SUSPENSIONS = [
    # owner, end of the cause, known at, until
    (anna, "2026-03-23T00:00+01:00", "2026-03-01T10:00+01:00", "2026-03-23T17:00+01:00"),  # all of Monday is after
    (anna, "2026-03-23T10:00+01:00", "2026-03-01T10:00+01:00", "2026-03-24T17:00+01:00"),
    (anna, "2026-03-23T00:00+01:00", "2026-03-25T10:00+01:00", "2026-03-26T17:00+01:00"),  # became known later
    (anna, "2026-03-28T00:00+01:00", "2026-03-01T10:00+01:00", "2026-03-30T17:00+02:00"),  # weekend, clocks
    (anna, "2026-04-03T00:00+02:00", "2026-03-01T10:00+01:00", "2026-04-07T17:00+02:00"),  # Easter
    (eli, "2026-07-04T00:00-10:00", "2026-07-01T10:00-10:00", "2026-07-20T17:00-10:00"),  # away next
    (anna, None, "2026-03-01T10:00+01:00", None),
    (eli, "2026-09-01T00:00-10:00", "2026-07-01T10:00-10:00", None),
]


@pytest.mark.parametrize(("owner", "cause_end", "known_at", "until"), SUSPENSIONS)
def test_a_suspension_lasts_to_the_end_of_a_working_day(
    owner: PersonTime, cause_end: str | None, known_at: str, until: str | None
):
    found = suspension_until(owner, moment(cause_end) if cause_end else None, moment(known_at))
    assert found == (moment(until) if until else None)


def test_the_absence_of_a_local_date():
    assert absence_covering(eli, moment("2026-07-06T00:00-10:00")) == eli.absences[0]
    assert absence_covering(eli, moment("2026-07-05T23:59-10:00")) is None
    assert absence_covering(eli, moment("2026-07-17T23:59-10:00")) == eli.absences[1]


def test_of_two_absences_the_one_that_ends_last_covers():
    short, long = away("2026-07-06", "2026-07-10"), away("2026-07-08", "2026-07-20")
    for order in ((short, long), (long, short)):
        assert absence_covering(replace(ben, absences=order), moment("2026-07-08T12:00-04:00")) == long


@pytest.mark.parametrize("which", [0, 1])
def test_absences_that_follow_directly_end_together(which: int):
    assert absence_end(eli, eli.absences[which]) == moment("2026-07-18T00:00-10:00")


def test_an_absence_a_day_later_is_another():
    apart = replace(ben, absences=(away("2026-07-06", "2026-07-10"), away("2026-07-12", "2026-07-17")))
    assert absence_end(apart, apart.absences[0]) == moment("2026-07-11T00:00-04:00")


def test_an_absence_without_an_end_ends_never():
    assert not eli.absences[2].has_end
    assert absence_end(eli, eli.absences[2]) is None
    said = replace(ben, absences=(away("2026-07-06", "2199-12-31"),))
    assert absence_end(said, said.absences[0]) is None
    assert suspension_until(eli, None, moment("2026-09-01T00:00Z")) is None


OUTAGES = [
    # due, set at, handled, outage
    ("12:00", "09:00", "12:30", False),
    ("12:00", "09:00", "12:31", True),
    ("12:00", "12:20", "12:50", False),  # set when it was due already
    ("12:00", "12:20", "12:51", True),
]


@pytest.mark.parametrize(("due", "set_at", "now", "expected"), OUTAGES)
def test_an_outage_is_more_than_thirty_minutes(due: str, set_at: str, now: str, expected: bool):
    instants = [moment(f"2026-04-01T{clock}Z") for clock in (due, set_at, now)]
    assert is_outage(instants[0], instants[1], instants[2]) is expected


def test_the_tolerance_is_a_setting():
    due = moment("2026-04-01T12:00Z")
    assert is_outage(due, due, due + timedelta(seconds=1), timedelta())


LATENESS: list[tuple[PersonTime, str, str, list[Pause], float]] = [
    # owner, from, to, pauses, hours that count
    (anna, "2026-04-01T12:00+02:00", "2026-04-01T15:00+02:00", [], 3),
    (anna, "2026-04-02T17:00+02:00", "2026-04-07T09:00+02:00", [], 7 + 9),  # Easter does not count
    (anna, "2026-03-27T17:00+01:00", "2026-03-30T17:00+02:00", [], 7 + 17),  # a weekend of 47 hours
    (anna, "2026-03-28T12:00+01:00", "2026-03-28T13:00+01:00", [], 0),  # all on a Saturday
    (chloe, "2026-04-01T16:30+11:00", "2026-04-06T08:00+10:30", [], 7.5 + 24 + 8),  # free, Friday, half-hour change
    (eli, "2026-07-03T17:00-10:00", "2026-07-20T17:00-10:00", [], 7 + 17),
    (anna, "2026-04-01T12:00+02:00", "2026-04-01T12:00+02:00", [], 0),
    (anna, "2026-04-01T12:00+02:00", "2026-04-01T11:00+02:00", [], 0),  # kept early
    # a pause, clipped; one inside a weekend counts once; an open one takes the rest
    (ben, "2026-03-02T12:00Z", "2026-03-03T12:00Z", [pause("2026-03-02T06:00Z", "2026-03-02T18:00Z")], 18),
    (ben, "2026-03-06T22:00Z", "2026-03-09T21:00Z", [pause("2026-03-07T12:00Z", "2026-03-08T12:00Z")], 7 + 17),
    (ben, "2026-03-02T12:00Z", "2026-03-03T12:00Z", [pause("2026-03-02T14:00Z")], 2),
]


@pytest.mark.parametrize(("owner", "start", "end", "pauses", "hours"), LATENESS)
def test_only_working_days_count_as_late(owner: PersonTime, start: str, end: str, pauses: list[Pause], hours: float):
    assert counted_seconds(owner, moment(start), moment(end), pauses) == hours * 3600


def test_what_does_not_count_is_said():
    spans = excluded_time(anna, moment("2026-04-02T17:00+02:00"), moment("2026-04-11T12:00+02:00"))
    assert spans == [
        (moment("2026-04-03T00:00+02:00"), moment("2026-04-07T00:00+02:00")),
        (moment("2026-04-11T00:00+02:00"), moment("2026-04-11T12:00+02:00")),
    ]
    assert day("2026-04-07") not in anna.holidays
