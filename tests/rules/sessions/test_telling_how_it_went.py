from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import pytest

from coaching_events.events.answers import AnswerExtended
from coaching_events.events.session import (
    SessionDisputed,
    SessionEvent,
    SessionHeld,
    SessionLapsed,
    SessionMissed,
    SessionProposed,
    SessionReported,
    SessionScheduled,
)
from coaching_events.ids import PersonId, Position, RuleName
from coaching_readmodels import PairReferenceData
from eventlog import Decision
from sessions.session import sessions
from sessions.session.rules import reports
from sessions.session.state import AnySession, Disputed
from tests.rules.given import Answer, History, scenario
from tests.rules.sessions.the_two import (
    ANNA,
    BEN,
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

START, END = day(1, 15), day(1, 16)
"""Tuesday: 16:00 to 17:00 in Munich, 10:00 to 11:00 in New York."""
TWO_DAYS, THREE_DAYS = day(3, 22), day(4, 22)
"""17:00 in New York, where work ends later than in Munich, on the Thursday and the Friday."""
SCHEDULED = Position("session_first@2")

SCHEDULE = (
    SessionProposed(by=ANNA, partnership=PAIR, people=(ANNA, BEN), start=START, end=END, answer_by=START),
    SessionScheduled(by=BEN, partnership=PAIR, people=(ANNA, BEN), proposal=FIRST, start=START, end=END),
)
story = scenario(sessions, SESSION, start=MONDAY, reference_data=knowing()).given(*SCHEDULE)

Says = tuple[bool, bool | None]
BOTH: Says = (True, True)
ONLY_ME: Says = (True, False)
I_WAS: Says = (True, None)
NOT_ME: Says = (False, None)
ALL_SAYINGS: tuple[Says, ...] = (BOTH, ONLY_ME, I_WAS, NOT_ME, (False, True), (False, False))

SessionHistory = History[AnySession, SessionEvent, PairReferenceData]


def telling(
    history: SessionHistory, by: PersonId, says: Says, at: datetime = END
) -> Answer[AnySession, SessionEvent, PairReferenceData]:
    return history.when(reports.report, by=by, at=at, present=says[0], partner_present=says[1])


def told(by: PersonId, says: Says) -> SessionReported:
    return SessionReported(by=by, partnership=PAIR, people=(ANNA, BEN), present=says[0], partner_present=says[1])


def both_told(anna: Says, ben: Says) -> SessionEvent:
    """The outcome when both have told, which is the same in either order."""
    outcomes: list[Decision[SessionEvent]] = []
    for first, second in (((ANNA, anna), (BEN, ben)), ((BEN, ben), (ANNA, anna))):
        outcomes.append(telling(telling(story, *first).then(told(*first)), *second).decided)
        assert outcomes[-1][0] == told(*second)
    (_, outcome), (_, swapped) = outcomes
    assert outcome == swapped
    assert not isinstance(outcome, tuple)
    return outcome  # pyright: ignore[reportReturnType]  # rules of reports answer plain events


def held(*, single: bool = False) -> SessionHeld:
    rule = "rule:reports-awaited" if single else "rule:both-reported"
    return SessionHeld(
        by=RuleName(rule), partnership=PAIR, people=(ANNA, BEN), start=START, end=END, single_report=single
    )


def missed(*by: PersonId, rule: str = "rule:both-reported") -> SessionMissed:
    return SessionMissed(by=RuleName(rule), partnership=PAIR, people=(ANNA, BEN), start=START, end=END, missed_by=by)


def disputed() -> SessionDisputed:
    return SessionDisputed(
        by=RuleName("rule:both-reported"), partnership=PAIR, people=(ANNA, BEN), start=START, end=END
    )


def lapsed(cause: Literal["unreported", "one-sided"]) -> SessionLapsed:
    return SessionLapsed(by=RuleName("rule:reports-awaited"), partnership=PAIR, people=(ANNA, BEN), cause=cause)


def extended(answer_by: datetime | None, rule: str = "rule:reports-awaited") -> AnswerExtended:
    return AnswerExtended(by=RuleName(rule), partnership=PAIR, question=SCHEDULED, answer_by=answer_by)


@pytest.mark.parametrize(("anna", "ben"), [(BOTH, BOTH), (BOTH, I_WAS), (I_WAS, BOTH), (I_WAS, I_WAS)])
def test_both_were_there_and_nobody_denies_the_other(anna: Says, ben: Says):
    assert both_told(anna, ben) == held()


@pytest.mark.parametrize("other", [BOTH, ONLY_ME, I_WAS])
@pytest.mark.parametrize("own", [NOT_ME, (False, True), (False, False)])
def test_who_says_they_were_not_there_missed_it_whatever_the_other_says(own: Says, other: Says):
    assert both_told(own, other) == missed(ANNA)
    assert both_told(other, own) == missed(BEN)


def test_both_say_that_they_were_not_there():
    assert both_told(NOT_ME, (False, True)) == missed(ANNA, BEN)


@pytest.mark.parametrize(("anna", "ben"), [(BOTH, ONLY_ME), (ONLY_ME, I_WAS), (ONLY_ME, ONLY_ME)])
def test_both_were_there_and_one_denies_the_other(anna: Says, ben: Says):
    assert both_told(anna, ben) == disputed()


@pytest.mark.parametrize("anna", ALL_SAYINGS)
@pytest.mark.parametrize("ben", ALL_SAYINGS)
def test_nobody_is_said_to_have_missed_it_who_does_not_say_so(anna: Says, ben: Says):
    outcome = both_told(anna, ben)
    if isinstance(outcome, SessionMissed):
        assert set(outcome.missed_by) == {p for p, says in ((ANNA, anna), (BEN, ben)) if not says[0]}
    else:
        assert anna[0]
        assert ben[0]


class TestTelling:
    def test_before_the_end_there_is_nothing_to_tell(self):
        telling(story, ANNA, BOTH, at=day(1, 15, 59)).refused("session-not-over")

    def test_what_was_said_stands(self):
        telling(telling(story, ANNA, BOTH).follows(), ANNA, NOT_ME).refused("already-reported")

    def test_what_has_an_outcome_is_closed(self):
        done = telling(telling(story, ANNA, BOTH).follows(), BEN, BOTH).follows()
        telling(done, ANNA, BOTH).refused("session-not-open")

    def test_a_dispute_is_an_outcome_that_says_nothing_but_what_both_said(self):
        done = telling(telling(story, ANNA, BOTH).follows(), BEN, ONLY_ME).then(told(BEN, ONLY_ME), disputed())
        assert isinstance(done.state, Disputed)
        assert [(each.by, each.present, each.partner_present) for each in done.state.reports] == [
            (ANNA, *BOTH),
            (BEN, *ONLY_ME),
        ]
        assert done.wake_at is None
        telling(done, ANNA, NOT_ME).refused("session-not-open")

    def test_after_the_end_of_the_partnership_what_began_before_is_told(self):
        ended = story.knowing(knowing(pair(ended_at=day(1, 15, 30))))
        telling(ended, ANNA, BOTH).then(told(ANNA, BOTH))

    def test_what_would_have_begun_after_the_end_is_not(self):
        telling(story.knowing(knowing(pair(ended_at=START))), ANNA, BOTH).refused("partnership-ended")


def through(history: SessionHistory, *answer_by: datetime) -> SessionHistory:
    """The story when its deadlines come, each setting the next."""
    for until in answer_by:
        history = history.woken().then(extended(until))
    return history


class TestSilence:
    def test_without_a_report_it_lapses_after_three_working_days_of_both(self):
        through(story, TWO_DAYS, THREE_DAYS).woken().then((lapsed("unreported"), THREE_DAYS))

    def test_a_single_we_both_were_stands_after_two_working_days(self):
        history = telling(story, BEN, BOTH).then(told(BEN, BOTH))
        through(history, TWO_DAYS).woken().then((held(single=True), TWO_DAYS))

    def test_a_late_we_both_were_still_leaves_the_other_two_working_days(self):
        history = telling(through(story, TWO_DAYS), BEN, BOTH, at=day(2, 12)).follows()
        through(history, THREE_DAYS).woken().then((held(single=True), THREE_DAYS))

    @pytest.mark.parametrize("says", [ONLY_ME, I_WAS])
    def test_a_single_report_that_leaves_it_open_lapses_after_three(self, says: Says):
        history = telling(story, ANNA, says).follows()
        through(history, THREE_DAYS).woken().then((lapsed("one-sided"), THREE_DAYS))

    def test_a_single_i_was_not_there_is_a_miss_after_three(self):
        history = telling(story, ANNA, NOT_ME).follows()
        expected = missed(ANNA, rule="rule:reports-awaited")
        through(history, THREE_DAYS).woken().then((expected, THREE_DAYS))

    def test_who_was_away_is_given_the_days(self):
        ill = away(date(2026, 3, 5), date(2026, 3, 9))
        history = telling(story, BEN, BOTH).follows().knowing(knowing(anna=person(absences=(ill,))))
        through(history, day(8, 16)).woken().then((held(single=True), day(8, 16)))

    def test_who_is_away_without_an_end_is_not_waited_for(self):
        gone = away(date(2026, 3, 4), date.max)
        history = telling(story, BEN, BOTH).follows().knowing(knowing(anna=person(absences=(gone,))))
        through(history, TWO_DAYS).woken().then((held(single=True), TWO_DAYS))

    def test_an_open_pause_holds_it_up_until_it_is_resumed(self):
        open_pause = paused(day(2, 8))
        history = telling(story, BEN, BOTH).follows().knowing(knowing(pair(open_pause)))
        history = history.woken().then(extended(None)).woken().then(extended(None))
        history = history.knowing(knowing(pair(resumed(open_pause, day(12)))))
        history = history.woken(at=day(12)).then(extended(day(15, 21)))
        history.woken().then(held(single=True))

    def test_the_end_of_the_partnership_ends_an_open_pause(self):
        history = telling(story, BEN, BOTH).follows().knowing(knowing(pair(paused(day(2, 8)))))
        history = history.woken().then(extended(None))
        history = history.knowing(knowing(pair(paused(day(2, 8)), ended_at=day(3, 8))))
        history.woken(at=day(3, 8)).then(extended(day(7, 21)))


class TestOutage:
    LATE = THREE_DAYS + timedelta(minutes=31)

    def test_a_miss_that_silence_would_bring_waits_for_another_working_day(self):
        history = through(telling(story, ANNA, NOT_ME).follows(), THREE_DAYS)
        said = extended(day(7, 21), "rule:outage")
        history = history.woken(now=self.LATE).then((said, self.LATE))
        history.woken().then((missed(ANNA, rule="rule:reports-awaited"), day(7, 21)))

    def test_within_half_an_hour_it_carries_the_moment_that_was_due(self):
        history = through(telling(story, ANNA, NOT_ME).follows(), THREE_DAYS)
        expected = missed(ANNA, rule="rule:reports-awaited")
        history.woken(now=THREE_DAYS + timedelta(minutes=30)).then((expected, THREE_DAYS))

    @pytest.mark.parametrize(
        ("said", "outcome"),
        [(((BEN, BOTH),), held(single=True)), (((BEN, ONLY_ME),), lapsed("one-sided")), ((), lapsed("unreported"))],
    )
    def test_what_is_held_against_nobody_is_decided(self, said: Sequence[tuple[PersonId, Says]], outcome: SessionEvent):
        history = story
        for by, says in said:
            history = telling(history, by, says).follows()
        while (answer := history.woken()).decided[0] != outcome:
            history = answer.follows()
        history.woken(now=day(20)).then(outcome)


def test_the_hour_between_the_end_and_the_first_question_is_quiet():
    assert story.wake_at == END + timedelta(days=1)
    story.woken(at=END + HOUR).nothing()
