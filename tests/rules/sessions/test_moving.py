"""Another time for an agreed session: a proposal. Until the other agrees, the agreed time holds."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from coaching_events.events.answers import AnswerExtended
from coaching_events.events.session import (
    RescheduleDeclined,
    RescheduleLapsed,
    RescheduleProposed,
    RescheduleWithdrawn,
    SessionCancelled,
    SessionNeedsANewTime,
    SessionProposed,
    SessionRescheduled,
    SessionScheduled,
)
from coaching_events.ids import PersonId, Position, RuleName
from eventlog import NotFound
from sessions.session import rules, sessions
from sessions.session.rules import reports
from sessions.session.state import Scheduled
from tests.rules.given import scenario
from tests.rules.sessions.the_two import (
    ANNA,
    BEN,
    CARLA,
    FIRST,
    HOUR,
    MONDAY,
    PAIR,
    SESSION,
    away,
    day,
    knowing,
    pair,
    paused,
    person,
    resumed,
)

THURSDAY, FRIDAY, WEDNESDAY = day(3, 15), day(4, 15), day(2, 15)
IN_A_MONTH, LATER = day(30, 15), day(31, 15)
BEN_ANSWERS_BY = day(14, 21)
MOVE = Position("session_first@3")
PEOPLE: dict[str, Any] = {"partnership": PAIR, "people": (ANNA, BEN)}


def scheduled(start: datetime = THURSDAY) -> tuple[SessionProposed, SessionScheduled]:
    return (
        SessionProposed(by=ANNA, **PEOPLE, start=start, end=start + HOUR, answer_by=start),
        SessionScheduled(by=BEN, **PEOPLE, proposal=FIRST, start=start, end=start + HOUR),
    )


def proposed(
    start: datetime = FRIDAY, by: PersonId = ANNA, answer_by: datetime = THURSDAY, **more: Any
) -> RescheduleProposed:
    return RescheduleProposed(by=by, **PEOPLE, start=start, end=start + HOUR, answer_by=answer_by, **more)


def moved(start: datetime = FRIDAY, by: PersonId = BEN, proposal: Position = MOVE) -> SessionRescheduled:
    return SessionRescheduled(
        by=by, **PEOPLE, proposal=proposal, start=start, end=start + HOUR, previous_start=THURSDAY
    )


def lapsed() -> RescheduleLapsed:
    return RescheduleLapsed(by=RuleName("rule:unanswered"), **PEOPLE, proposal=MOVE)


def extended(answer_by: datetime | None) -> AnswerExtended:
    return AnswerExtended(by=RuleName("rule:unanswered"), partnership=PAIR, question=MOVE, answer_by=answer_by)


def cancelled(by: PersonId | RuleName, **more: Any) -> SessionCancelled:
    said: dict[str, Any] = {"cause": "partner", "late_notice": False, **more}
    return SessionCancelled(by=by, **PEOPLE, start=THURSDAY, **said)


agreed = scenario(sessions, SESSION, start=MONDAY, reference_data=knowing()).given(*scheduled())
asked = agreed.given(proposed())


class TestProposing:
    @pytest.mark.parametrize("by", [ANNA, BEN])
    def test_either_proposes_another_time_and_the_agreed_time_holds(self, by: PersonId):
        history = agreed.when(rules.reschedule, by=by, start=FRIDAY, length=None).then(proposed(by=by))
        assert isinstance(history.state, Scheduled)
        assert (history.state.start, history.state.end) == (THURSDAY, THURSDAY + HOUR)

    def test_another_length_is_another_time(self):
        longer = RescheduleProposed(by=ANNA, **PEOPLE, start=THURSDAY, end=THURSDAY + 2 * HOUR, answer_by=THURSDAY)
        agreed.when(rules.reschedule, by=ANNA, start=THURSDAY, length=2 * HOUR).then(longer)

    @pytest.mark.parametrize("length", [None, HOUR])
    def test_the_same_time_is_no_other_time(self, length: timedelta | None):
        agreed.when(rules.reschedule, by=ANNA, start=THURSDAY, length=length).refused("time-unchanged")

    def test_an_earlier_time_is_answered_before_it_comes(self):
        agreed.when(rules.reschedule, by=ANNA, start=WEDNESDAY, length=None).then(
            proposed(WEDNESDAY, answer_by=WEDNESDAY)
        )

    def test_the_other_has_ten_working_days_if_both_times_are_far(self):
        far = scenario(sessions, SESSION, start=MONDAY, reference_data=knowing()).given(*scheduled(IN_A_MONTH))
        far.when(rules.reschedule, by=ANNA, start=LATER, length=None).then(proposed(LATER, answer_by=BEN_ANSWERS_BY))

    def test_only_one_proposal_is_open(self):
        for by in (ANNA, BEN):
            refusal = asked.when(rules.reschedule, by=by, start=day(5, 15), length=None).refused("reschedule-open")
            assert refusal.extensions == {"offer": MOVE, "start": FRIDAY}

    def test_a_time_that_has_passed_is_refused(self):
        agreed.when(rules.reschedule, by=ANNA, at=day(1), start=day(1), length=None).refused("start-in-the-past")

    def test_what_has_begun_is_not_moved(self):
        agreed.when(rules.reschedule, by=ANNA, at=THURSDAY, start=FRIDAY, length=None).refused("session-has-begun")

    def test_what_is_not_agreed_is_answered_instead(self):
        offer = scenario(sessions, SESSION, start=MONDAY, reference_data=knowing()).given(scheduled()[0])
        offer.when(rules.reschedule, by=ANNA, start=FRIDAY, length=None).refused("session-not-agreed")

    def test_a_pause_does_not_prevent_it(self):
        in_a_pause = agreed.knowing(knowing(pair(paused(MONDAY))))
        in_a_pause.when(rules.reschedule, by=ANNA, start=FRIDAY, length=None).then(proposed())

    def test_after_the_end_nothing_is_moved(self):
        ended = agreed.knowing(knowing(pair(ended_at=MONDAY)))
        ended.when(rules.reschedule, by=ANNA, start=FRIDAY, length=None).refused("partnership-ended")

    def test_a_stranger_finds_nothing(self):
        with pytest.raises(NotFound):
            agreed.when(rules.reschedule, by=CARLA, start=FRIDAY, length=None)

    def test_who_took_it_back_five_times_a_day_asks_again_later(self):
        history = agreed
        for _ in range(5):
            history = history.when(rules.reschedule, by=ANNA, start=FRIDAY, length=None).follows()
            history = history.when(rules.withdraw, by=ANNA).follows()
        refusal = history.when(rules.reschedule, by=ANNA, start=FRIDAY, length=None).refused("taken-back-too-often")
        assert refusal.extensions["until"] == MONDAY + timedelta(days=1)
        history.when(rules.reschedule, by=ANNA, at=day(1), start=FRIDAY, length=None).then(proposed())


class TestAnswering:
    def test_the_other_agrees_and_the_session_has_the_new_time(self):
        history = asked.when(rules.accept, by=BEN, offer=MOVE).then(moved())
        assert isinstance(history.state, Scheduled)
        assert (history.state.start, history.state.end, history.state.offer) == (FRIDAY, FRIDAY + HOUR, None)
        history.when(reports.report, by=ANNA, at=THURSDAY + HOUR, present=True, partner_present=None).refused(
            "session-not-over"
        )
        assert history.wake_at == FRIDAY + HOUR + timedelta(days=1)

    def test_nobody_agrees_to_their_own_proposal(self):
        for rule in (rules.accept, rules.decline):
            more = {"offer": None} if rule is rules.accept else {}
            asked.when(rule, by=ANNA, **more).refused("your-own-offer")

    def test_the_other_declines_and_the_session_stays(self):
        said = RescheduleDeclined(by=BEN, **PEOPLE, proposal=MOVE)
        history = asked.when(rules.decline, by=BEN).then(said)
        assert isinstance(history.state, Scheduled)
        assert (history.state.start, history.state.offer) == (THURSDAY, None)
        history.when(rules.accept, by=BEN, offer=None).refused("no-open-offer")

    def test_who_asked_takes_it_back(self):
        said = RescheduleWithdrawn(by=ANNA, **PEOPLE, proposal=MOVE)
        asked.when(rules.withdraw, by=ANNA).then(said).when(rules.withdraw, by=ANNA).refused("no-open-offer")
        asked.when(rules.withdraw, by=BEN).refused("not-your-offer")

    def test_the_other_answers_with_another_time_and_the_first_agrees(self):
        monday = day(7, 15)
        counter = proposed(monday, by=BEN, counters=MOVE)
        history = asked.when(rules.propose_time, by=BEN, start=monday, length=None).then(counter)
        history.when(rules.accept, by=BEN, offer=None).refused("your-own-offer")
        history.when(rules.accept, by=ANNA, offer=MOVE).refused("another-time-is-offered")
        second = Position("session_first@4")
        history.when(rules.accept, by=ANNA, offer=second).then(moved(monday, ANNA, second))

    @pytest.mark.parametrize("start", [THURSDAY, FRIDAY])
    def test_the_agreed_time_and_the_offered_one_are_no_other_times(self, start: datetime):
        asked.when(rules.propose_time, by=BEN, start=start, length=None).refused("time-unchanged", start=start)

    def test_without_a_proposal_there_is_nothing_to_answer(self):
        agreed.when(rules.propose_time, by=BEN, start=FRIDAY, length=None).refused("no-open-offer")

    @pytest.mark.parametrize("start", [WEDNESDAY, FRIDAY])
    def test_a_time_is_agreed_before_it_and_before_the_agreed_time(self, start: datetime):
        latest = min(start, THURSDAY)
        history = agreed.given(proposed(start, answer_by=latest))
        history.when(rules.accept, by=BEN, at=latest, offer=None).refused("time-has-passed")
        history.when(rules.accept, by=BEN, at=latest - HOUR, offer=None).then(moved(start))


class TestSilence:
    @pytest.mark.parametrize("start", [WEDNESDAY, FRIDAY])
    def test_it_lapses_at_the_earlier_of_the_two_starts_and_the_session_stays(self, start: datetime):
        latest = min(start, THURSDAY)
        history = agreed.given(proposed(start, answer_by=latest)).woken().then((lapsed(), latest))
        assert isinstance(history.state, Scheduled)
        assert (history.state.start, history.wake_at) == (THURSDAY, THURSDAY + HOUR + timedelta(days=1))

    def test_it_lapses_after_ten_working_days(self):
        far = scenario(sessions, SESSION, start=MONDAY, reference_data=knowing()).given(*scheduled(IN_A_MONTH))
        history = far.given(proposed(LATER, answer_by=BEN_ANSWERS_BY))
        history.woken().then((lapsed(), BEN_ANSWERS_BY))
        ill = person("America/New_York", away(date(2026, 3, 9), date(2026, 3, 10), of=BEN))
        history = history.knowing(knowing(ben=ill)).woken().then(extended(day(16, 21)))
        history.woken().then((lapsed(), day(16, 21)))

    def test_in_an_open_pause_it_waits_and_the_resuming_sets_a_date(self):
        far = scenario(sessions, SESSION, start=MONDAY, reference_data=knowing()).given(*scheduled(day(60)))
        history = far.given(proposed(day(61), answer_by=BEN_ANSWERS_BY))
        open_pause = paused(day(10))
        history = history.knowing(knowing(pair(open_pause))).woken()
        assert [type(event) for event in history.decided] == [SessionNeedsANewTime, AnswerExtended]
        history = history.follows().knowing(knowing(pair(resumed(open_pause, day(25)))))
        history.woken(at=day(25)).then(extended(day(30, 21))).woken(at=day(25)).nothing()

    def test_an_outage_changes_nothing_because_nothing_is_held_against_anybody(self):
        asked.woken(now=THURSDAY + 5 * HOUR).then((lapsed(), THURSDAY))


class TestWhatComesBetween:
    ABSENCE = away(date(2026, 3, 6), date(2026, 3, 6))

    def flagged(self, start: datetime, based_on: Position, **more: Any) -> SessionNeedsANewTime:
        rule = RuleName("rule:session-overlaps")
        said = {"start": start, "end": start + HOUR, "based_on": based_on, **more}
        return SessionNeedsANewTime.model_validate({"by": rule, **PEOPLE, **said})

    def test_the_new_time_is_compared_with_absences_anew(self):
        known = knowing(anna=person(absences=(self.ABSENCE,)))
        flagged = self.flagged(FRIDAY, self.ABSENCE.recorded, cause="absence", whose=ANNA)
        history = asked.knowing(known).when(rules.accept, by=BEN, offer=None).then(moved(), flagged)
        history.woken(at=day(1)).nothing()

    def test_a_move_out_of_an_absence_needs_no_other_time(self):
        ill = away(date(2026, 3, 5), date(2026, 3, 5))
        history = agreed.knowing(knowing(anna=person(absences=(ill,)))).woken(at=MONDAY)
        history = history.then(self.flagged(THURSDAY, ill.recorded, cause="absence", whose=ANNA))
        history = history.when(rules.reschedule, by=ANNA, start=FRIDAY, length=None).follows()
        history = history.when(rules.accept, by=BEN, offer=None).then(moved(proposal=Position("session_first@4")))
        assert isinstance(history.state, Scheduled)
        assert history.state.overlaps == ()

    def test_an_absence_at_the_agreed_time_is_told_while_the_proposal_is_open(self):
        ill = away(date(2026, 3, 5), date(2026, 3, 5))
        history = asked.knowing(knowing(anna=person(absences=(ill,)))).woken(at=day(1))
        history = history.then(self.flagged(THURSDAY, ill.recorded, cause="absence", whose=ANNA))
        history.woken().then((lapsed(), THURSDAY))

    @pytest.mark.parametrize("by", [ANNA, BEN])
    def test_a_cancelled_session_ends_the_proposal_with_it(self, by: PersonId):
        history = asked.when(rules.cancel, by=by).then(cancelled(by))
        assert history.wake_at is None
        history.when(rules.accept, by=BEN, offer=None).refused("no-open-offer")

    def test_notice_counts_from_the_agreed_time_until_the_other_agrees(self):
        asked.when(rules.cancel, by=ANNA, at=day(2, 15, 1)).then(cancelled(ANNA, late_notice=True))
        history = asked.given(moved())
        history.when(rules.cancel, by=ANNA, at=day(2, 15, 1)).then(
            SessionCancelled(by=ANNA, **PEOPLE, start=FRIDAY, cause="partner", late_notice=False)
        )

    def test_the_end_of_the_partnership_cancels_the_session_and_the_proposal_with_it(self):
        over = asked.knowing(knowing(pair(ended_at=day(1))))
        expected = cancelled(RuleName("rule:partnership-ended"), cause="ended")
        history = over.woken(at=day(1)).then(expected)
        assert history.wake_at is None

    def test_an_end_after_the_agreed_start_finds_the_proposal_lapsed(self):
        over = asked.knowing(knowing(pair(ended_at=day(3, 15, 30))))
        over.woken(at=day(3, 15, 30)).then(lapsed())

    def test_a_pause_over_the_agreed_time_leaves_the_proposal_open(self):
        history = asked.knowing(knowing(pair(paused(day(1), day(4))))).woken(at=day(1))
        history = history.then(self.flagged(THURSDAY, Position(f"{PAIR}@5"), cause="pause"))
        history.when(rules.accept, by=BEN, offer=None).then(moved())


@pytest.mark.parametrize(
    "event", [moved(), lapsed(), RescheduleDeclined(by=BEN, **PEOPLE, proposal=MOVE), scheduled()[0]]
)
def test_what_answers_no_proposal_is_never_folded(event: Any):
    with pytest.raises(ValueError, match="cannot follow"):
        agreed.given(event)
