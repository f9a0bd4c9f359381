from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

import pytest

from coaching_events.events.answers import AnswerExtended
from coaching_events.events.session import (
    SessionCancelled,
    SessionDeclined,
    SessionEvent,
    SessionLapsed,
    SessionNeedsANewTime,
    SessionProposed,
    SessionScheduled,
    SessionWithdrawn,
)
from coaching_events.ids import PersonId, Position, RuleName
from coaching_readmodels import PairReferenceData
from coaching_time import FIGURES
from eventlog import NotFound
from sessions.session import rules, sessions
from sessions.session.state import AnySession
from tests.rules.given import Answer, History, scenario
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

THURSDAY = day(3, 15)
FRIDAY = day(4, 15)
IN_A_MONTH = day(30, 15)
BEN_ANSWERS_BY = day(14, 21)
"""Two weeks later at 17:00 in New York, where the clocks went forward in between."""

story = scenario(sessions, SESSION, start=MONDAY, reference_data=knowing())


def offered(start: datetime = THURSDAY, answer_by: datetime = THURSDAY) -> SessionProposed:
    return SessionProposed(
        by=ANNA, partnership=PAIR, people=(ANNA, BEN), start=start, end=start + HOUR, title="Plans", answer_by=answer_by
    )


def offered_back(start: datetime = FRIDAY) -> SessionProposed:
    return SessionProposed(
        by=BEN,
        partnership=PAIR,
        people=(ANNA, BEN),
        start=start,
        end=start + HOUR,
        title="Plans",
        counters=FIRST,
        answer_by=start,
    )


def agreed(start: datetime = THURSDAY, proposal: Position = FIRST, by: PersonId = BEN) -> SessionScheduled:
    return SessionScheduled(
        by=by, partnership=PAIR, people=(ANNA, BEN), proposal=proposal, start=start, end=start + HOUR, title="Plans"
    )


def needs_a_new_time(based_on: Position, whose: PersonId | None = None) -> SessionNeedsANewTime:
    return SessionNeedsANewTime(
        by=RuleName("rule:session-overlaps"),
        partnership=PAIR,
        people=(ANNA, BEN),
        start=THURSDAY,
        end=THURSDAY + HOUR,
        cause="absence" if whose else "pause",
        whose=whose,
        based_on=based_on,
    )


def cancelled(
    by: PersonId | RuleName = ANNA, *, late_notice: bool = False, cause: Literal["partner", "ended"] = "partner"
) -> SessionCancelled:
    return SessionCancelled(
        by=by, partnership=PAIR, people=(ANNA, BEN), start=THURSDAY, cause=cause, late_notice=late_notice
    )


def lapsed(cause: Literal["unanswered", "ended"] = "unanswered", rule: str = "rule:unanswered") -> SessionLapsed:
    return SessionLapsed(by=RuleName(rule), partnership=PAIR, people=(ANNA, BEN), cause=cause)


def extended(answer_by: datetime | None) -> AnswerExtended:
    return AnswerExtended(by=RuleName("rule:unanswered"), partnership=PAIR, question=FIRST, answer_by=answer_by)


def proposing(
    start: datetime, *, by: PersonId = ANNA, reference_data: PairReferenceData | None = None, **more: Any
) -> Answer[AnySession, SessionEvent, PairReferenceData]:
    said: dict[str, Any] = {"partnership": PAIR, "by": by, "start": start, "length": HOUR, "title": "Plans", **more}
    return story.knowing(reference_data or knowing()).when(rules.propose, **said)


class TestProposing:
    def test_either_offers_a_time_and_the_other_has_until_its_start(self):
        proposing(THURSDAY).then((offered(), MONDAY))

    def test_an_early_offer_may_be_answered_for_ten_working_days_of_the_other(self):
        proposing(IN_A_MONTH).then(offered(IN_A_MONTH, BEN_ANSWERS_BY))

    def test_who_is_away_without_an_end_has_until_the_start(self):
        ben = person(absences=(away(date(2026, 3, 1), date.max, of=BEN),))
        proposing(IN_A_MONTH, reference_data=knowing(ben=ben)).then(offered(IN_A_MONTH, IN_A_MONTH))

    def test_a_start_that_has_passed_is_refused(self):
        proposing(MONDAY).refused("start-in-the-past")

    def test_a_start_that_nobody_can_plan_for_is_refused(self):
        proposing(MONDAY + timedelta(days=733)).refused("start-too-far")

    def test_nothing_is_proposed_while_the_partnership_is_paused(self):
        proposing(THURSDAY, reference_data=knowing(pair(paused(MONDAY, by=BEN)))).refused("partnership-paused")

    def test_at_most_five_offers_of_one_wait_for_an_answer(self):
        proposing(THURSDAY, open_offers=4).then(offered())
        assert proposing(THURSDAY, open_offers=5).refused("too-many-sessions-open").extensions == {"open": 5, "most": 5}

    def test_who_took_offers_back_five_times_a_day_offers_again_later(self):
        proposing(THURSDAY, taken_back=[MONDAY] * 4).then(offered())
        refusal = proposing(THURSDAY, taken_back=[MONDAY] * 5).refused("taken-back-too-often")
        assert refusal.extensions == {"until": MONDAY + timedelta(days=1), "most": 5}

    def test_nothing_is_proposed_after_the_end(self):
        proposing(THURSDAY, reference_data=knowing(pair(ended_at=MONDAY))).refused("partnership-ended")

    def test_nothing_is_proposed_before_both_have_agreed_to_the_partnership(self):
        asked = replace(pair(), status="proposed", formed_at=None)
        refusal = proposing(THURSDAY, reference_data=knowing(asked)).refused("partnership-not-formed")
        assert refusal.extensions == {"status": "proposed"}

    def test_a_stranger_finds_no_partnership(self):
        with pytest.raises(NotFound):
            proposing(THURSDAY, by=CARLA)


class TestAnswering:
    def test_the_other_accepts_the_time(self):
        story.given(offered()).when(rules.accept, by=BEN, offer=None).then(agreed())

    def test_nobody_agrees_to_their_own_offer(self):
        story.given(offered()).when(rules.accept, by=ANNA, offer=None).refused("your-own-offer")

    def test_the_other_says_no(self):
        said = SessionDeclined(by=BEN, partnership=PAIR, people=(ANNA, BEN))
        story.given(offered()).when(rules.decline, by=BEN).then(said)

    def test_the_one_who_offered_takes_it_back(self):
        said = SessionWithdrawn(by=ANNA, partnership=PAIR, people=(ANNA, BEN))
        story.given(offered()).when(rules.withdraw, by=ANNA).then(said).when(rules.accept, by=BEN, offer=None).refused(
            "no-open-offer"
        )

    def test_only_the_one_who_offered_takes_it_back(self):
        story.given(offered()).when(rules.withdraw, by=BEN).refused("not-your-offer")

    def test_the_other_answers_with_another_time_and_the_first_agrees(self):
        history = story.given(offered()).when(rules.propose_time, by=BEN, start=FRIDAY, length=None)
        history = history.then(offered_back())
        history.when(rules.accept, by=BEN, offer=None).refused("your-own-offer")
        history.when(rules.accept, by=ANNA, offer=None).then(agreed(FRIDAY, Position("session_first@2"), ANNA))

    def test_the_offered_time_is_no_other_time(self):
        refusal = story.given(offered()).when(rules.propose_time, by=BEN, start=THURSDAY, length=None)
        refusal.refused("time-unchanged", start=THURSDAY)

    def test_agreeing_to_a_time_that_is_no_longer_offered_is_refused_with_the_current_one(self):
        refusal = story.given(offered(), offered_back()).when(rules.accept, by=ANNA, offer=FIRST)
        assert refusal.refused("another-time-is-offered").extensions["offer"] == "session_first@2"

    def test_a_time_that_has_come_cannot_be_agreed_to(self):
        story.given(offered()).when(rules.accept, at=THURSDAY, by=BEN, offer=None).refused("time-has-passed")

    def test_a_pause_keeps_nobody_from_answering(self):
        reference_data = knowing(pair(paused(MONDAY, day(2))))
        story.knowing(reference_data).given(offered()).when(rules.accept, by=BEN, offer=None).then(agreed())

    def test_after_the_end_nothing_is_agreed(self):
        reference_data = knowing(pair(ended_at=MONDAY))
        story.knowing(reference_data).given(offered()).when(rules.accept, by=BEN, offer=None).refused(
            "partnership-ended"
        )


class TestSilence:
    def test_an_offer_lapses_at_its_start(self):
        story.given(offered()).woken().then((lapsed(), THURSDAY))

    def test_an_offer_lapses_after_ten_working_days(self):
        story.given(offered(IN_A_MONTH, BEN_ANSWERS_BY)).woken().then((lapsed(), BEN_ANSWERS_BY))

    def test_days_of_absence_that_became_known_are_added(self):
        ben = person("America/New_York", away(date(2026, 3, 9), date(2026, 3, 10), of=BEN))
        history = story.given(offered(IN_A_MONTH, BEN_ANSWERS_BY)).knowing(knowing(ben=ben))
        history.woken().then(extended(day(16, 21))).woken().then((lapsed(), day(16, 21)))

    def test_nothing_is_extended_beyond_the_start(self):
        ben = person(absences=(away(date(2026, 3, 9), date.max, of=BEN),))
        history = story.given(offered(IN_A_MONTH, BEN_ANSWERS_BY)).knowing(knowing(ben=ben))
        history.woken().then(extended(IN_A_MONTH)).woken().then((lapsed(), IN_A_MONTH))

    def test_in_an_open_pause_it_is_asked_again_after_a_week_and_the_resuming_sets_a_date(self):
        open_pause = paused(day(10))
        history = story.given(offered(day(60), BEN_ANSWERS_BY)).knowing(knowing(pair(open_pause))).woken()
        history = history.then(extended(None)).woken().then((extended(None), BEN_ANSWERS_BY + timedelta(days=7)))
        history = history.knowing(knowing(pair(resumed(open_pause, day(25)))))
        history.woken(at=day(25)).then(extended(day(30, 21))).woken(at=day(25)).nothing()

    def test_an_installation_says_when_it_is_asked_again_and_the_event_keeps_it(self, monkeypatch: pytest.MonkeyPatch):
        history = story.given(offered(day(60), BEN_ANSWERS_BY)).knowing(knowing(pair(paused(day(10)))))
        monkeypatch.setattr(FIGURES, "ask_again_days", 2)
        history = history.woken().then(extended(None).model_copy(update={"ask_again_days": 2}))
        monkeypatch.undo()
        history.woken().then((extended(None), BEN_ANSWERS_BY + timedelta(days=2)))

    def test_an_outage_changes_nothing_because_nothing_is_held_against_anybody(self):
        story.given(offered()).woken(now=THURSDAY + 5 * HOUR).then((lapsed(), THURSDAY))


class TestOverlaps:
    ABSENCE = away(date(2026, 3, 5), date(2026, 3, 6))

    def test_a_known_absence_is_told_when_the_time_is_agreed(self):
        reference_data = knowing(anna=person(absences=(self.ABSENCE,)))
        history = story.knowing(reference_data).given(offered()).when(rules.accept, by=BEN, offer=None)
        history.then(agreed(), needs_a_new_time(self.ABSENCE.recorded, ANNA)).woken(at=MONDAY).nothing()

    def test_an_absence_is_told_when_it_becomes_known_and_once(self):
        history = story.given(offered(), agreed()).knowing(knowing(anna=person(absences=(self.ABSENCE,))))
        history = history.woken(at=day(1)).then(needs_a_new_time(self.ABSENCE.recorded, ANNA))
        history.woken(at=day(2)).nothing()

    def test_an_absence_on_other_days_is_no_news(self):
        absence = away(date(2026, 3, 6), date(2026, 3, 9))
        story.given(offered(), agreed()).knowing(knowing(anna=person(absences=(absence,)))).woken(at=day(1)).nothing()

    def test_a_pause_is_told_once_also_when_it_becomes_longer(self):
        history = story.given(offered(), agreed()).knowing(knowing(pair(paused(day(1), day(4)))))
        history = history.woken(at=day(1)).then(needs_a_new_time(Position(f"{PAIR}@5")))
        history.knowing(knowing(pair(paused(day(1), day(9), version=7)))).woken(at=day(2)).nothing()

    def test_what_becomes_known_after_the_start_is_no_news(self):
        history = story.given(offered(), agreed()).knowing(knowing(anna=person(absences=(self.ABSENCE,))))
        history.woken(at=THURSDAY).nothing()


class TestCancelling:
    history = story.given(offered(), agreed())

    def test_a_day_ahead_it_is_no_late_notice(self):
        self.history.when(rules.cancel, by=ANNA, at=day(2, 15)).then(cancelled())

    def test_less_than_a_day_ahead_it_is_late_notice(self):
        self.history.when(rules.cancel, by=BEN, at=day(2, 15, 1)).then(cancelled(BEN, late_notice=True))

    def test_who_is_away_gives_no_late_notice(self):
        ill = away(date(2026, 3, 5), date(2026, 3, 5))
        history = self.history.knowing(knowing(anna=person(absences=(ill,))))
        history.when(rules.cancel, by=ANNA, at=day(3, 14)).then(cancelled())

    def test_what_needs_a_new_time_anyway_is_cancelled_without_late_notice(self):
        history = self.history.knowing(knowing(pair(paused(day(1), by=BEN))))
        history.when(rules.cancel, by=ANNA, at=day(3, 14)).then(cancelled())

    def test_what_has_begun_is_told_about_instead(self):
        self.history.when(rules.cancel, by=ANNA, at=THURSDAY).refused("session-has-begun")

    def test_an_offer_is_declined_or_withdrawn_instead(self):
        story.given(offered()).when(rules.cancel, by=ANNA).refused("session-not-agreed")


class TestTheEndOfThePartnership:
    ENDED = knowing(pair(ended_at=day(1)))

    def test_an_offer_lapses(self):
        story.given(offered()).knowing(self.ENDED).woken(at=day(1)).then(lapsed("ended", "rule:partnership-ended"))

    def test_a_later_session_is_cancelled_without_late_notice(self):
        history = story.given(offered(), agreed()).knowing(knowing(pair(ended_at=day(3, 14))))
        expected = cancelled(RuleName("rule:partnership-ended"), cause="ended")
        history.woken(at=day(3, 14)).then(expected).woken(at=day(3, 14)).nothing()

    def test_one_that_has_begun_goes_on(self):
        history = story.given(offered(), agreed()).knowing(knowing(pair(ended_at=day(3, 15, 30))))
        history.woken(at=day(3, 15, 30)).nothing()

    def test_an_offer_that_had_lapsed_before_the_end_was_unanswered(self):
        history = story.given(offered()).knowing(knowing(pair(ended_at=THURSDAY + HOUR)))
        history.woken(now=day(4)).then((lapsed(), THURSDAY))


@pytest.mark.parametrize(
    ("history", "event"),
    [
        (story, agreed()),
        (story.given(offered()), cancelled()),
        (story.given(offered(), lapsed()), agreed()),
        (story.given(offered(), agreed()), agreed()),
        (story.given(offered(), agreed()), offered()),
        (story.given(offered(), agreed(), cancelled()), extended(None)),
    ],
)
def test_a_history_that_cannot_be_is_never_folded(
    history: History[AnySession, SessionEvent, PairReferenceData], event: SessionEvent
):
    with pytest.raises(ValueError, match="cannot follow"):
        history.given(event)
