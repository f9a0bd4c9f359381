"""Asking for a promise, making it, keeping it, missing it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from coaching_events.events.answers import AnswerExtended
from coaching_events.events.commitment import (
    CommitmentEvent,
    CommitmentRequestDeclined,
    CommitmentRequestLapsed,
    CommitmentRequestWithdrawn,
    DeclarationWithdrawn,
    DueMoved,
)
from coaching_events.ids import GoalId, PersonId, RuleName, SessionId, StreamId
from coaching_readmodels import PairReferenceData
from eventlog import NotFound
from goals.commitment import rules
from goals.commitment.rules import Due
from goals.commitment.state import Commitment, NotPromised, Open, Overdue
from tests.rules.given import Answer
from tests.rules.goals.the_two_who_promise import (
    ANNA,
    BEN,
    DUE,
    FRIDAY_MORNING,
    GRACE_END,
    MONDAY,
    NEXT_MONDAY,
    NEXT_TUESDAY,
    PAIR,
    THURSDAY,
    WEDNESDAY,
    Story,
    absent,
    asked_in_time,
    asked_late,
    day,
    grace_of,
    hers,
    kept,
    knowing,
    made,
    missed,
    missed_story,
    munich,
    nothing_yet,
    number,
    pair,
    person,
    promised,
    requested,
    resting,
)

PromiseAnswer = Answer[Commitment, CommitmentEvent, PairReferenceData]
GOAL = GoalId(StreamId("goal_1"))
SESSION, ANOTHER_SESSION = SessionId(StreamId("session_1")), SessionId(StreamId("session_2"))
CARLA = PersonId(StreamId("person_carla"))
IN_TEN_DAYS = Due(day=day("2026-03-12"))
SATURDAY = day("2026-03-07")
MOVED_TO_MONDAY = DueMoved(asked=SATURDAY, to=day("2026-03-09"), because="no-working-hours")
SECOND, TWO_YEARS = timedelta(seconds=1), timedelta(days=732)


def asked(**more: Any) -> Story:
    """Ben has asked Anna for something due in ten days; five working days to answer end a week later."""
    said: dict[str, Any] = {"due": munich("03-12 17:00"), "due_date": IN_TEN_DAYS.day, "answer_by": NEXT_MONDAY, **more}
    return nothing_yet().given(requested(**said))


def make(story: Story, **more: Any) -> PromiseAnswer:
    said: dict[str, Any] = {"partnership": PAIR, "by": ANNA, "text": "I send the draft", "due": THURSDAY, **more}
    return story.when(rules.make, **said)


def test_a_promise_for_a_date_is_due_at_the_end_of_work_and_has_a_grace():
    promise = make(nothing_yet()).then(made()).state
    assert isinstance(promise, Open)
    assert (promise.text, promise.due_date) == ("I send the draft", THURSDAY.day)


def test_a_promise_may_name_a_moment():
    noon = munich("03-05 12:00")
    make(nothing_yet(), due=Due(instant=noon)).then(made(due=noon, due_date=None))


def test_a_date_without_work_means_the_next_day_that_has_some():
    said: dict[str, Any] = {"due": NEXT_MONDAY, "due_date": SATURDAY, "moved": MOVED_TO_MONDAY}
    make(nothing_yet(), due=Due(day=SATURDAY)).then(made(**said, grace_end=NEXT_TUESDAY))
    ask(nothing_yet(), due=Due(day=SATURDAY)).then(requested(**said, answer_by=NEXT_MONDAY))


def test_what_is_promised_as_asked_or_agreed_to_says_how_a_rule_moved_the_date():
    said: dict[str, Any] = {"due": NEXT_MONDAY, "due_date": SATURDAY, "moved": MOVED_TO_MONDAY}
    made_as_asked = made(text="Send the draft", **said, grace_end=NEXT_TUESDAY, request=number(1))
    make(nothing_yet().given(requested(**said)), text=None, due=None).then(made_as_asked)
    make(asked(), text=None, due=Due(day=SATURDAY)).then(made_as_asked)
    asking = promised().when(rules.renegotiate, by=ANNA, due=Due(day=SATURDAY)).follows()
    agreed = asking.when(rules.agree, by=BEN, clean_slate=False).follows()
    assert [getattr(event, "moved", None) for event in agreed.events] == [None, MOVED_TO_MONDAY, MOVED_TO_MONDAY]
    assert isinstance(agreed.state, Open)
    assert agreed.state.moved == MOVED_TO_MONDAY
    on_a_workday = agreed.when(rules.renegotiate, by=ANNA, due=THURSDAY).follows()
    again = on_a_workday.when(rules.agree, by=BEN, clean_slate=False).follows()
    assert isinstance(again.state, Open)
    assert again.state.moved is None


def test_a_holiday_means_the_next_day_of_work():
    holiday = knowing(anna=person("Europe/Berlin", region="DE-BY"), holidays=("2026-03-05",))
    moved = DueMoved(asked=day("2026-03-05"), to=day("2026-03-06"), because="holiday")
    make(nothing_yet(holiday)).then(made(due=GRACE_END, moved=moved, grace_end=NEXT_MONDAY))


def test_without_grace_it_ends_when_it_is_due():
    make(nothing_yet(knowing(grace_of(0)))).then(made(grace_end=DUE)).woken().then((missed(grace_end=DUE), DUE))


def test_grace_counts_the_working_days_of_its_owner():
    away_on_friday = knowing(anna=person("Europe/Berlin", absent("03-06", "03-06")))
    make(nothing_yet(away_on_friday)).then(made(grace_end=NEXT_MONDAY))


@pytest.mark.parametrize(
    ("due", "refusal", "extensions"),
    [
        (Due(day=day("2026-02-27")), "due-in-the-past", {"due": munich("02-27 17:00")}),
        (Due(instant=MONDAY), "due-in-the-past", {"due": MONDAY}),
        (Due(instant=MONDAY + TWO_YEARS + SECOND), "due-too-far", {"due": MONDAY + TWO_YEARS + SECOND}),
        (Due(), "no-due-moment", {}),
    ],
)
def test_a_promise_is_about_something_to_come(due: Due, refusal: str, extensions: dict[str, Any]):
    make(nothing_yet(), due=due).refused(refusal, **extensions)


def test_a_promise_reaches_two_years_ahead():
    make(nothing_yet(), due=Due(instant=MONDAY + TWO_YEARS)).follows()


def test_a_promise_needs_words_and_a_date():
    make(nothing_yet(), text=None).refused("nothing-promised")
    make(nothing_yet(), due=None).refused("no-due-moment")


def test_in_a_pause_a_promise_may_be_made_but_not_asked_for():
    paused = nothing_yet(knowing(pair(None, resting("03-02 09:00"))))
    make(paused).then(made())
    ask(paused).refused("partnership-paused")


def test_only_partners_of_a_partnership_that_stands_promise():
    ended = knowing(pair(ended_at=MONDAY))
    make(nothing_yet(ended)).refused("partnership-ended")
    asked_for = knowing(replace(pair(), status="proposed", formed_at=None))
    make(nothing_yet(asked_for)).refused("partnership-not-formed")
    with pytest.raises(NotFound):
        make(nothing_yet(), by=CARLA)


def ask(story: Story, **more: Any) -> PromiseAnswer:
    said: dict[str, Any] = {
        "partnership": PAIR,
        "by": BEN,
        "text": "Send the draft",
        "due": IN_TEN_DAYS,
        "open_requests": 0,
        **more,
    }
    return story.when(rules.request, at=MONDAY, **said)


def test_a_request_waits_five_working_days_of_the_one_who_is_asked():
    ask(nothing_yet()).then(*asked().events)


def test_the_days_of_a_pause_do_not_count_for_the_answer_to_a_request():
    paused = knowing(pair(None, resting("03-03 09:00", "03-04 00:00")))
    ask(nothing_yet(paused)).then(*asked(answer_by=NEXT_TUESDAY).events)


def test_a_request_waits_no_longer_than_until_it_would_be_due():
    ask(nothing_yet(), due=THURSDAY).then(requested())
    endlessly_away = knowing(anna=person("Europe/Berlin", absent("03-01", "12-31"), absent("12-31", "12-31")))
    ask(nothing_yet(endlessly_away), due=THURSDAY).then(requested())


def test_at_most_five_requests_are_open_in_one_direction():
    ask(nothing_yet(), open_requests=4).follows()
    assert ask(nothing_yet(), open_requests=5).refused("too-many-requests-open").extensions == {"open": 5, "most": 5}


def test_who_took_requests_back_five_times_a_day_asks_again_later():
    ask(nothing_yet(), taken_back=[MONDAY] * 4).follows()
    refusal = ask(nothing_yet(), taken_back=[MONDAY] * 5).refused("taken-back-too-often")
    assert refusal.extensions == {"until": MONDAY + timedelta(days=1), "most": 5}


def test_the_owner_promises_what_was_asked_for_as_asked():
    promise = made(
        text="Send the draft",
        due=munich("03-12 17:00"),
        due_date=IN_TEN_DAYS.day,
        grace_end=munich("03-13 17:00"),
        request=number(1),
    )
    make(asked(), text=None, due=None).then(promise)


def test_the_owner_promises_in_their_own_words_and_for_their_own_date():
    make(asked()).then(made(request=number(1)))


def test_a_promise_out_of_a_session_keeps_it():
    promise = make(nothing_yet(), session=SESSION).then(made(session=SESSION))
    kept_it = promise.when(rules.keep, by=ANNA, kept_at=None).follows()
    assert [each and each.session for each in (promise.state, kept_it.state)] == [SESSION, SESSION]


def test_a_promise_for_a_goal_keeps_it_and_a_request_hands_it_on():
    promise = make(nothing_yet(), goal=GOAL).then(made(goal=GOAL))
    kept_it = promise.when(rules.keep, by=ANNA, at=WEDNESDAY, kept_at=None).follows()
    assert [each and each.goal for each in (promise.state, kept_it.state)] == [GOAL, GOAL]
    story = asked(goal=GOAL)
    assert ask(nothing_yet(), goal=GOAL).follows().events == story.events
    make(story).then(made(request=number(1), goal=GOAL))
    declined = story.when(rules.decline_request, by=ANNA).follows()
    assert declined.state is not None
    assert declined.state.goal == GOAL


def test_a_promise_in_answer_to_a_request_comes_out_of_the_session_of_the_request():
    story = asked(session=SESSION)
    assert ask(nothing_yet(), session=SESSION).follows().events == story.events
    make(story, session=ANOTHER_SESSION).then(made(request=number(1), session=SESSION))
    declined = story.given(CommitmentRequestDeclined(**hers()))
    assert declined.state is not None
    assert declined.state.session == SESSION
    make(asked(), session=ANOTHER_SESSION).then(made(request=number(1)))


def test_nobody_can_give_another_person_a_promise():
    make(asked(), by=BEN).refused("not-yours-to-promise")


def test_a_request_is_answered_once():
    declined = asked().when(rules.decline_request, by=ANNA).then(CommitmentRequestDeclined(**hers()))
    make(declined).refused("not-possible-now", status="declined")
    assert declined.wake_at is None


@pytest.mark.parametrize(
    ("status", "ending"),
    [
        ("declined", CommitmentRequestDeclined(**hers())),
        ("withdrawn", CommitmentRequestWithdrawn(**hers(BEN))),
        ("lapsed", CommitmentRequestLapsed(**hers("silence"))),
    ],
)
def test_a_request_that_ended_keeps_what_was_asked_and_when_it_ended(status: Any, ending: CommitmentEvent):
    pair: dict[str, Any] = {"partnership": PAIR, "owner": ANNA, "partner": BEN}
    what: dict[str, Any] = {"text": "Send the draft", "due": munich("03-12 17:00"), "due_date": IN_TEN_DAYS.day}
    assert asked().given((ending, WEDNESDAY)).state == NotPromised(**pair, **what, status=status, settled_at=WEDNESDAY)


def test_only_the_one_who_asked_withdraws_a_request_and_only_the_other_declines_it():
    asked().when(rules.decline_request, by=BEN).refused("not-possible-now")
    asked().when(rules.withdraw_request, by=ANNA).refused("not-possible-now")
    asked().when(rules.withdraw_request, by=BEN).then(CommitmentRequestWithdrawn(**hers(BEN)))


def test_what_was_asked_and_is_due_by_now_needs_a_date_of_its_owner():
    make(asked(), at=munich("03-12 17:00"), text=None, due=None).refused("due-has-passed")


def test_silence_about_a_request_never_creates_an_obligation():
    asked().woken().then(CommitmentRequestLapsed(**hers("silence")))


def test_who_was_away_has_longer_to_answer_a_request():
    away = knowing(anna=person("Europe/Berlin", absent("03-04", "03-05")))
    longer = AnswerExtended(
        by=RuleName("rule:silence"), partnership=PAIR, question=number(1), answer_by=munich("03-11 17:00")
    )
    asked().knowing(away).woken().then(longer).woken().then(CommitmentRequestLapsed(**hers("silence")))


def test_an_open_pause_holds_a_request_up_until_it_would_be_due():
    pause = knowing(pair(None, resting("03-03 09:00")))
    no_date = AnswerExtended(by=RuleName("rule:silence"), partnership=PAIR, question=number(1))
    held_up = asked().knowing(pause).woken().then(no_date)
    assert held_up.wake_at == munich("03-12 17:00")
    held_up.woken().then(CommitmentRequestLapsed(**hers("silence")))


def test_the_resuming_gives_a_request_a_date_again():
    pause = resting("03-03 09:00")
    far = asked(due=munich("03-27 17:00")).knowing(knowing(pair(None, pause)))
    held_up = far.woken().follows()
    back = knowing(pair(None, resting("03-03 09:00", "03-12 09:00")))
    resumed = held_up.knowing(back).woken(at=munich("03-12 09:00")).follows()
    # Tuesday the 3rd to Thursday the 12th do not count.
    assert resumed.wake_at == munich("03-19 17:00")
    resumed.woken(at=munich("03-12 09:00")).nothing()


def test_a_request_lapses_with_the_partnership():
    ended = knowing(pair(ended_at=WEDNESDAY))
    asked().knowing(ended).woken(at=WEDNESDAY).then(CommitmentRequestLapsed(**hers("end")))


def test_the_owner_keeps_a_promise():
    promised().when(rules.keep, by=ANNA, at=WEDNESDAY, kept_at=None).then(kept(WEDNESDAY))
    promised().when(rules.keep, by=ANNA, at=WEDNESDAY, kept_at=MONDAY).then(kept(MONDAY))


def test_the_owner_is_believed_about_when():
    promised().when(rules.keep, by=ANNA, at=FRIDAY_MORNING, kept_at=WEDNESDAY).then(kept(WEDNESDAY))


@pytest.mark.parametrize("kept_at", [MONDAY - SECOND, WEDNESDAY + SECOND])
def test_a_promise_is_kept_between_its_making_and_now(kept_at: datetime):
    promised().when(rules.keep, by=ANNA, at=WEDNESDAY, kept_at=kept_at).refused(
        "kept-at-out-of-range", made_at=MONDAY, now=WEDNESDAY
    )


def test_nobody_else_says_that_it_is_kept():
    refusal = promised().when(rules.keep, by=BEN, kept_at=None).refused("not-possible-now", status="open")
    assert refusal.detail == "Your partner has made this promise: only they can do this."


def test_a_promise_without_an_ending_is_missed_once_when_the_grace_ends():
    overdue = promised().woken().then((missed(), GRACE_END))
    assert overdue.wake_at is None
    overdue.woken(at=NEXT_MONDAY).nothing()


def test_within_half_an_hour_a_miss_carries_the_moment_that_was_due():
    handled = GRACE_END + timedelta(minutes=30)
    promised().woken(now=handled).then((missed(), GRACE_END))
    promised().woken(at=handled).then((missed(), GRACE_END))


def test_what_reaches_the_document_first_wins():
    """After the grace, the owner and the deadline race: whoever is recorded second meets the other's event."""
    too_late = GRACE_END + timedelta(minutes=1)
    kept_first = promised().when(rules.keep, by=ANNA, at=too_late, kept_at=None).then(kept(too_late))
    assert kept_first.wake_at is None
    kept_first.woken(at=GRACE_END).nothing()
    missed_first = promised().woken().then(missed())
    missed_first.when(rules.keep, by=ANNA, at=too_late, kept_at=None).then(kept(too_late))


def test_a_missed_promise_may_still_be_kept():
    missed_story().when(rules.keep, by=ANNA, at=NEXT_TUESDAY, kept_at=None).then(kept(NEXT_TUESDAY))


def test_a_declaration_is_taken_back_within_a_day_and_the_grace_counts_from_there():
    declared = promised().when(rules.keep, by=ANNA, at=FRIDAY_MORNING, kept_at=DUE).follows()
    a_day_later = munich("03-07 10:00")
    declared.when(rules.take_back, by=BEN, at=a_day_later).refused("not-possible-now")
    declared.when(rules.take_back, by=ANNA, at=a_day_later + timedelta(seconds=1)).refused("too-late-to-take-back")
    taken_back = DeclarationWithdrawn(**hers(), supersedes=number(2), due=DUE, grace_end=NEXT_MONDAY)
    open_again = declared.when(rules.take_back, by=ANNA, at=a_day_later).then(taken_back)
    open_again.woken().then((missed(grace_end=NEXT_MONDAY), NEXT_MONDAY))


def test_taking_back_early_leaves_the_grace_as_it_was():
    declared = promised().when(rules.keep, by=ANNA, at=WEDNESDAY, kept_at=None).follows()
    taken_back = DeclarationWithdrawn(**hers(), supersedes=number(2), due=DUE, grace_end=GRACE_END)
    declared.when(rules.take_back, by=ANNA, at=WEDNESDAY).then(taken_back)


def test_a_recorded_miss_stands_when_a_declaration_is_taken_back():
    declared = missed_story().when(rules.keep, by=ANNA, at=NEXT_MONDAY, kept_at=None).follows()
    taken_back = DeclarationWithdrawn(**hers(), supersedes=number(3), due=DUE)
    overdue = declared.when(rules.take_back, by=ANNA, at=NEXT_TUESDAY - timedelta(hours=1)).then(taken_back)
    assert isinstance(overdue.state, Overdue)
    overdue.woken(at=NEXT_TUESDAY).nothing()


@pytest.mark.parametrize("asked", [asked_in_time(), asked_late()])
def test_keeping_answers_what_was_asked_and_taking_back_does_not_ask_again(asked: Story):
    declared = asked.when(rules.keep, by=ANNA, at=FRIDAY_MORNING, kept_at=None).follows()
    declared.when(rules.agree, by=BEN, clean_slate=False).refused("nothing-asked")
    open_again = declared.when(rules.take_back, by=ANNA, at=FRIDAY_MORNING).follows()
    assert open_again.wake_at == NEXT_MONDAY


def test_no_more_time_is_given_than_until_a_request_would_be_due():
    long_away = knowing(anna=person("Europe/Berlin", absent("03-03", "03-10")))
    longer = AnswerExtended(
        by=RuleName("rule:silence"), partnership=PAIR, question=number(1), answer_by=munich("03-12 17:00")
    )
    asked().knowing(long_away).woken().then(longer)


DECLINED = CommitmentRequestDeclined(**hers())


@pytest.mark.parametrize(
    ("story", "event"),
    [
        (nothing_yet(), missed()),
        (asked(), missed()),
        (asked().given(DECLINED), made()),
        (promised(), made()),
        (promised(), requested()),
        (promised(), DECLINED),
        (promised(), CommitmentRequestLapsed(**hers("silence"))),
        (promised(), CommitmentRequestWithdrawn(**hers(BEN))),
        (promised(), AnswerExtended(by=BEN, partnership=PAIR, question=number(1), answer_by=GRACE_END)),
        (promised(), DeclarationWithdrawn(**hers(), supersedes=number(1), due=DUE)),
        (promised().given(kept(DUE)), missed()),
    ],
)
def test_a_history_that_cannot_be_is_never_folded(story: Story, event: CommitmentEvent):
    with pytest.raises(ValueError, match="cannot follow"):
        story.given(event)
