"""What falls due while it should not is suspended, never missed."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from coaching_events.events.commitment import (
    CommitmentSuspended,
    DeclarationWithdrawn,
    ReleaseLapsed,
    RenegotiationDeclined,
    RenegotiationLapsed,
    RenegotiationProposed,
)
from coaching_events.ids import Position
from coaching_readmodels import PairReferenceData
from coaching_time import FIGURES
from goals.commitment import rules
from goals.commitment.state import Open, Overdue
from tests.rules.goals.the_two_who_promise import (
    ANNA,
    BEN,
    BEN_ANSWERS_BY,
    DUE,
    FRIDAY_MORNING,
    GRACE_END,
    NEXT_MONDAY,
    NEXT_THURSDAY,
    NEXT_TUESDAY,
    absent,
    anna_away,
    asked_in_time,
    day,
    grace_of,
    hers,
    kept,
    knowing,
    made,
    missed,
    missed_story,
    moment,
    munich,
    nothing_yet,
    number,
    pair,
    person,
    promised,
    released_by_the_end,
    resting,
    resumed,
    suspended,
    types,
)

ABSENCE, PAUSE = Position("person_anna@0305"), Position("partnership_anna-ben@5")
WEEK = timedelta(days=7)
SOON = timedelta(minutes=31)


def test_an_absence_on_the_due_date_suspends_it_until_the_first_day_back():
    back_on_monday = suspended("absence", based_on=ABSENCE, until=NEXT_MONDAY, grace_end=NEXT_TUESDAY)
    until_then = promised(anna_away("03-05", "03-06")).woken().then((back_on_monday, GRACE_END))
    assert until_then.wake_at == NEXT_TUESDAY
    overdue = until_then.woken().then((missed(due=NEXT_MONDAY, grace_end=NEXT_TUESDAY), NEXT_TUESDAY))
    assert isinstance(overdue.state, Overdue)
    assert overdue.state.suspension is None


def test_nothing_is_written_before_the_grace_ends():
    promised(anna_away("03-05", "03-06")).woken(at=DUE).nothing()


def test_an_absence_that_leaves_the_due_date_out_suspends_nothing():
    promised(anna_away("03-06", "03-06")).woken().then(missed())


def test_the_absence_of_the_partner_suspends_nothing():
    promised(knowing(ben=person("America/New_York", absent("03-05", "03-06")))).woken().then(missed())


def test_absences_that_follow_each_other_are_one():
    two = person("Europe/Berlin", absent("03-05", "03-06"), absent("03-07", "03-10"))
    until = munich("03-11 17:00")
    promised(knowing(anna=two)).woken().then(
        suspended("absence", based_on=ABSENCE, until=until, grace_end=munich("03-12 17:00"))
    )


def test_without_grace_it_is_suspended_when_it_is_due():
    reference_data = knowing(grace_of(0), anna=person("Europe/Berlin", absent("03-05", "03-05")))
    promise = nothing_yet(reference_data).given(made(grace_end=DUE))
    promise.woken().then((suspended("absence", based_on=ABSENCE, until=GRACE_END, grace_end=GRACE_END), DUE))


def test_a_pause_with_an_end_suspends_it_until_the_first_day_after():
    pause = resting("03-04 09:00", "03-09 00:00")
    promised(knowing(pair(None, pause))).woken().then(
        suspended("pause", based_on=PAUSE, until=NEXT_MONDAY, grace_end=NEXT_TUESDAY)
    )


def test_a_grace_that_ends_in_a_pause_suspends_it_too():
    pause = resting("03-06 09:00", "03-09 00:00")
    promised(knowing(pair(None, pause))).woken().then(
        suspended("pause", based_on=PAUSE, until=NEXT_MONDAY, grace_end=NEXT_TUESDAY)
    )


def test_a_pause_that_was_over_before_suspends_nothing():
    promised(knowing(pair(None, resting("03-03 09:00", "03-05 09:00")))).woken().then(missed())


def test_of_an_absence_and_a_pause_the_one_that_ends_later_counts():
    away = person("Europe/Berlin", absent("03-05", "03-10"))
    shorter, longer = resting("03-05 09:00", "03-09 00:00"), resting("03-05 09:00", "03-12 00:00")
    assert _suspended_by(knowing(pair(None, shorter), anna=away)) == ("absence", munich("03-11 17:00"))
    assert _suspended_by(knowing(pair(None, longer), anna=away)) == ("pause", munich("03-12 17:00"))
    assert _suspended_by(knowing(pair(None, resting("03-05 09:00")), anna=away)) == ("pause", None)


def _suspended_by(reference_data: PairReferenceData) -> tuple[str, datetime | None]:
    event = promised(reference_data).woken().follows().events[-1]
    assert isinstance(event, CommitmentSuspended)
    return event.cause, event.until


def test_an_installation_says_when_an_open_pause_is_asked_about_and_the_event_keeps_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(FIGURES, "ask_again_days", 2)
    open_end = suspended("pause", based_on=PAUSE).model_copy(update={"ask_again_days": 2})
    waiting = promised(knowing(pair(None, resting("03-05 09:00")))).woken().then(open_end)
    monkeypatch.undo()
    assert waiting.wake_at == GRACE_END + timedelta(days=2)


def test_an_installation_says_how_late_a_deadline_still_counts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(FIGURES, "outage", timedelta(minutes=40))
    promised(knowing()).woken(now=GRACE_END + SOON).then((missed(), GRACE_END))
    monkeypatch.undo()
    late = promised(knowing()).woken(now=GRACE_END + SOON).follows().events[-1]
    assert isinstance(late, CommitmentSuspended)
    assert late.cause == "outage"


def test_an_open_pause_has_no_end_and_is_asked_about_every_seven_days():
    pause = resting("03-05 09:00")
    waiting = promised(knowing(pair(None, pause))).woken().then(suspended("pause", based_on=PAUSE))
    assert waiting.wake_at == GRACE_END + WEEK
    waiting.woken(at=NEXT_MONDAY).nothing()
    still = suspended("pause", rule="facts-known", based_on=PAUSE, supersedes=number(2))
    again = waiting.woken().then((still, GRACE_END + WEEK))
    assert again.wake_at == GRACE_END + 2 * WEEK


def test_the_resuming_says_until_when():
    pause = resting("03-05 09:00")
    waiting = promised(knowing(pair(None, pause))).woken().follows()
    at = munich("03-09 09:00")
    over = knowing(pair(None, resumed(pause, "03-09 09:00")))
    last = suspended(
        "pause",
        rule="facts-known",
        based_on=Position("partnership_anna-ben@6"),
        until=NEXT_TUESDAY,
        grace_end=munich("03-11 17:00"),
        supersedes=number(2),
    )
    waiting.knowing(over).woken(at=at).then((last, at)).woken(at=at).nothing()


def test_an_endless_absence_that_is_withdrawn_leaves_an_excuse():
    forever = person("Europe/Berlin", replace(absent("03-05", "03-06"), last=day("9999-12-31")))
    waiting = promised(knowing(anna=forever)).woken().then(suspended("absence", based_on=ABSENCE))
    back = munich("03-09 09:00")
    last = suspended(
        "absence", rule="facts-known", until=NEXT_TUESDAY, grace_end=munich("03-11 17:00"), supersedes=number(2)
    )
    waiting.knowing(knowing()).woken(at=back).then((last, back))
    asked = waiting.when(rules.renegotiate, by=ANNA, at=munich("03-09 08:30"), due=NEXT_THURSDAY).follows()
    asked.knowing(knowing()).woken(at=back).then((last, back))


def test_a_question_asked_in_time_suspends_it_until_the_answer():
    waiting = asked_in_time().woken().then((suspended("unanswered", based_on=number(2)), GRACE_END))
    assert waiting.wake_at == moment("2026-03-06T17:00-05:00")
    no = RenegotiationDeclined(**hers(BEN), proposal=number(2), due=DUE, grace_end=NEXT_MONDAY)
    declined = waiting.when(rules.decline, by=BEN, at=GRACE_END + timedelta(hours=1)).then(no)
    declined.woken().then((missed(grace_end=NEXT_MONDAY), NEXT_MONDAY))


def test_without_grace_a_declined_question_ends_it_at_the_answer():
    asked = asked_in_time(knowing(grace_of(0))).when(rules.decline, by=BEN, at=FRIDAY_MORNING).follows()
    asked.woken().then((missed(grace_end=FRIDAY_MORNING), FRIDAY_MORNING))


def test_news_do_not_end_the_waiting_for_an_answer():
    long_pause = resting("03-07 09:00", "03-20 09:00")
    waiting = asked_in_time().woken().follows().knowing(knowing(pair(None, long_pause)))
    waiting.woken(at=GRACE_END + timedelta(hours=1)).nothing()


def test_while_suspended_counts_as_before_the_due_moment():
    waiting = promised(anna_away("03-05", "03-06")).woken().follows()
    for at, timely in ((NEXT_MONDAY - SOON, True), (NEXT_MONDAY, False)):
        asked = waiting.when(rules.renegotiate, by=ANNA, at=at, due=NEXT_THURSDAY).follows().events[-1]
        assert isinstance(asked, RenegotiationProposed)
        assert asked.timely is timely


def test_a_suspended_promise_may_be_kept():
    waiting = promised(anna_away("03-05", "03-06")).woken().follows()
    waiting.when(rules.keep, by=ANNA, at=NEXT_MONDAY, kept_at=None).then(kept(NEXT_MONDAY, due=NEXT_MONDAY))


def test_a_refused_question_leaves_an_open_pause_as_it_is():
    waiting = promised(knowing(pair(None, resting("03-05 09:00")))).woken().follows()
    asked = waiting.when(rules.renegotiate, by=ANNA, at=NEXT_MONDAY, due=NEXT_THURSDAY).follows()
    no = RenegotiationDeclined(**hers(BEN), proposal=number(3), due=DUE)
    declined = asked.when(rules.decline, by=BEN, at=NEXT_MONDAY).then(no)
    assert declined.wake_at == waiting.wake_at


def test_a_refused_question_leaves_an_absence_as_it_is():
    waiting = promised(anna_away("03-05", "03-06")).woken().follows()
    at = GRACE_END + timedelta(hours=1)
    asked = waiting.when(rules.renegotiate, by=ANNA, at=at, due=NEXT_THURSDAY).follows()
    declined = asked.when(rules.decline, by=BEN, at=at).follows()
    assert isinstance(waiting.state, Open)
    assert isinstance(declined.state, Open)
    assert declined.state.suspension == waiting.state.suspension
    agreed = asked.when(rules.agree, by=BEN, at=at, clean_slate=False).follows()
    assert isinstance(agreed.state, Open)
    assert agreed.state.suspension is None


def test_what_was_due_while_the_suite_was_down_is_suspended_each_time():
    handled = GRACE_END + SOON
    down = suspended("outage", until=NEXT_MONDAY, grace_end=NEXT_TUESDAY)
    after = promised().woken(now=handled).then((down, handled))
    after.woken(now=NEXT_TUESDAY).then((missed(due=NEXT_MONDAY, grace_end=NEXT_TUESDAY), NEXT_TUESDAY))
    again = after.woken(now=NEXT_TUESDAY + SOON).follows()
    assert types(again.events)[-1] == "commitment-suspended"
    assert isinstance(again.state, Open)


def test_news_that_come_before_a_late_sweep_make_no_miss_of_an_outage():
    handled = GRACE_END + SOON
    promised().woken(at=handled).then(suspended("outage", until=NEXT_MONDAY, grace_end=NEXT_TUESDAY))


def test_an_absence_explains_more_than_an_outage():
    back_on_monday = suspended("absence", based_on=ABSENCE, until=NEXT_MONDAY, grace_end=NEXT_TUESDAY)
    away = promised(anna_away("03-05", "03-06"))
    away.woken(now=GRACE_END + SOON).then((back_on_monday, GRACE_END))


def test_the_end_of_the_partnership_releases_what_was_not_missed():
    ended = knowing(pair(ended_at=FRIDAY_MORNING))
    over = promised().knowing(ended).woken(at=FRIDAY_MORNING).then(released_by_the_end())
    assert over.wake_at is None
    promised().knowing(ended).woken().then(released_by_the_end())


def test_the_end_releases_what_is_suspended():
    forever = knowing(pair(None, resting("03-05 09:00"), ended_at=NEXT_MONDAY))
    waiting = promised(knowing(pair(None, resting("03-05 09:00")))).woken().follows()
    waiting.knowing(forever).woken(at=NEXT_MONDAY).then(released_by_the_end())
    unanswered = asked_in_time().woken().follows()
    at = GRACE_END + timedelta(hours=1)
    unanswered.knowing(knowing(pair(ended_at=at))).woken(at=at).then(released_by_the_end())


def test_a_miss_before_the_end_stays_also_if_the_sweep_comes_later():
    ended = knowing(pair(ended_at=GRACE_END + timedelta(minutes=10)))
    missed_story().knowing(ended).woken(at=GRACE_END + timedelta(minutes=10)).nothing()
    promised().knowing(ended).woken(now=GRACE_END + timedelta(minutes=20)).then(missed())
    promised().knowing(ended).woken(at=GRACE_END + timedelta(minutes=10)).then((missed(), GRACE_END))


def test_at_the_end_of_the_partnership_a_grace_that_ends_with_it_has_ended():
    ended = knowing(pair(ended_at=GRACE_END))
    promised().knowing(ended).woken(at=GRACE_END).then((missed(), GRACE_END))
    missed_story().knowing(ended).woken(at=GRACE_END).nothing()


def test_an_outage_at_the_end_holds_nothing_against_anybody():
    at = GRACE_END + SOON
    promised().knowing(knowing(pair(ended_at=at))).woken(at=at).then(released_by_the_end())


def test_what_was_asked_about_a_missed_promise_lapses_with_the_partnership():
    asked = missed_story().when(rules.renegotiate, by=ANNA, at=NEXT_MONDAY, due=NEXT_THURSDAY).follows()
    ended = asked.knowing(knowing(pair(ended_at=NEXT_TUESDAY)))
    lapsed = RenegotiationLapsed(**hers("end"), proposal=number(3), due=DUE)
    ended.woken(at=NEXT_TUESDAY).then(lapsed).woken(at=NEXT_TUESDAY).nothing()
    ended.when(rules.keep, by=ANNA, at=NEXT_TUESDAY, kept_at=None).refused("partnership-ended")
    release = missed_story().when(rules.ask_for_release, by=ANNA, at=NEXT_MONDAY).follows()
    let_be = ReleaseLapsed(**hers("end"), proposal=number(3), due=DUE)
    release.knowing(knowing(pair(ended_at=NEXT_TUESDAY))).woken(at=NEXT_TUESDAY).then(let_be)


def test_taken_back_in_an_open_pause_it_still_waits_for_the_resuming():
    waiting = promised(knowing(pair(None, resting("03-05 09:00")))).woken().follows()
    declared = waiting.when(rules.keep, by=ANNA, at=NEXT_MONDAY, kept_at=None).follows()
    taken_back = DeclarationWithdrawn(**hers(), supersedes=number(3), due=DUE)
    open_again = declared.when(rules.take_back, by=ANNA, at=NEXT_MONDAY).then(taken_back)
    assert open_again.wake_at == waiting.wake_at


def test_what_was_decided_before_the_end_stands_until_the_end_is_heard_of():
    ended_at = BEN_ANSWERS_BY + timedelta(minutes=10)
    waiting = asked_in_time().woken().follows().knowing(knowing(pair(ended_at=ended_at)))
    agreed = waiting.woken(now=BEN_ANSWERS_BY + timedelta(minutes=20)).follows()
    assert types(agreed.events)[-1] == "commitment-renegotiated"
    agreed.woken(at=ended_at).then(released_by_the_end())
