"""Closing a goal together, and opening it again."""

from datetime import timedelta
from typing import Any

import pytest

from coaching_events.events.goal import ClosingDeclined, ClosingWithdrawn, GoalReopened
from coaching_events.ids import PersonId
from coaching_time import MOST_ROUNDS
from goals.goal import rules
from goals.goal.state import Agreed, Closed
from tests.rules.goals.the_two_who_check_in import pair, person
from tests.rules.goals.the_two_who_promise import absent, knowing, resting
from tests.rules.goals.the_two_with_a_goal import (
    BEN_CONFIRMS_BY,
    WEDNESDAY,
    Story,
    achieved,
    agreed,
    ask_to_close,
    closing,
    extended,
    let_go,
    number,
    ours,
    proposed,
    reached,
)
from tests.rules.the_pair import ANNA, BEN, moment

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("outcome", ["achieved", "released"])
def test_one_proposes_the_outcome_and_the_other_has_ten_working_days(outcome: Any):
    agreed().when(rules.propose_closing, by=ANNA, at=WEDNESDAY, outcome=outcome).then(ask_to_close(outcome))


def test_the_other_confirms_what_was_proposed():
    closing().when(rules.confirm_closing, by=BEN).then(reached())
    story = agreed().given((ask_to_close("released"), WEDNESDAY)).when(rules.confirm_closing, by=BEN).then(let_go())
    assert isinstance(story.state, Closed)
    assert (story.state.status, story.state.closed_by, story.state.how) == ("released", BEN, "agreed")


def test_the_other_may_object_and_the_goal_goes_on():
    story = closing().when(rules.decline_closing, by=BEN).then(ClosingDeclined(**ours(BEN), proposal=number(4)))
    assert isinstance(story.state, Agreed)
    assert story.wake_at is None
    story.when(rules.propose_closing, by=BEN, outcome="released").follows()


def test_nobody_answers_their_own_proposal_to_close():
    closing().when(rules.confirm_closing, by=ANNA).refused("not-yours-to-answer")
    closing().when(rules.decline_closing, by=ANNA).refused("not-yours-to-answer")


def test_who_proposed_it_may_withdraw_it():
    closing().when(rules.withdraw_closing, by=ANNA).then(withdrawn())
    closing().when(rules.withdraw_closing, by=BEN).refused("not-yours-to-withdraw")


def withdrawn() -> ClosingWithdrawn:
    return ClosingWithdrawn(**ours(), proposal=number(4))


def test_one_proposal_to_close_is_open_at_a_time():
    closing().when(rules.propose_closing, by=BEN, outcome="released").refused("question-open", asked_at=WEDNESDAY)
    closing().when(rules.propose_closing, by=ANNA, outcome="released").refused("question-open")


def test_five_withdrawals_within_a_day_are_enough_for_one_partner():
    story = agreed()
    for _ in range(4):
        story = story.given((ask_to_close(), WEDNESDAY), withdrawn())
    story.when(rules.propose_closing, by=ANNA, outcome="achieved").follows()
    story = story.given(ask_to_close(), withdrawn())
    story.when(rules.propose_closing, by=ANNA, outcome="achieved").refused("taken-back-too-often")
    story.when(rules.propose_closing, by=BEN, outcome="achieved").follows()
    story.when(rules.propose_closing, by=ANNA, at=WEDNESDAY + timedelta(days=1), outcome="achieved").follows()


def test_the_state_keeps_a_bounded_number_of_withdrawals():
    story = agreed()
    for _ in range(2 * MOST_ROUNDS + 1):
        story = story.given((ask_to_close(), WEDNESDAY), withdrawn())
    assert isinstance(story.state, Agreed)
    assert len(story.state.taken_back) == 2 * MOST_ROUNDS


@pytest.mark.parametrize("outcome", ["achieved", "released"])
def test_without_an_objection_it_closes_and_says_so(outcome: Any):
    ending = (reached if outcome == "achieved" else let_go)("silence", by_silence=True)
    story = agreed().given((ask_to_close(outcome), WEDNESDAY)).woken().then((ending, BEN_CONFIRMS_BY))
    assert isinstance(story.state, Closed)
    assert (story.state.status, story.state.closed_by, story.state.how) == (outcome, None, "silence")


def test_days_away_give_more_time_to_object():
    away = knowing(ben=person("America/New_York", absent("03-09", "03-10")))
    later = moment("2026-03-20T17:00-04:00")
    story = closing().knowing(away).woken().then((extended(4, later), BEN_CONFIRMS_BY))
    story.woken().then((reached("silence", by_silence=True), later))


def test_in_an_open_pause_it_does_not_close():
    story = closing(knowing(pair(pauses=(resting("03-05 09:00"),)))).woken().then((extended(4, None), BEN_CONFIRMS_BY))
    assert story.wake_at == BEN_CONFIRMS_BY + timedelta(days=7)


@pytest.mark.parametrize("by", [ANNA, BEN])
@pytest.mark.parametrize("silent", [True, False])
def test_either_may_open_it_again_for_thirty_days(by: PersonId, silent: bool):
    story = closed_by_silence() if silent else achieved()
    last_moment = story.last + timedelta(days=30)
    again = story.when(rules.reopen, by=by, at=last_moment).then(GoalReopened(**ours(by), based_on=number(5)))
    assert isinstance(again.state, Agreed)
    again.when(rules.propose_closing, by=by, outcome="achieved").follows()
    story.when(rules.reopen, by=by, at=last_moment + SECOND).refused("too-late-to-reopen")


def test_a_goal_that_was_let_go_is_opened_again_as_well():
    story = agreed().given((ask_to_close("released"), WEDNESDAY), let_go())
    story.when(rules.reopen, by=ANNA).then(GoalReopened(**ours(), based_on=number(5)))
    story = story.when(rules.take_back, by=BEN, declaration=None).follows()
    assert isinstance(story.state, Agreed)


def closed_by_silence() -> Story:
    return closing().given((reached("silence", by_silence=True), BEN_CONFIRMS_BY))


def test_only_what_is_closed_is_opened_again_and_only_what_is_agreed_is_closed():
    agreed().when(rules.reopen, by=ANNA).refused("goal-not-closed", status="agreed")
    proposed().when(rules.propose_closing, by=ANNA, outcome="achieved").refused("goal-not-agreed")
    achieved().when(rules.propose_closing, by=ANNA, outcome="achieved").refused("goal-closed")
    agreed().when(rules.confirm_closing, by=BEN).refused("nothing-asked")
    agreed().when(rules.withdraw_closing, by=BEN).refused("nothing-asked")
    agreed().when(rules.agree, by=BEN, revision=2).refused("nothing-asked")


def test_news_change_nothing_while_nothing_waits():
    agreed().woken(at=WEDNESDAY).nothing()
    closing().woken(at=WEDNESDAY).nothing()
