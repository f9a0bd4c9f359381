"""What the row of a goal knows: its title, and the proposal that waits for an answer."""

from typing import Any

import pytest

from coaching_events.envelope import Recorded
from coaching_events.events.answers import AnswerExtended
from coaching_events.events.goal import (
    ClosingDeclined,
    ClosingProposed,
    ClosingWithdrawn,
    GoalAchieved,
    GoalAgreed,
    GoalCountered,
    GoalDeclarationWithdrawn,
    GoalDeclined,
    GoalLapsed,
    GoalProgressed,
    GoalProposed,
    GoalReleased,
    GoalReopened,
    GoalWithdrawn,
)
from coaching_events.ids import StreamId, position
from notifications.mailbox.rules.needed import NoLongerNeeded, no_longer_needed
from notifications.projections.goal import SIGNS_OF_LIFE, GoalReadModel, evolve
from tests.rules.notifications.a_week import ANNA, BEN, WITH_BEN, WORLD, local, word

GOAL = StreamId("goal_one")
OURS: Any = {"by": BEN, "partnership": WITH_BEN, "people": (BEN, ANNA)}
FIRST, SECOND = position(GOAL, 1), position(GOAL, 2)
PROPOSED = GoalProposed(**OURS, title="Answer sooner", answer_by=local(9))
COUNTERED = GoalCountered(**OURS, revision=2, title="Answer within a day", counters=FIRST, answer_by=local(9))
CLOSING = ClosingProposed(**OURS, outcome="released", answer_by=local(9))
ANSWERS = (
    GoalAgreed(**OURS, revision=1, proposal=FIRST),
    GoalDeclined(**OURS),
    GoalWithdrawn(**OURS),
    GoalLapsed(**OURS, cause="unanswered"),
    ClosingDeclined(**OURS, proposal=FIRST),
    ClosingWithdrawn(**OURS, proposal=FIRST),
    GoalAchieved(**OURS, proposal=FIRST),
    GoalReleased(**OURS, proposal=FIRST),
)
OTHERS = (
    GoalProgressed(**OURS, reached_at=local(1)),
    GoalReopened(**OURS, based_on=FIRST),
    GoalDeclarationWithdrawn(**OURS, supersedes=FIRST),
    AnswerExtended(by=BEN, partnership=WITH_BEN, question=FIRST, answer_by=local(12)),
)


def named(event: Any) -> str:
    return event.type


def told(*events: Any) -> GoalReadModel | None:
    row = None
    for version, event in enumerate(events, 1):
        row = evolve(row, Recorded(stream=GOAL, version=version, at=local(version), event=event))
    return row


@pytest.mark.parametrize("answer", ANSWERS, ids=named)
def test_a_proposal_waits_until_it_is_answered(answer: Any) -> None:
    waits, answered = told(PROPOSED), told(PROPOSED, answer)
    assert waits is not None
    assert answered is not None
    assert waits.question == FIRST
    assert (answered.question, answered.last) == (None, SECOND)


def test_other_words_and_a_closing_are_questions_of_their_own() -> None:
    countered, closing = told(PROPOSED, COUNTERED), told(PROPOSED, CLOSING)
    assert countered is not None
    assert closing is not None
    assert (countered.question, countered.title) == (SECOND, "Answer within a day")
    assert (closing.question, closing.outcome) == (SECOND, "released")


@pytest.mark.parametrize("event", OTHERS, ids=named)
def test_nothing_else_that_is_said_of_a_goal_answers_a_proposal(event: Any) -> None:
    assert told(PROPOSED, event) == told(PROPOSED)
    assert told(event) is None, "it began with a proposal that is not known"


def test_the_tables_of_this_file_hold_every_sign_of_life() -> None:
    said: set[type] = {type(each) for each in (PROPOSED, COUNTERED, CLOSING, *ANSWERS)}
    assert said - {GoalLapsed} == {*SIGNS_OF_LIFE}


def test_the_question_about_a_goal_is_needed_until_something_is_said() -> None:
    asked = word(kind="goal").model_copy(update={"about": "goal-proposed"})
    world = WORLD.asked(asked)
    assert no_longer_needed(asked, local(1), ANNA, world.reference_data) is None
    answered = world.said(asked).reference_data
    last = answered.goal(asked.subject).last
    assert no_longer_needed(asked, local(1), ANNA, answered) == NoLongerNeeded("sign-of-life", last)
