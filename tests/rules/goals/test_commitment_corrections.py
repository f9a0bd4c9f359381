"""A fact that becomes known too late puts a recorded miss right."""

from datetime import datetime

from coaching_events.events.commitment import CommitmentSuspended
from coaching_events.ids import Position
from goals.commitment import rules
from goals.commitment.rules.deadline import CORRECTED_WITHIN
from goals.commitment.state import Kept, Open, Released
from tests.rules.goals.the_two_who_promise import (
    ANNA,
    BEN,
    FRIDAY_MORNING,
    GRACE_END,
    NEXT_MONDAY,
    NEXT_THURSDAY,
    NEXT_TUESDAY,
    absent,
    anna_away,
    knowing,
    missed_story,
    munich,
    number,
    pair,
    person,
    promised,
    released_by_the_end,
    resting,
    suspended,
    types,
)

ABSENCE = Position("person_anna@0305")
TOLD = munich("03-10 09:00")
"""On Tuesday it becomes known that Anna was away on Thursday and Friday."""
AWAY = anna_away("03-05", "03-06", known="03-10 09:00")


WEDNESDAY_AFTER, THURSDAY_AFTER = munich("03-11 17:00"), munich("03-12 17:00")


def put_right(until: datetime = WEDNESDAY_AFTER, grace_end: datetime = THURSDAY_AFTER) -> CommitmentSuspended:
    return suspended(
        "absence", rule="facts-known", based_on=ABSENCE, until=until, grace_end=grace_end, supersedes=number(2)
    )


def test_an_absence_known_too_late_turns_a_miss_into_a_suspension():
    right = missed_story().knowing(AWAY).woken(at=TOLD).then((put_right(), TOLD))
    assert isinstance(right.state, Open)
    assert right.wake_at == munich("03-12 17:00")
    right.woken(at=TOLD).nothing()


def test_it_counts_from_the_first_day_after_it_became_known():
    known_on_friday_night = anna_away("03-05", "03-06", known="03-06 20:00")
    at = munich("03-06 20:00")
    missed_story().knowing(known_on_friday_night).woken(at=at).then(put_right(NEXT_MONDAY, NEXT_TUESDAY))


def test_an_absence_that_leaves_the_due_date_out_changes_nothing():
    missed_story().knowing(anna_away("03-06", "03-06", known="03-10 09:00")).woken(at=TOLD).nothing()


def test_within_sixty_days_and_no_later():
    late_known = {
        days: knowing(anna=person("Europe/Berlin", absent("03-05", "03-06", known=known)))
        for days, known in ((60, "05-05 17:00"), (61, "05-05 17:01"))
    }
    at = GRACE_END + CORRECTED_WITHIN
    assert types(missed_story().knowing(late_known[60]).woken(at=at).follows().events)[-1] == "commitment-suspended"
    missed_story().knowing(late_known[61]).woken(at=at).nothing()


def test_what_was_kept_meanwhile_stays_kept_and_is_late_only_after_the_end_of_the_cause():
    kept = missed_story().when(rules.keep, by=ANNA, at=NEXT_MONDAY, kept_at=None).follows()
    right = kept.knowing(AWAY).woken(at=TOLD).then(put_right(NEXT_MONDAY, NEXT_TUESDAY))
    assert isinstance(right.state, Kept)
    assert right.state.due == NEXT_MONDAY
    assert right.wake_at is None
    right.woken(at=TOLD).nothing()


def test_taken_back_after_that_the_grace_counts_from_there():
    kept = missed_story().when(rules.keep, by=ANNA, at=NEXT_MONDAY, kept_at=None).follows()
    right = kept.knowing(AWAY).woken(at=TOLD).follows()
    again = right.when(rules.take_back, by=ANNA, at=TOLD).follows()
    assert again.wake_at == munich("03-11 17:00")


def test_a_withdrawn_absence_never_turns_an_excuse_into_a_miss():
    right = missed_story().knowing(AWAY).woken(at=TOLD).follows()
    right.knowing(knowing()).woken(at=TOLD).nothing()
    excused = promised(anna_away("03-05", "03-06")).woken().follows()
    excused.knowing(knowing()).woken(at=NEXT_MONDAY).nothing()


def test_a_pause_that_was_heard_of_too_late_puts_it_right():
    rested = knowing(pair(None, resting("03-05 12:00", "03-09 00:00")))
    right = suspended(
        "pause",
        rule="facts-known",
        based_on=Position("partnership_anna-ben@5"),
        until=NEXT_MONDAY,
        grace_end=NEXT_TUESDAY,
        supersedes=number(2),
    )
    missed_story().knowing(rested).woken(at=NEXT_MONDAY).then(right)


def test_an_end_that_was_heard_of_too_late_releases_what_was_missed_after_it():
    ended = knowing(pair(ended_at=FRIDAY_MORNING))
    released = released_by_the_end(supersedes=number(2))
    over = missed_story().knowing(ended).woken(at=FRIDAY_MORNING).then(released)
    over.woken(at=NEXT_MONDAY).nothing()
    assert isinstance(over.state, Released)
    assert over.state.miss is None


def test_put_right_after_the_end_it_is_released():
    away = person("Europe/Berlin", absent("03-05", "03-06", known="03-10 09:00"))
    ended = knowing(pair(ended_at=NEXT_MONDAY), anna=away)
    missed_story().knowing(ended).woken(at=TOLD).then(released_by_the_end(supersedes=number(2)))


def test_a_question_about_a_missed_promise_stays_open_when_it_is_put_right():
    asked = missed_story().when(rules.renegotiate, by=ANNA, at=NEXT_MONDAY, due=NEXT_THURSDAY).follows()
    right = asked.knowing(AWAY).woken(at=TOLD).then(put_right())
    agreed = right.when(rules.agree, by=BEN, at=TOLD, clean_slate=False).follows()
    assert types(agreed.events)[-1] == "commitment-renegotiated"
