"""What terms would bring, before anybody consents: the same occasions as check-ins will have."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from coaching_events.events.partnership import MeetingRhythm
from coaching_time import Absence, PersonTime
from partnerships.partnership.preview import CheckInAhead, ahead, meetings_ahead, without_absences
from tests.rules.partnerships.pair import monday, terms
from tests.rules.partnerships.people import moment

BERLIN = PersonTime(zone="Europe/Berlin")
NEW_YORK = PersonTime(zone="America/New_York")
DAY = timedelta(days=1)


def check_ins(person: PersonTime, **said: Any) -> dict[date, CheckInAhead]:
    return {each.planned.occasion: each for each in ahead(person, terms(**said), monday).check_ins}


def test_thirteen_weeks_of_thursdays_are_ahead():
    found = ahead(BERLIN, terms(), monday)
    assert [each.planned.occasion for each in found.check_ins] == [date(2026, 3, 5) + 7 * n * DAY for n in range(13)]
    first = found.check_ins[0].planned
    assert (first.opens, first.due) == (moment("2026-03-04T09:00+01:00"), moment("2026-03-05T15:00+01:00"))
    assert first.grace_end == moment("2026-03-06T17:00+01:00")
    assert (found.first, found.last) == (date(2026, 3, 2), date(2026, 6, 1))


def test_clocks_change_and_the_local_time_stays():
    found = ahead(BERLIN, terms(), monday)
    assert [(each.at, each.minutes) for each in found.clock_changes] == [(moment("2026-03-29T01:00Z"), 60)]
    assert [(each.at, each.minutes) for each in ahead(NEW_YORK, terms(), monday).clock_changes] == [
        (moment("2026-03-08T07:00Z"), 60)
    ]
    april = next(each for each in found.check_ins if each.planned.occasion == date(2026, 4, 2))
    assert april.planned.due == moment("2026-04-02T15:00+02:00")
    autumn = ahead(BERLIN, terms(starting=date(2026, 9, 1)), monday)
    assert [(each.at, each.minutes) for each in autumn.clock_changes] == [(moment("2026-10-25T01:00Z"), -60)]
    assert ahead(PersonTime(zone="Asia/Kolkata"), terms(), monday).clock_changes == ()


def test_a_check_in_on_a_holiday_moves_and_says_from_where_and_why():
    found = check_ins(replace(BERLIN, holidays=frozenset({date(2026, 5, 14)})))
    moved = found[date(2026, 5, 15)]
    assert (moved.moved_from, moved.moved_because, moved.excused) == (date(2026, 5, 14), "holiday", False)
    assert date(2026, 5, 14) not in found
    assert ahead(replace(BERLIN, holidays=frozenset({date(2026, 5, 14)})), terms(), monday).holidays == (
        date(2026, 5, 14),
    )


def test_a_check_in_on_a_free_day_of_the_week_moves_and_stays_where_there_is_work():
    found = check_ins(BERLIN, rhythm="FREQ=WEEKLY;BYDAY=SA")
    assert {(each.moved_from, each.moved_because) for each in found.values()} == {
        (day - 2 * DAY, "no-working-hours") for day in found
    }
    daily = check_ins(BERLIN, rhythm="FREQ=DAILY")
    assert {each.moved_from for day, each in daily.items() if day.weekday()} == {None}
    assert daily[date(2026, 3, 9)].moved_from == date(2026, 3, 7), "Saturday and Sunday become one with Monday"


def test_an_absence_excuses_and_moves_nothing_and_is_not_there_for_who_may_not_see_it():
    away = Absence(id="a", first=date(2026, 3, 12), last=date(2026, 3, 12), known_at=monday)
    person = replace(BERLIN, absences=(away,))
    assert [day for day, each in check_ins(person).items() if each.excused] == [date(2026, 3, 12)]
    assert not any(each.excused for each in check_ins(without_absences(person)).values())
    assert check_ins(person).keys() == check_ins(BERLIN).keys()


def test_the_weeks_begin_on_the_day_on_which_the_terms_start():
    found = ahead(BERLIN, terms(starting=date(2026, 4, 1)), monday)
    assert (found.first, found.last) == (date(2026, 4, 1), date(2026, 7, 1))
    assert found.check_ins[0].planned.occasion == date(2026, 4, 2)


@pytest.mark.parametrize(("starting", "weeks"), [(date(2026, 3, 2), 13), (date(2026, 4, 1), 14)])
def test_reminders_are_counted_by_calendar_weeks(starting: date, weeks: int):
    found = ahead(BERLIN, terms(reminders=3, starting=starting), monday)
    assert (found.reminders_a_week, found.reminders_in_all) == (3, 3 * weeks)


def test_meetings_say_what_stands_against_each_date():
    rhythm = MeetingRhythm.model_validate({
        "rhythm": "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "starting": "2026-03-02", "local_time": "16:00",
        "zone": "Europe/Berlin", "minutes": 45,
    })  # fmt: skip
    away = Absence(id="a", first=date(2026, 3, 20), last=date(2026, 3, 20), known_at=monday)
    people = replace(BERLIN, absences=(away,)), replace(NEW_YORK, holidays=frozenset({date(2026, 4, 3)}))
    found = meetings_ahead(rhythm, people, terms(meetings=rhythm), monday)
    assert [each.occasion for each in found] == [date(2026, 3, 6) + 14 * n * DAY for n in range(7)]
    assert (found[0].start, found[0].end) == (moment("2026-03-06T16:00+01:00"), moment("2026-03-06T16:45+01:00"))
    assert [each.obstacles for each in found[:4]] == [(None, None), ("away", None), (None, "holiday"), (None, None)]
    assert [each.offered for each in found[:4]] == [False, True, True, False]
    assert found[1].start == moment("2026-03-23T16:00+01:00"), "the Monday after Anna is away"
    assert found[2].start == moment("2026-04-06T16:00+02:00"), "the Monday after Ben's holiday"
    assert meetings_ahead(None, people, terms(), monday) == ()
