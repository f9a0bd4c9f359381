"""What a promise for a wished date would be: its moments, the next realistic date, holidays and absences."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from coaching_events.events.commitment import DueMoved
from coaching_events.ids import PersonId, StreamId
from coaching_readmodels import PairReferenceData
from coaching_time import NO_END
from eventlog import NotFound, Refused
from goals.commitment import rules
from goals.commitment.rules import Due
from goals.commitment.rules.preview import AHEAD, FEW, Wished, absences_until, holidays_until, realistic, wished
from tests.rules.goals.the_two_who_promise import (
    ANNA,
    BEN,
    DUE,
    GRACE_END,
    MONDAY,
    NEXT_MONDAY,
    NEXT_TUESDAY,
    PAIR,
    THURSDAY,
    absent,
    day,
    grace_of,
    knowing,
    made,
    munich,
    nothing_yet,
    pair,
    person,
    resting,
)

FRIDAY, SATURDAY = day("2026-03-06"), day("2026-03-07")
WEEK = (munich("03-02 00:00"), munich("03-09 00:00"))


def look(due: Due = THURSDAY, reference_data: PairReferenceData | None = None, **more: Any) -> Wished:
    said: dict[str, Any] = {"by": ANNA, "at": MONDAY, "reference_data": reference_data or knowing(), **more}
    return wished(PAIR, ANNA, due=due, **said)


def next_realistic(wish: date, *due: datetime, reference_data: PairReferenceData | None = None) -> date | None:
    return realistic((reference_data or knowing()).time(ANNA), wish, due)


def test_a_preview_has_the_moments_that_making_the_promise_sets():
    found = look()
    assert found == Wished(due=DUE, moved=None, grace_end=GRACE_END, day=THURSDAY.day or date.min, week=WEEK)
    nothing_yet().when(rules.make, partnership=PAIR, by=ANNA, text="I send the draft", due=THURSDAY).then(
        made(due=found.due, grace_end=found.grace_end)
    )


def test_a_date_without_work_shows_where_and_why_it_moves():
    found = look(Due(day=SATURDAY))
    assert found.moved == DueMoved(asked=SATURDAY, to=day("2026-03-09"), because="no-working-hours")
    assert (found.due, found.grace_end, found.day) == (NEXT_MONDAY, NEXT_TUESDAY, SATURDAY)
    assert found.week == (munich("03-09 00:00"), munich("03-16 00:00"))


def test_a_moment_is_in_the_local_week_of_its_owner():
    just_before_monday = look(Due(instant=munich("03-08 23:59")))
    assert (just_before_monday.day, just_before_monday.week) == (day("2026-03-08"), WEEK)
    assert look(Due(instant=munich("03-09 00:00"))).week[0] == WEEK[1]


def test_the_partner_sees_the_owners_moments():
    assert look(by=BEN, reference_data=knowing(grace_of(0))).grace_end == DUE


@pytest.mark.parametrize(
    ("due", "refusal"),
    [
        (Due(day=day("2026-02-27")), "due-in-the-past"),
        (Due(instant=MONDAY + timedelta(days=733)), "due-too-far"),
        (Due(), "no-due-moment"),
    ],
)
def test_a_date_that_making_refuses_has_no_preview(due: Due, refusal: str):
    with pytest.raises(Refused) as refused:
        look(due)
    assert refused.value.type == refusal
    nothing_yet().when(rules.make, partnership=PAIR, by=ANNA, text="It", due=due).refused(refusal)


def test_in_a_pause_there_is_a_preview_of_a_promise_and_none_of_a_request():
    in_a_pause = knowing(pair(None, resting("03-02 09:00")))
    assert look(reference_data=in_a_pause).due == DUE
    with pytest.raises(Refused, match="paused"):
        look(by=BEN, reference_data=in_a_pause)


def test_only_the_two_of_a_partnership_that_goes_on_get_a_preview():
    with pytest.raises(NotFound):
        look(by=PersonId(StreamId("person_carla")))
    with pytest.raises(Refused, match="ended"):
        look(reference_data=knowing(pair(ended_at=MONDAY)))


def test_the_wished_date_is_realistic_while_fewer_than_three_promises_are_due_on_it():
    on_thursday = [DUE, munich("03-05 00:00"), munich("03-05 23:59")]
    assert next_realistic(day("2026-03-05"), *on_thursday[: FEW - 1]) == day("2026-03-05")
    assert next_realistic(day("2026-03-05"), *on_thursday) == FRIDAY
    the_days_beside = [munich("03-04 23:59"), munich("03-06 00:00"), DUE, DUE]
    assert next_realistic(day("2026-03-05"), *the_days_beside) == day("2026-03-05")


def test_a_realistic_date_is_a_working_day_on_which_the_owner_is_not_away():
    assert next_realistic(SATURDAY) == day("2026-03-09")
    away = knowing(anna=person("Europe/Berlin", absent("03-05", "03-10")))
    assert next_realistic(day("2026-03-05"), reference_data=away) == day("2026-03-11")
    holiday = knowing(anna=person("Europe/Berlin", region="DE-BY"), holidays=("2026-03-05",))
    assert next_realistic(day("2026-03-05"), reference_data=holiday) == FRIDAY


def test_there_may_be_no_realistic_date_within_sixty_days():
    last = day("2026-03-05") + AHEAD
    away_to = {days: (last + timedelta(days=days)).isoformat()[5:] for days in (-1, 0)}
    assert last.weekday() < 5
    for days, expected in ((-1, last), (0, None)):
        away = knowing(anna=person("Europe/Berlin", absent("03-05", away_to[days])))
        assert next_realistic(day("2026-03-05"), reference_data=away) == expected


def test_holidays_and_absences_are_shown_from_now_to_a_week_after_the_due_moment():
    holidays = ("2026-03-01", "2026-03-02", "2026-03-12", "2026-03-13")
    spans = [("02-20", "03-01"), ("02-27", "03-02"), ("03-12", "03-20"), ("03-13", "03-14")]
    anna = person("Europe/Berlin", *(absent(*each) for each in spans), region="DE-BY")
    time = knowing(anna=anna, holidays=holidays).time(ANNA)
    assert holidays_until(time, MONDAY, DUE) == (day("2026-03-02"), day("2026-03-12"))
    assert [(each.first, each.last) for each in absences_until(time, MONDAY, DUE)] == [
        (day("2026-02-27"), day("2026-03-02")),
        (day("2026-03-12"), day("2026-03-20")),
    ]
    assert all(each.last < NO_END for each in time.absences)
