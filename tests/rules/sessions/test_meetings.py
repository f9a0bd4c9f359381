"""The meeting rhythm: while it holds, exactly one session is next."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coaching_events.events.meetings import MeetingMoved, MeetingScheduled, MeetingsEvent, MeetingsStopped
from coaching_events.events.partnership import MeetingRhythm, Terms
from coaching_events.events.session import SessionProposed, SessionScheduled
from coaching_events.ids import Position, RuleName, SessionId, StreamId, position
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_time import ASK_AGAIN
from eventlog import derived_stream
from sessions.meetings import meetings, meetings_of
from sessions.meetings.rules import follow, give_up, renew
from sessions.meetings.state import AnyMeetings, Running
from sessions.session import rules, sessions
from tests.rules import the_pair
from tests.rules.given import Answer, scenario
from tests.rules.sessions.the_two import ANNA, BEN, HOUR, MONDAY, PAIR, away, day, knowing, pair, paused, person
from tests.rules.sessions.the_two import resumed as after

RHYTHM: dict[str, Any] = {"by": RuleName("rule:meeting-rhythm"), "partnership": PAIR, "people": (ANNA, BEN)}
WEEKLY = MeetingRhythm(
    rhythm="FREQ=WEEKLY;BYDAY=TH",
    starting=date(2026, 1, 1),
    local_time=time(16),
    zone="Europe/Berlin",
    minutes=60,
    place="Room 4",
)
THURSDAY = day(3, 15)
"""16:00 in Munich, 10:00 in New York."""


def terms(rhythm: MeetingRhythm | None = WEEKLY) -> Terms:
    return the_pair.terms(meetings=rhythm)


def agreed(*pauses: Any, rhythm: MeetingRhythm | None = WEEKLY, **more: Any) -> PartnershipReadModel:
    return replace(pair(*pauses, **more), terms=terms(rhythm))


def session(number: int) -> SessionId:
    return SessionId(derived_stream("session", "meeting", PAIR, str(number)))


def scheduled(number: int, start: datetime, occasion: date | None = None) -> MeetingScheduled:
    return MeetingScheduled(
        **RHYTHM,
        session=session(number),
        occasion=occasion or start.date(),
        start=start,
        end=start + HOUR,
        place="Room 4",
        offered=occasion is not None,
        based_on=position(PAIR, 2),
    )


def stopped(cause: Literal["terms", "pause", "ended", "no-common-time"]) -> MeetingsStopped:
    return MeetingsStopped(**RHYTHM, cause=cause)


story = scenario(meetings, StreamId(meetings_of(PAIR)), start=MONDAY, reference_data=knowing(agreed()))
running = story.given(scheduled(1, THURSDAY))


def renewing(history: Any = story, **more: Any) -> Answer[AnyMeetings, MeetingsEvent, PairReferenceData]:
    return history.when(renew, partnership=PAIR, **more)


def given_up(history: Any, number: int, **more: Any) -> Answer[AnyMeetings, MeetingsEvent, PairReferenceData]:
    return history.when(give_up, session=session(number), **more)


class TestBeginning:
    def test_terms_with_a_rhythm_schedule_the_next_session(self):
        renewing().then(scheduled(1, THURSDAY))

    def test_terms_without_one_schedule_nothing(self):
        renewing(story.knowing(knowing(agreed(rhythm=None)))).nothing()

    def test_nothing_is_scheduled_in_a_pause_or_after_the_end(self):
        for known in (agreed(paused(MONDAY)), agreed(ended_at=MONDAY)):
            renewing(story.knowing(knowing(known))).nothing()

    def test_there_is_never_a_second_one(self):
        renewing(running).nothing()


class TestTheNext:
    def test_when_it_ends_the_one_after_it_is_scheduled(self):
        history = running.woken().then((scheduled(2, day(10, 15)), THURSDAY + HOUR))
        history.woken().then((scheduled(3, day(17, 15)), day(10, 16)))

    def test_before_its_end_nothing_follows(self):
        running.woken(at=THURSDAY).nothing()

    def test_one_that_is_given_up_is_followed_by_the_one_after_it(self):
        history = given_up(running, 1, at=day(1)).then(scheduled(2, day(10, 15)))
        given_up(history, 1).nothing()

    def test_other_sessions_of_the_two_change_nothing(self):
        given_up(running, 7).nothing()
        given_up(story, 1).nothing()
        running.when(follow, session=session(7), start=day(9), end=day(10)).nothing()

    def test_one_that_is_moved_leaves_the_rhythm_as_it_is(self):
        friday = day(4, 15)
        moved = MeetingMoved(**RHYTHM, session=session(1), start=friday, end=friday + HOUR)
        history = running.when(follow, session=session(1), start=friday, end=friday + HOUR).then(moved)
        history.when(follow, session=session(1), start=friday, end=friday + HOUR).nothing()
        history.woken().then((scheduled(2, day(10, 15)), friday + HOUR))

    def test_one_that_is_moved_to_an_earlier_day_is_not_met_twice(self):
        tuesday = day(1, 15)
        history = running.when(follow, session=session(1), start=tuesday, end=tuesday + HOUR).follows()
        history.woken().then((scheduled(2, day(10, 15)), tuesday + HOUR))

    def test_what_passed_while_the_suite_was_down_is_left_out(self):
        running.woken(now=day(11)).then((scheduled(2, day(17, 15)), THURSDAY + HOUR))


class TestDays:
    def test_an_absence_of_either_is_offered_on_the_next_day_that_suits_both(self):
        ill = away(date(2026, 3, 5), date(2026, 3, 5))
        for known in (
            knowing(agreed(), anna=person(absences=(ill,))),
            knowing(agreed(), ben=person("America/New_York", replace(ill, recorded=Position(f"{BEN}@1")))),
        ):
            renewing(story.knowing(known)).then(scheduled(1, day(4, 15), date(2026, 3, 5)))

    def test_days_without_work_of_both_are_skipped(self):
        one, other = away(date(2026, 3, 5), date(2026, 3, 5)), away(date(2026, 3, 6), date(2026, 3, 6), of=BEN)
        known = knowing(agreed(), anna=person(absences=(one,)), ben=person("America/New_York", other))
        renewing(story.knowing(known)).then(scheduled(1, day(7, 15), date(2026, 3, 5)))

    def test_what_reaches_the_following_date_becomes_that_one(self):
        away_for_a_week = away(date(2026, 3, 5), date(2026, 3, 11))
        known = knowing(agreed(), anna=person(absences=(away_for_a_week,)))
        renewing(story.knowing(known)).then(scheduled(1, day(10, 15)))

    def test_a_daily_rhythm_goes_on_after_the_weekend(self):
        daily = WEEKLY.model_copy(update={"rhythm": "FREQ=DAILY"})
        history = story.knowing(knowing(agreed(rhythm=daily))).given(scheduled(1, day(4, 15)))
        history.woken().then(scheduled(2, day(7, 15)))

    def test_the_clocks_of_its_zone_count(self):
        history = running.given(*(scheduled(number, day(7 * number - 4, 15)) for number in (2, 3, 4)))
        history.woken().then((scheduled(5, day(31, 14)), day(24, 16)))

    def test_two_without_a_common_day_are_asked_again_after_a_week(self):
        gone = away(date(2026, 3, 5), date.max)
        history = running.knowing(knowing(agreed(), anna=person(absences=(gone,))))
        history = history.woken().then((stopped("no-common-time"), THURSDAY + HOUR))
        history = history.woken().then((stopped("no-common-time"), THURSDAY + HOUR + ASK_AGAIN))
        history.knowing(knowing(agreed())).woken().then(scheduled(2, day(24, 15)))


class TestTermsAndPauses:
    def test_changed_terms_hold_from_the_next_one_on(self):
        tuesday = WEEKLY.model_copy(update={"rhythm": "FREQ=WEEKLY;BYDAY=TU", "place": "Room 4"})
        history = running.knowing(knowing(agreed(rhythm=tuesday)))
        renewing(history).nothing()
        history.woken().then(scheduled(2, day(8, 15)))

    def test_terms_without_a_rhythm_stop_it_and_new_ones_begin_it_again(self):
        history = running.knowing(knowing(agreed(rhythm=None))).woken().then((stopped("terms"), THURSDAY + HOUR))
        assert history.wake_at is None
        renewing(history).nothing()
        renewing(history.knowing(knowing(agreed())), at=day(20)).then(scheduled(2, day(24, 15)))

    def test_a_pause_stops_it_and_resuming_begins_it_again(self):
        pause = paused(day(1))
        history = running.knowing(knowing(agreed(pause))).woken().then((stopped("pause"), THURSDAY + HOUR))
        assert history.wake_at is None
        history = history.knowing(knowing(agreed(after(pause, day(9)))))
        renewing(history, at=day(9)).then(scheduled(2, day(10, 15)))

    def test_a_session_that_is_given_up_in_a_pause_is_followed_by_none(self):
        given_up(running.knowing(knowing(agreed(paused(day(1))))), 1, at=day(1)).then(stopped("pause"))

    def test_the_end_stops_it(self):
        over = running.knowing(knowing(agreed(ended_at=day(1))))
        history = renewing(over, at=day(1)).then(stopped("ended"))
        assert history.wake_at is None
        renewing(history, at=day(2)).nothing()
        given_up(history, 1).nothing()


MEETING = position(StreamId(meetings_of(PAIR)), 1)


class TestItsSession:
    story = scenario(sessions, StreamId(session(1)), start=MONDAY, reference_data=knowing(agreed()))
    PLANNED = SessionScheduled(**RHYTHM, proposal=MEETING, start=THURSDAY, end=THURSDAY + HOUR, place="Room 4")
    OFFERED = SessionProposed(**RHYTHM, start=day(4, 15), end=day(4, 16), place="Room 4", answer_by=day(4, 15))

    def meeting(self, known: Any, event: MeetingScheduled) -> Any:
        return self.story.knowing(known).when(rules.meet, meeting=event, based_on=MEETING)

    def test_it_is_agreed_because_both_agreed_to_the_rhythm(self):
        self.meeting(knowing(agreed()), scheduled(1, THURSDAY)).then(self.PLANNED)

    def test_it_begins_once(self):
        self.story.given(self.PLANNED).when(rules.meet, meeting=scheduled(1, THURSDAY), based_on=MEETING).nothing()

    def test_after_the_end_it_does_not_begin(self):
        self.meeting(knowing(agreed(ended_at=MONDAY)), scheduled(1, THURSDAY)).nothing()

    @pytest.mark.parametrize("by", [ANNA, BEN])
    def test_another_day_is_an_offer_that_either_accepts_for_both(self, by: Any):
        offered = self.meeting(knowing(agreed()), scheduled(1, day(4, 15), date(2026, 3, 5))).then(self.OFFERED)
        first = position(session(1), 1)
        said = SessionScheduled(
            by=by,
            partnership=PAIR,
            people=(ANNA, BEN),
            proposal=first,
            start=day(4, 15),
            end=day(4, 16),
            place="Room 4",
        )
        offered.when(rules.accept, by=by, offer=first).then(said)
        offered.when(rules.withdraw, by=by).refused("not-your-offer")
        declined = offered.when(rules.decline, by=by).follows()
        assert declined.wake_at is None

    def test_an_offer_of_the_rhythm_that_nobody_answers_lapses(self):
        far = scheduled(1, day(40, 15), date(2026, 4, 2))
        history = self.meeting(knowing(agreed()), far).follows()
        history.woken().follows()
        assert history.wake_at == day(14, 21)

    @pytest.mark.parametrize("by", [ANNA, BEN])
    def test_either_answers_it_with_another_time_that_the_other_accepts(self, by: Any):
        other = BEN if by == ANNA else ANNA
        history = (
            self.story.given(self.OFFERED).when(rules.propose_time, by=by, start=day(7, 15), length=None).follows()
        )
        history.when(rules.accept, by=by, offer=None).refused("your-own-offer")
        history.when(rules.accept, by=other, offer=None).follows()


Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("goes on", "goes on", "goes on", "given up", "moved", "pause", "resume", "on", "off", "away")),
        st.integers(1, 20),
    ),
    max_size=15,
)


class Course:
    """The two live with their rhythm, and every deadline comes at its moment."""

    def __init__(self) -> None:
        self.now = MONDAY
        self.pair = agreed()
        self.absences: tuple[Any, ...] = ()
        self.history = self.known(story)
        self.take(renewing(self.history, at=self.now))

    def known(self, history: Any) -> Any:
        return history.knowing(knowing(self.pair, anna=person(absences=self.absences)))

    def take(self, answer: Answer[AnyMeetings, MeetingsEvent, PairReferenceData]) -> None:
        self.history = answer.follows()

    def step(self, what: str, days: int) -> None:
        self.until(self.now + timedelta(days=days))
        running = self.history.state if isinstance(self.history.state, Running) else None
        match what:
            case "given up" if running is not None:
                self.take(self.known(self.history).when(give_up, session=running.session, at=self.now))
            case "moved" if running is not None:
                start = self.now + timedelta(days=days)
                moved = self.history.when(follow, session=running.session, start=start, end=start + HOUR, at=self.now)
                self.take(moved)
            case "pause" if self.pair.pause_at(self.now) is None:
                self.pair = replace(self.pair, pauses=(*self.pair.pauses, paused(self.now)))
            case "resume":
                pauses = tuple(after(each, self.now) if each.end is None else each for each in self.pair.pauses)
                self.pair = replace(self.pair, pauses=pauses)
                self.take(renewing(self.known(self.history), at=self.now))
            case "on" | "off":
                self.pair = replace(self.pair, terms=terms(WEEKLY if what == "on" else None))
                self.take(renewing(self.known(self.history), at=self.now))
            case "away":
                first = self.now.date() + timedelta(days=days)
                self.absences = (*self.absences, away(first, first + timedelta(days=days)))
            case _:
                pass

    def until(self, at: datetime) -> None:
        while (due := self.history.wake_at) is not None and due <= at:
            self.take(self.known(self.history).woken())
        self.now = at


@given(STEPS)
@settings(max_examples=100)
def test_while_the_rhythm_holds_exactly_one_session_is_next(steps: list[Step]):
    course = Course()
    for what, days in steps:
        course.step(what, days)
        holds = course.pair.terms.meetings is not None and course.pair.pause_at(course.now) is None
        state = course.history.state
        assert isinstance(state, Running) or not holds
        assert not isinstance(state, Running) or state.end > course.now
    planned = [event for event in course.history.events if isinstance(event, MeetingScheduled)]
    assert [event.session for event in planned] == [session(number) for number in range(1, len(planned) + 1)]
    occasions = [event.occasion for event in planned]
    assert occasions == sorted(set(occasions))
