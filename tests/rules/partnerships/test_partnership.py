"""Two people propose to work together, agree, pause and end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from coaching_events.event import Event
from coaching_events.events.answers import AnswerExtended
from coaching_events.events.partnership import (
    PartnershipDeclined,
    PartnershipEnded,
    PartnershipEvent,
    PartnershipLapsed,
    PartnershipPaused,
    PartnershipResumed,
    PartnershipWithdrawn,
    SharingNarrowed,
    TermsAgreed,
    TermsLapsed,
    TermsProposed,
    TermsRejected,
    TermsWithdrawn,
)
from coaching_events.ids import PersonId, Position
from coaching_time import FIGURES, Absence, AskingLimits
from partnerships.partnership import rules
from partnerships.partnership.figures import IN_USE, PairFigures
from partnerships.partnership.rules import PAUSE_IS_OVER, WITH_THE_END
from partnerships.partnership.rules import terms as terms_rules
from partnerships.partnership.rules.answering import COUNTED_AGAIN
from partnerships.partnership.state import AnyPartnership
from partnerships.partnership.wake import DEPARTED, DIRECTORY, SILENCE
from tests.rules.given import Answer, History
from tests.rules.partnerships.pair import (
    agreed,
    anna,
    asked,
    asked_for_more,
    ben,
    ben_answers_by,
    both,
    draft,
    formed,
    monday,
    more_reminders,
    nothing_yet,
    pair,
    proposed,
    terms,
)
from tests.rules.partnerships.people import knowing, moment, person_id, somebody

DAY = timedelta(days=1)


def proposing(
    history: History[Any, Any, Any] = nothing_yet,
    *,
    by: PersonId = anna,
    other: PersonId = ben,
    earlier: Sequence[AnyPartnership] = (),
    **more: Any,
) -> Answer[Any, Any, Any]:
    said: dict[str, Any] = {"draft": draft(), **more}
    return history.when(rules.propose, by=by, id=pair, other=other, earlier=earlier, **said)


def once(*events: Event | tuple[Event, Any]) -> AnyPartnership:
    state = nothing_yet.given(*events).state
    assert state is not None
    return state


# Proposing


def test_a_proposal_starts_from_the_usual_terms():
    proposing().then(proposed())


def test_a_proposal_may_name_terms_of_its_own():
    proposing(draft=draft(reminders=0, rhythm="freq=daily", local_time="09:30"), purpose="Grow").then(
        proposed(
            purpose="Grow",
            terms=terms(reminders=0, rhythm="FREQ=DAILY", local_time=draft(local_time="09:30").local_time),
        )
    )


def test_check_ins_start_on_the_day_that_is_named():
    may = draft(starting="2026-05-01")
    proposing(draft=may).then(proposed(terms=terms(starting=may.starting)))


def test_check_ins_start_neither_in_the_past_nor_in_the_far_future():
    proposing(draft=draft(starting="2026-03-01")).refused("starts-in-the-past")
    proposing(draft=draft(starting="2027-03-04")).refused("starts-too-late")


def test_nobody_partners_with_themselves_or_with_somebody_who_is_not_here():
    proposing(other=anna).refused("with-yourself")
    proposing(other=person_id("nobody")).refused("not-in-the-directory")
    ben_is_gone = knowing([somebody("1"), somebody("2", gone_since=monday)])
    proposing(nothing_yet.knowing(ben_is_gone)).refused("not-in-the-directory")


def test_one_open_partnership_at_a_time_whoever_proposes():
    refusal = proposing(earlier=[once(proposed())]).refused("already-open")
    assert refusal.extensions == {"partnership": pair}
    proposing(by=ben, other=anna, earlier=[once(proposed(), formed())]).refused("already-open")
    proposing(asked).refused("already-open")


def test_after_an_end_they_may_begin_again_with_the_next_ordinal():
    over = once(proposed(), formed(), PartnershipEnded(by=ben, partnership=pair, cause="partner"))
    proposing(earlier=[over]).then(proposed(ordinal=2))


NO = PartnershipDeclined(by=ben, partnership=pair)


def test_a_no_is_not_asked_again_for_ninety_days_but_may_be_asked_by_the_one_who_said_it():
    said_no = once(proposed(), (NO, monday - 89 * DAY))
    refusal = proposing(earlier=[said_no]).refused("declined-lately")
    assert refusal.extensions == {"until": datetime(2026, 3, 3, 8, tzinfo=UTC), "days": 90}
    proposing(by=ben, other=anna, earlier=[said_no]).follows()
    proposing(earlier=[once(proposed(), (NO, monday - 90 * DAY))]).then(proposed(ordinal=2))


def test_an_installation_says_for_how_long_a_no_is_not_asked_again():
    said_no = once(proposed(), (NO, monday - 10 * DAY))
    proposing(earlier=[said_no], limits=AskingLimits(after_decline=11 * DAY)).refused(
        "declined-lately", until=monday + DAY
    )
    proposing(earlier=[said_no], limits=AskingLimits(after_decline=10 * DAY)).then(proposed(ordinal=2))


def test_who_took_a_proposal_back_asks_again_after_a_day_and_the_other_may_at_once():
    taken_back = once(proposed(), (PartnershipWithdrawn(by=anna, partnership=pair), monday))
    refusal = proposing(earlier=[taken_back]).refused("withdrawn-lately")
    assert refusal.extensions == {"until": monday + DAY}
    proposing(by=ben, other=anna, earlier=[taken_back]).follows()
    day_old = once((proposed(), monday - DAY), (PartnershipWithdrawn(by=anna, partnership=pair), monday - DAY))
    proposing(earlier=[day_old]).then(proposed(ordinal=2))


def test_at_most_ten_proposals_of_one_person_wait_for_an_answer():
    proposing(open_proposals=9).then(proposed())
    refusal = proposing(open_proposals=10).refused("too-many-proposals-open")
    assert refusal.extensions == {"open": 10, "most": 10}


def test_a_partnership_formed_since_outweighs_a_no():
    said_no = once(proposed(), (NO, monday - 80 * DAY))
    ended = PartnershipEnded(by=anna, partnership=pair, cause="partner")
    since = once((proposed(ordinal=2), monday - 70 * DAY), (formed(), monday - 60 * DAY), (ended, monday - DAY))
    proposing(earlier=[said_no, since]).then(proposed(ordinal=3))


# Answering


def test_the_other_accepts_the_version_on_the_table():
    asked.when(rules.accept, by=ben, version=1).then(formed())
    refusal = asked.when(rules.accept, by=ben, version=2).refused("other-terms")
    assert refusal.extensions == {"current": 1}


def test_nobody_answers_their_own_proposal():
    asked.when(rules.accept, by=anna, version=1).refused("your-own-proposal")
    asked.when(rules.decline, by=anna).refused("your-own-proposal")
    asked.when(rules.withdraw, by=ben).refused("not-your-proposal")


def test_a_proposal_is_declined_or_withdrawn_once():
    said_no = asked.when(rules.decline, by=ben).then(PartnershipDeclined(by=ben, partnership=pair))
    said_no.when(rules.accept, by=ben, version=1).refused("no-longer-open")
    taken_back = asked.when(rules.withdraw, by=anna).then(PartnershipWithdrawn(by=anna, partnership=pair))
    taken_back.when(rules.decline, by=ben).refused("no-longer-open")
    agreed.when(rules.accept, by=ben, version=1).refused("already-formed")


def test_what_is_over_is_not_accepted_again():
    over = agreed.given(PartnershipEnded(by=anna, partnership=pair, cause="partner"))
    refusal = over.when(rules.accept, by=ben, version=1).refused("partnership-ended")
    assert refusal.extensions == {"ended_at": monday}


def test_what_was_never_agreed_is_not_ended():
    said_no = asked.given(PartnershipDeclined(by=ben, partnership=pair))
    assert said_no.when(rules.end, by=ben).refused("not-formed").extensions == {"how": "declined"}


def test_a_proposal_of_somebody_who_has_left_is_not_accepted():
    gone = knowing([somebody("1", gone_since=monday), somebody("2")])
    asked.knowing(gone).when(rules.accept, by=ben, version=1).refused("not-in-the-directory")


def test_the_terms_of_a_proposal_are_countered_and_the_proposer_accepts():
    fewer = TermsProposed(
        by=ben,
        partnership=pair,
        terms=terms(2, reminders=1),
        counters=Position("partnership_1@1"),
        answer_by=moment("2026-03-16T17:00+01:00"),
    )
    countered = asked.when(terms_rules.counter_terms, by=ben, version=1, draft=draft(reminders=1)).then(fewer)
    countered.when(rules.accept, by=ben, version=2).refused("your-own-proposal")
    countered.when(rules.accept, by=anna, version=1).refused("other-terms")
    countered.when(rules.withdraw, by=anna).refused("not-your-proposal")
    together = countered.when(rules.accept, by=anna, version=2).follows()
    assert together.state is not None
    assert together.state.status == "formed"
    assert together.state.terms == terms(2, reminders=1)
    assert together.state.people == (anna, ben)


def test_silence_lapses_on_the_tenth_working_day():
    assert asked.wake_at == ben_answers_by
    asked.woken().then((PartnershipLapsed(by=SILENCE, partnership=pair), ben_answers_by))
    asked.woken(at=ben_answers_by - DAY).nothing()


def away(*days: tuple[date, date]) -> Any:
    absences = [Absence(id=str(n), first=first, last=last, known_at=monday) for n, (first, last) in enumerate(days)]
    return knowing([somebody("1"), replace(somebody("2", zone="America/New_York"), absences=tuple(absences))])


def test_days_away_are_counted_when_the_answer_is_due():
    a_week_longer = AnswerExtended(
        by=COUNTED_AGAIN,
        partnership=pair,
        question=Position("partnership_1@1"),
        answer_by=moment("2026-03-23T17:00-04:00"),
    )
    knowing_better = asked.knowing(away((date(2026, 3, 9), date(2026, 3, 13))))
    longer = knowing_better.woken().then((a_week_longer, ben_answers_by))
    longer.woken().then((PartnershipLapsed(by=SILENCE, partnership=pair), moment("2026-03-23T17:00-04:00")))


def test_an_absence_without_an_end_is_looked_at_every_seven_days():
    knowing_better = asked.knowing(away((date(2026, 3, 9), date(2199, 12, 31))))
    no_date = AnswerExtended(by=COUNTED_AGAIN, partnership=pair, question=Position("partnership_1@1"), answer_by=None)
    first = knowing_better.woken().then((no_date, ben_answers_by))
    assert first.wake_at == ben_answers_by + 7 * DAY
    second = first.woken().then((no_date, ben_answers_by + 7 * DAY))
    second.knowing(both).woken().then((PartnershipLapsed(by=SILENCE, partnership=pair), ben_answers_by + 14 * DAY))


def test_an_installation_says_when_it_looks_again_and_the_event_keeps_it(monkeypatch: pytest.MonkeyPatch):
    for_ever = away((date(2026, 3, 9), date(2199, 12, 31)))
    monkeypatch.setattr(FIGURES, "ask_again_days", 3)
    no_date = AnswerExtended(
        by=COUNTED_AGAIN, partnership=pair, question=Position("partnership_1@1"), answer_by=None, ask_again_days=3
    )
    waiting = asked.knowing(for_ever).woken().then((no_date, ben_answers_by))
    monkeypatch.undo()
    assert waiting.wake_at == ben_answers_by + 3 * DAY
    usual = no_date.model_copy(update={"ask_again_days": None})
    waiting.woken().then((usual, ben_answers_by + 3 * DAY))


def test_a_proposal_to_somebody_away_without_an_end_is_looked_at_after_seven_days():
    proposing(nothing_yet.knowing(away((date(2026, 3, 1), date(2199, 12, 31))))).then(
        proposed(answer_by=monday + 7 * DAY)
    )


# Pausing

friday = date(2026, 3, 6)
end_of_friday = {anna: moment("2026-03-07T00:00+01:00"), ben: moment("2026-03-07T00:00-05:00")}


def paused(whose: PersonId, *, until: bool = True) -> PartnershipPaused:
    last, end = (friday, end_of_friday[whose]) if until else (None, None)
    return PartnershipPaused(by=whose, partnership=pair, whose=whose, last=last, until=end)


def resumed(whose: PersonId | None, by: Any = PAUSE_IS_OVER) -> PartnershipResumed:
    return PartnershipResumed(by=by, partnership=pair, whose=whose)


@pytest.mark.parametrize("who", [anna, ben])
def test_a_pause_lasts_until_the_end_of_its_last_day_in_the_zone_of_who_pauses(who: PersonId):
    resting = agreed.when(rules.pause, by=who, last=friday).then(paused(who))
    resting.when(rules.pause, by=who, last=friday).nothing()
    resting.woken().then((resumed(who), end_of_friday[who]))


def test_a_pause_may_be_open_and_changed_and_only_its_owner_ends_it():
    resting = agreed.when(rules.pause, by=anna).then(paused(anna, until=False))
    assert resting.wake_at is None
    resting.when(rules.resume, by=ben).refused("not-paused")
    shorter = resting.when(rules.pause, by=anna, last=friday).then(paused(anna))
    shorter.when(rules.resume, by=anna).then(resumed(anna, by=anna))


def test_a_pause_that_is_past_and_not_yet_recorded_is_recorded_before_the_next():
    resting = agreed.given(paused(anna))
    saturday = end_of_friday[anna] + DAY / 2
    again = resting.when(rules.pause, by=anna, at=saturday).then(
        (resumed(anna), end_of_friday[anna]), paused(anna, until=False)
    )
    assert [event.type for event in again.events[-2:]] == ["partnership-resumed", "partnership-paused"]


def test_a_pause_ends_neither_in_the_past_nor_in_the_far_future():
    agreed.when(rules.pause, by=anna, last=date(2026, 3, 1)).refused("ends-in-the-past")
    agreed.when(rules.pause, by=anna, last=date(2029, 3, 1)).refused("too-long")
    agreed.when(rules.pause, by=anna, last=date(2026, 3, 2)).follows()
    asked.when(rules.pause, by=anna).refused("not-formed")


def test_days_of_a_pause_do_not_count_for_an_answer():
    resting = asked_for_more.given(paused(ben))
    over = resting.woken().follows()
    # Monday to Friday rested: five of the ten days come later.
    longer = AnswerExtended(
        by=COUNTED_AGAIN,
        partnership=pair,
        question=Position("partnership_1@3"),
        answer_by=moment("2026-03-20T17:00-04:00"),
    )
    over.woken().then((longer, ben_answers_by))


def test_in_an_open_pause_an_answer_has_no_date_and_the_resuming_sets_one():
    resting = asked_for_more.given((paused(anna, until=False), monday + 2 * DAY))
    question = Position("partnership_1@3")
    no_date = AnswerExtended(by=COUNTED_AGAIN, partnership=pair, question=question, answer_by=None)
    waiting = resting.woken().then((no_date, ben_answers_by))
    assert waiting.wake_at == ben_answers_by + 7 * DAY
    # Tuesday was the only day that counted; from Wednesday, 18 March, nine more.
    date_set = AnswerExtended(
        by=COUNTED_AGAIN, partnership=pair, question=question, answer_by=moment("2026-03-31T17:00-04:00")
    )
    resumes = moment("2026-03-18T12:00-04:00")
    waiting.when(rules.resume, by=anna, at=resumes).then(resumed(anna, by=anna), date_set)


def test_while_the_other_still_rests_the_answer_has_no_date_yet():
    no_date = AnswerExtended(by=COUNTED_AGAIN, partnership=pair, question=Position("partnership_1@3"), answer_by=None)
    resting = asked_for_more.given(paused(anna, until=False), paused(ben, until=False), no_date)
    resting.when(rules.resume, by=anna).then(resumed(anna, by=anna))


# Leaving


gone_on = monday + 3 * DAY
ben_gone = knowing([somebody("1"), somebody("2", gone_since=gone_on)])
directory_pauses = PartnershipPaused(by=DIRECTORY, partnership=pair, whose=None)


def test_it_rests_from_when_the_directory_deactivates_one_of_them_however_late_that_is_heard():
    heard = agreed.knowing(ben_gone).woken(at=gone_on + DAY).then((directory_pauses, gone_on))
    heard.woken(at=gone_on + DAY).nothing()
    heard.knowing(both).woken(at=gone_on + 2 * DAY).then(
        (PartnershipResumed(by=DIRECTORY, partnership=pair, whose=None), gone_on)
    )


def test_after_thirty_days_a_departure_ends_it():
    resting = asked_for_more.given((directory_pauses, gone_on)).knowing(ben_gone)
    resting.when(rules.resume, by=anna).refused("not-paused")
    # The terms on the table would have lapsed meanwhile: in the pause they wait.
    waiting = resting.woken().follows().woken().follows().woken().follows()
    assert waiting.wake_at == gone_on + 30 * DAY
    waiting.woken().then(
        (TermsLapsed(by=WITH_THE_END, partnership=pair, version=2), gone_on + 30 * DAY),
        (PartnershipEnded(by=DEPARTED, partnership=pair, cause="departure"), gone_on + 30 * DAY),
    )


def test_an_installation_says_after_how_many_days_and_the_pause_keeps_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(IN_USE, "figures", PairFigures(departure_days=5))
    five = directory_pauses.model_copy(update={"departure_days": 5})
    resting = agreed.knowing(ben_gone).woken(at=gone_on).then(five)
    monkeypatch.undo()
    assert resting.wake_at == gone_on + 5 * DAY
    resting.woken(at=gone_on + 5 * DAY - timedelta(seconds=1)).nothing()
    resting.woken().then((PartnershipEnded(by=DEPARTED, partnership=pair, cause="departure"), gone_on + 5 * DAY))


def test_who_came_back_before_the_news_arrived_ends_nothing():
    resting = agreed.given((directory_pauses, gone_on))
    resting.woken(at=gone_on + 30 * DAY).then((PartnershipResumed(by=DIRECTORY, partnership=pair, whose=None), gone_on))


def test_two_who_left_rest_until_both_are_back():
    anna_gone = knowing([somebody("1", gone_since=gone_on + DAY), somebody("2")])
    agreed.given((directory_pauses, gone_on)).knowing(anna_gone).woken(at=gone_on + 2 * DAY).nothing()


# Ending


@pytest.mark.parametrize("who", [anna, ben])
def test_either_ends_it_at_once_and_what_is_on_the_table_lapses(who: PersonId):
    over = asked_for_more.when(rules.end, by=who).then(
        TermsLapsed(by=WITH_THE_END, partnership=pair, version=2),
        PartnershipEnded(by=who, partnership=pair, cause="partner"),
    )
    assert over.wake_at is None
    refusal = over.when(rules.end, by=who).refused("partnership-ended")
    assert refusal.extensions == {"ended_at": datetime(2026, 3, 2, 8, tzinfo=UTC)}
    over.when(rules.pause, by=who).refused("partnership-ended")
    over.when(terms_rules.propose_terms, by=who, draft=draft(reminders=3)).refused("partnership-ended")
    over.woken(at=monday + DAY).nothing()


def test_a_proposal_is_not_ended_but_answered():
    asked.when(rules.end, by=ben).refused("not-formed")


def test_terms_on_the_table_lapse_after_ten_working_days():
    asked_for_more.woken().then((TermsLapsed(by=SILENCE, partnership=pair, version=2), ben_answers_by))
    assert more_reminders().answer_by == ben_answers_by


ENDED = PartnershipEnded(by=ben, partnership=pair, cause="partner")


@pytest.mark.parametrize(
    ("history", "event"),
    [
        (nothing_yet, formed()),
        (agreed.given(ENDED), PartnershipPaused(by=ben, partnership=pair, whose=ben)),
        (asked.given(PartnershipDeclined(by=ben, partnership=pair)), formed()),
        (asked, ENDED),
        (asked, PartnershipPaused(by=ben, partnership=pair, whose=ben)),
        (asked, PartnershipResumed(by=ben, partnership=pair, whose=ben)),
        (asked, TermsAgreed(by=ben, partnership=pair, terms=terms(2))),
        (asked, TermsRejected(by=ben, partnership=pair, version=2)),
        (asked, TermsWithdrawn(by=ben, partnership=pair, version=2)),
        (asked, TermsLapsed(by=SILENCE, partnership=pair, version=2)),
        (asked, SharingNarrowed(by=ben, partnership=pair, terms=terms(2))),
        (agreed, formed()),
        (agreed, PartnershipDeclined(by=ben, partnership=pair)),
        (agreed, PartnershipWithdrawn(by=anna, partnership=pair)),
        (agreed, PartnershipLapsed(by=SILENCE, partnership=pair)),
    ],
)
def test_a_history_that_cannot_be_is_never_folded(history: History[Any, Any, Any], event: PartnershipEvent):
    with pytest.raises(ValueError, match="cannot follow"):
        history.given(event)
