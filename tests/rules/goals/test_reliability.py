"""The credit of a promise, why it is that, and the figure of one person's reliability to the other."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from coaching_events.ids import StreamId
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from goals.commitment import rules
from goals.commitment.explaining import explained
from goals.commitment.rules.reliability import LEAST, Counted, Reliability, count, credit, reliability
from goals.commitment.state import Commitment
from service_kit.languages import ENGLISH
from tests.rules.goals.the_two_who_promise import (
    ANNA,
    BEN,
    DUE,
    FRIDAY_MORNING,
    GRACE_END,
    MONDAY,
    NEXT_MONDAY,
    PAIR,
    PROMISE,
    WEDNESDAY,
    Story,
    anna_away,
    asked_in_time,
    asked_late,
    kept,
    knowing,
    made,
    missed_story,
    munich,
    nothing_yet,
    number,
    pair,
    promised,
    requested,
    resting,
)

HOUR, DAY = 3600.0, 86400.0


def why(found: Counted) -> str:
    return explained(found, ENGLISH)


HALF_A_YEAR = timedelta(weeks=26)
MADE_ON_THE_DAY = munich("03-05 09:00")


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (12 * HOUR, 0.99132),
        (2 * DAY, 0.94553),
        (3 * DAY, 0.92880),
        (8 * DAY, 0.79189),
        (14 * DAY, 0.61277),
        (90 * DAY, 0.15041),
    ],
)
def test_the_credit_has_the_values_that_were_published(late: float, expected: float):
    assert credit(late) == pytest.approx(expected, abs=5e-6)


@pytest.mark.parametrize(
    ("late", "expected"),
    [(60.0, 0.99999), (HOUR, 0.999), (DAY, 0.99), (7 * DAY, 0.9), (30 * DAY, 0.5), (365 * DAY, 0.1)],
)
def test_the_segments_meet(late: float, expected: float):
    assert credit(late) == pytest.approx(expected)
    assert credit(late - 0.001) == pytest.approx(expected, abs=1e-6)


def test_on_time_is_one_and_nothing_is_less_than_a_hundredth():
    assert credit(0) == credit(-1) == 1
    assert 0.99999 < credit(0.5) < 1
    assert credit(3650 * DAY) == credit(1e12) == LEAST


def counted(story: Story, at: datetime) -> Counted:
    assert story.state is not None
    found = count(
        PROMISE, story.state, owner=story.reference_data.time(ANNA), pair=story.reference_data.partnership(PAIR), at=at
    )
    assert (found.stream, found.promise) == (PROMISE, story.state)
    return found


def test_kept_on_time_earns_everything():
    done = counted(promised().given((kept(WEDNESDAY), WEDNESDAY)), NEXT_MONDAY)
    assert (done.credit, why(done)) == (1.0, "kept on time")


def test_kept_late_earns_less_and_says_why():
    done = counted(promised().given((kept(FRIDAY_MORNING), FRIDAY_MORNING)), NEXT_MONDAY)
    assert done.late == 17 * HOUR
    assert done.credit == credit(17 * HOUR)
    assert why(done) == "kept, 17 hours after it was due"


@pytest.mark.parametrize(
    ("late", "words"), [(1, "1 minute"), (20, "20 minutes"), (119, "119 minutes"), (5 * 60, "5 hours")]
)
def test_the_lateness_is_told_in_words(late: int, words: str):
    at = DUE + timedelta(minutes=late)
    assert why(counted(promised().given((kept(at), at)), NEXT_MONDAY)) == f"kept, {words} after it was due"


def test_days_without_work_absences_and_pauses_do_not_count():
    over_the_weekend = counted(missed_story().given((kept(NEXT_MONDAY), NEXT_MONDAY)), NEXT_MONDAY)
    assert over_the_weekend.late == 48 * HOUR  # seven of Thursday, Friday, and Monday until five
    assert why(over_the_weekend) == "kept, 2 working days after it was due"
    away = missed_story().given((kept(NEXT_MONDAY), NEXT_MONDAY)).knowing(anna_away("03-06", "03-06"))
    assert counted(away, NEXT_MONDAY).late == 24 * HOUR
    paused = knowing(pair(None, resting("03-06 00:00", "03-06 12:00")))
    assert counted(missed_story().knowing(paused), munich("03-07 00:00")).late == 19 * HOUR


def test_what_is_overdue_decays_live():
    hour_by_hour = [counted(missed_story(), GRACE_END + timedelta(hours=hours)).credit for hours in (0, 5, 100, 500)]
    assert hour_by_hour[0] == credit(DAY)
    assert hour_by_hour == sorted(hour_by_hour, key=lambda earned: earned or 0, reverse=True)
    assert len(set(hour_by_hour)) == 4
    assert (
        why(counted(missed_story(), GRACE_END))
        == "still open, counted as if it were kept now, 24 hours after it was due"
    )


def test_the_lateness_of_what_was_missed_stops_at_the_end_of_the_partnership():
    ended = missed_story().knowing(knowing(pair(ended_at=GRACE_END)))
    assert counted(ended, GRACE_END + HALF_A_YEAR).credit == credit(DAY)


def test_what_is_not_due_suspended_released_or_asked_about_in_time_does_not_count_yet():
    suspended = promised(anna_away("03-05", "03-06")).woken().follows()
    released = promised().knowing(knowing(pair(ended_at=WEDNESDAY))).woken(at=WEDNESDAY).follows()
    for story, at, reason in (
        (promised(), DUE, "not due yet"),
        (suspended, GRACE_END, "suspended: it fell due during an absence, a pause or an outage"),
        (released, GRACE_END, "released: it is no longer owed and counts nowhere"),
        (asked_in_time(), FRIDAY_MORNING, "a question asked in time: your partner has not answered yet"),
        (nothing_yet().given(requested()), MONDAY, "nothing was promised"),
    ):
        found = counted(story, at)
        assert (found.credit, found.late, why(found)) == (None, 0, reason)


def test_a_suspended_promise_counts_from_its_new_due_moment():
    suspended = promised(anna_away("03-05", "03-06")).woken().follows()
    assert why(counted(suspended, NEXT_MONDAY)) == "not due yet"
    assert counted(suspended, NEXT_MONDAY + timedelta(hours=2)).credit == credit(2 * HOUR)


def test_kept_while_suspended_is_kept_on_time():
    waiting = asked_in_time().woken().follows()
    done = waiting.when(rules.keep, by=ANNA, at=GRACE_END + timedelta(hours=2), kept_at=None).follows()
    assert counted(done, NEXT_MONDAY).credit == 1.0
    within_the_grace = asked_in_time().when(rules.keep, by=ANNA, at=FRIDAY_MORNING, kept_at=None).follows()
    assert counted(within_the_grace, NEXT_MONDAY).credit == 1.0


def test_put_right_after_it_was_kept_it_is_late_only_after_the_cause():
    done = missed_story().when(rules.keep, by=ANNA, at=NEXT_MONDAY + timedelta(hours=1), kept_at=None).follows()
    right = done.knowing(anna_away("03-05", "03-06", known="03-10 09:00")).woken(at=munich("03-10 09:00")).follows()
    assert counted(right, munich("03-10 12:00")).late == HOUR


def test_a_new_date_asked_for_late_earns_at_most_what_there_was_then():
    agreed = asked_late().when(rules.agree, by=BEN, clean_slate=False).follows()
    on_time = counted(agreed.given((kept(NEXT_MONDAY), NEXT_MONDAY)), munich("03-20 12:00"))
    assert on_time.credit == credit(17 * HOUR)
    assert why(on_time) == (
        "kept on time; a new date was asked for only after the old one had passed, so the lateness then sets the credit"
    )
    paused = agreed.knowing(knowing(pair(None, resting("03-06 00:00", "03-06 05:00"))))
    assert counted(paused.given((kept(NEXT_MONDAY), NEXT_MONDAY)), munich("03-20 12:00")).credit == credit(12 * HOUR)
    very_late = agreed.given((kept(munich("03-26 17:00")), munich("03-26 17:00")))
    assert (counted(very_late, munich("03-27 12:00")).credit or 1) < credit(17 * HOUR)


def test_a_clean_slate_and_a_question_in_time_cost_nothing():
    clean = asked_late().when(rules.agree, by=BEN, clean_slate=True).follows()
    timely = asked_in_time().when(rules.agree, by=BEN, clean_slate=False).follows()
    for story in (clean, timely):
        assert counted(story.given((kept(NEXT_MONDAY), NEXT_MONDAY)), munich("03-20 12:00")).credit == 1.0


def test_the_lower_of_two_late_questions_holds():
    first = asked_late().when(rules.agree, by=BEN, clean_slate=False).follows()
    again = first.when(
        rules.renegotiate, by=ANNA, at=munich("03-13 17:00"), due=rules.Due(instant=munich("03-19 17:00"))
    ).follows()
    done = again.when(rules.agree, by=BEN, clean_slate=False).follows()
    done = done.given((kept(munich("03-16 12:00")), munich("03-16 12:00")))
    assert counted(done, munich("03-20 12:00")).credit == credit(DAY)


def test_what_was_promised_on_the_day_counts_only_if_it_was_asked_for():
    unasked = nothing_yet().given((made(), MADE_ON_THE_DAY), kept(MADE_ON_THE_DAY))
    assert counted(unasked, NEXT_MONDAY).credit is None
    assert why(counted(unasked, NEXT_MONDAY)) == "made less than a working day before it was due, and not on request"
    asked = nothing_yet().given(requested(), (made(request=number(1)), MADE_ON_THE_DAY), kept(MADE_ON_THE_DAY))
    assert counted(asked, NEXT_MONDAY).credit == 1.0
    the_day_before = nothing_yet().given((made(), WEDNESDAY), kept(WEDNESDAY))
    assert counted(the_day_before, NEXT_MONDAY).credit == 1.0


def measured(
    *stories: Story, at: datetime = NEXT_MONDAY, reference_data: PairReferenceData | None = None
) -> Reliability:
    known = reference_data or knowing()
    promises: list[tuple[StreamId, Commitment]] = []
    for order, story in enumerate(stories):
        assert story.state is not None
        promises.append((StreamId(f"commitment_{order}"), story.state))
    named: PartnershipReadModel = known.partnership(PAIR)
    return reliability(promises, owner=known.time(ANNA), pair=named, at=at)


def done(kept_at: datetime = WEDNESDAY, **more: Any) -> Story:
    return nothing_yet().given((made(**more), MONDAY), (kept(kept_at), kept_at))


def test_the_figure_is_the_mean_from_five_promises_on():
    four = [done() for _ in range(4)]
    assert (measured(*four).counted, measured(*four).figure) == (4, None)
    five = measured(*four, done(FRIDAY_MORNING))
    assert five.counted == 5
    assert five.figure == pytest.approx((4 + credit(17 * HOUR)) / 5)


def test_what_does_not_count_is_listed_with_its_reason_and_leaves_the_figure_alone():
    listed = measured(*[done() for _ in range(5)], promised(anna_away("03-05", "03-06")).woken().follows())
    assert (len(listed.promises), listed.counted, listed.figure) == (6, 5, 1.0)
    assert all(why(each) for each in listed.promises)


def test_requests_are_not_listed():
    assert measured(nothing_yet().given(requested())).promises == ()


def test_the_figure_speaks_of_the_last_twenty_six_weeks():
    five = [done() for _ in range(5)]
    at_last = measured(*five, at=DUE + HALF_A_YEAR)
    assert (at_last.figure, why(at_last.promises[0])) == (1.0, "kept on time")
    later = measured(*five, at=DUE + HALF_A_YEAR + timedelta(seconds=1))
    assert (later.counted, later.figure) == (0, None)
    assert (
        why(later.promises[0]) == "kept on time; it was due more than 26 weeks ago and no longer counts in the figure"
    )


def test_what_was_kept_ahead_of_time_counts_once_it_is_due():
    five = [done() for _ in range(5)]
    ahead = measured(*five, at=WEDNESDAY)
    assert (ahead.counted, ahead.figure) == (0, None)
    assert ahead.promises[0].credit == 1.0
    assert why(ahead.promises[0]) == "kept on time; it counts in the figure once it would have been due"
    due = measured(*five, at=DUE)
    assert (due.figure, why(due.promises[0])) == (1.0, "kept on time")


def test_the_newest_promise_stands_first():
    later = done(due=munich("03-06 17:00"))
    listed = measured(done(), later).promises
    assert [(each.stream, each.promise.due) for each in listed] == [
        ("commitment_1", munich("03-06 17:00")),
        ("commitment_0", DUE),
    ]
