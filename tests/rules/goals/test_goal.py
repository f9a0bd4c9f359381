"""A goal: proposed, answered with other words, agreed, pursued. Given a history, when a rule is asked, then …"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from coaching_events.events.goal import GoalCountered, GoalDeclarationWithdrawn, GoalDeclined, GoalEvent, GoalWithdrawn
from coaching_events.ids import PersonId
from coaching_readmodels import PairReferenceData
from eventlog import CannotFollow, NotFound
from goals.goal import rules
from goals.goal.state import KEPT_PROGRESS, Agreed, Goal
from tests.rules.given import Answer
from tests.rules.goals.the_two_who_check_in import pair, person
from tests.rules.goals.the_two_who_promise import absent, knowing, munich, resting, resumed
from tests.rules.goals.the_two_with_a_goal import (
    ANNA_ANSWERS_BY,
    BEN_ANSWERS_BY,
    BEN_CONFIRMS_BY,
    FEWER,
    MONDAY,
    OTHER_WORDS,
    TUESDAY,
    WEDNESDAY,
    WORDING,
    Story,
    achieved,
    agreed,
    closing,
    counter,
    countered,
    extended,
    lapsed,
    nothing_yet,
    number,
    ours,
    progress,
    proposal,
    proposed,
    reached,
    released_by_the_end,
    yes,
)
from tests.rules.the_pair import ANNA, BEN, CARLA, PAIR, moment

SECOND = timedelta(seconds=1)


def propose(story: Story, **said: Any) -> Answer[Goal, GoalEvent, PairReferenceData]:
    asked: dict[str, Any] = {"partnership": PAIR, "by": ANNA, "wording": WORDING, **said}
    return story.when(rules.propose, **asked)


def test_a_goal_is_proposed_and_the_other_has_ten_working_days():
    propose(nothing_yet()).then(proposal())


def test_either_may_propose():
    story = propose(nothing_yet(), by=BEN).follows()
    assert story.state is not None
    assert story.state.people == (BEN, ANNA)
    story.when(rules.agree, by=ANNA, revision=1).follows()


def test_a_goal_needs_neither_a_description_nor_a_measure():
    story = propose(nothing_yet(), wording=rules.Wording(title="Listen more")).follows()
    assert story.state is not None
    assert (story.state.revision.description, story.state.revision.measures) == (None, ())


def test_nothing_is_proposed_in_a_pause_or_outside_a_partnership_in_force():
    propose(nothing_yet(knowing(pair(pauses=(resting("03-01 09:00"),))))).refused("partnership-paused")
    propose(nothing_yet(knowing(pair(pauses=(resting("03-03 09:00"),))))).then(proposal(answer_by=None))
    propose(nothing_yet(knowing(pair(ended_at=MONDAY)))).refused("partnership-ended")
    propose(nothing_yet(knowing(pair(status="proposed")))).refused("partnership-not-formed")
    with pytest.raises(NotFound):
        propose(nothing_yet(), by=CARLA)


@pytest.mark.parametrize(("open_goals", "fits"), [(4, True), (5, False)])
def test_five_proposals_of_one_partner_may_wait(open_goals: int, fits: bool):
    asked = propose(nothing_yet(), open_goals=open_goals)
    if fits:
        asked.follows()
    else:
        asked.refused("too-many-goals-open", open=5, most=5)


def test_five_withdrawals_within_a_day_are_enough():
    lately = [MONDAY - timedelta(hours=each) for each in range(1, 6)]
    propose(nothing_yet(), taken_back=lately[:4]).follows()
    propose(nothing_yet(), taken_back=lately).refused("taken-back-too-often", most=5)


def test_other_words_are_the_next_revision_and_are_answered_by_the_other():
    story = proposed().when(rules.counter, by=BEN, at=TUESDAY, revision=1, wording=OTHER_WORDS).then(counter())
    story.when(rules.counter, by=BEN, revision=2, wording=WORDING).refused("not-yours-to-answer")
    third = story.when(rules.counter, by=ANNA, at=TUESDAY, revision=2, wording=WORDING).follows()
    assert isinstance(third.events[-1], GoalCountered)
    assert (third.events[-1].revision, third.events[-1].counters) == (3, number(2))
    third.when(rules.agree, by=BEN, revision=3).follows()


def test_agreeing_names_the_revision_and_an_old_one_is_refused_with_the_current_one():
    countered().when(rules.agree, by=ANNA, revision=1).refused(
        "another-revision-is-current", revision=2, position=number(2)
    )
    countered().when(rules.counter, by=ANNA, revision=1, wording=WORDING).refused(
        "another-revision-is-current", revision=2
    )
    countered().when(rules.agree, by=ANNA, revision=2).then(yes())


def test_nobody_agrees_to_their_own_proposal():
    proposed().when(rules.agree, by=ANNA, revision=1).refused("not-yours-to-answer")
    countered().when(rules.agree, by=BEN, revision=2).refused("not-yours-to-answer")


def test_who_is_asked_may_decline_and_who_asked_may_withdraw():
    proposed().when(rules.decline, by=BEN).then(GoalDeclined(**ours(BEN)))
    proposed().when(rules.decline, by=ANNA).refused("not-yours-to-answer")
    proposed().when(rules.withdraw, by=ANNA).then(GoalWithdrawn(**ours()))
    proposed().when(rules.withdraw, by=BEN).refused("not-yours-to-withdraw")
    countered().when(rules.decline, by=ANNA).then(GoalDeclined(**ours()))
    countered().when(rules.withdraw, by=BEN).then(GoalWithdrawn(**ours(BEN)))


@pytest.mark.parametrize("over", [GoalDeclined(**ours(BEN)), GoalWithdrawn(**ours()), lapsed()])
def test_what_was_not_agreed_is_over(over: Any):
    story = proposed().given(over)
    assert story.wake_at is None
    story.woken(at=BEN_ANSWERS_BY).nothing()
    for rule, arguments in REFUSED_AFTERWARDS:
        story.when(rule, by=BEN, **arguments).refused("nothing-asked")
    story.when(rules.report_progress, by=BEN, measure=None, value=None, reached_at=None).refused("goal-not-agreed")
    story.when(rules.take_back, by=BEN, declaration=None).refused("nothing-to-take-back")
    story.when(rules.reopen, by=BEN).refused("goal-not-closed")


REFUSED_AFTERWARDS: list[tuple[Any, dict[str, Any]]] = [
    (rules.agree, {"revision": 1}),
    (rules.counter, {"revision": 1, "wording": WORDING}),
    (rules.decline, {}),
    (rules.withdraw, {}),
    (rules.confirm_closing, {}),
    (rules.decline_closing, {}),
    (rules.withdraw_closing, {}),
]


def test_silence_lets_a_proposal_lapse_and_creates_no_obligation():
    proposed().woken().then((lapsed(), BEN_ANSWERS_BY))
    countered().woken().then((lapsed(), ANNA_ANSWERS_BY))


def test_an_absence_that_became_known_gives_more_time():
    away = knowing(ben=person("America/New_York", absent("03-09", "03-10")))
    later = moment("2026-03-18T17:00-04:00")
    story = proposed().knowing(away).woken().then((extended(1, later), BEN_ANSWERS_BY))
    story.woken().then((lapsed(), later))


def test_in_an_open_pause_a_proposal_has_no_date_and_is_asked_again_every_seven_days():
    pause = resting("03-03 09:00")
    story = proposed(knowing(pair(pauses=(pause,)))).woken().then((extended(1, None), BEN_ANSWERS_BY))
    assert story.wake_at == BEN_ANSWERS_BY + timedelta(days=7)
    story = story.woken().then(extended(1, None))
    back = knowing(pair(pauses=(resumed(pause, "03-30 09:00"),)))
    # Of the ten days only those outside the pause count.
    story.knowing(back).woken(at=munich("03-30 09:00")).then(extended(1, moment("2026-04-13T17:00-04:00")))


def test_an_answer_is_accepted_in_a_pause():
    paused = knowing(pair(pauses=(resting("03-03 09:00"),)))
    proposed(paused).when(rules.counter, by=BEN, at=TUESDAY, revision=1, wording=OTHER_WORDS).then(
        counter(answer_by=None)
    )
    countered(paused).when(rules.agree, by=ANNA, revision=2).then(yes())
    agreed(paused).when(rules.propose_closing, by=ANNA, at=WEDNESDAY, outcome="achieved").follows()


def test_the_end_of_the_partnership_lets_proposals_lapse_and_releases_goals():
    over = knowing(pair(ended_at=WEDNESDAY))
    proposed(over).woken(at=WEDNESDAY).then(lapsed("end", "ended"))
    agreed(over).woken(at=WEDNESDAY).then(released_by_the_end())
    closing(over).woken(at=WEDNESDAY).then(released_by_the_end())
    achieved(over).woken(at=WEDNESDAY).nothing()
    agreed(over).woken(at=TUESDAY).nothing()
    story = agreed(over).woken(at=WEDNESDAY).follows()
    assert story.wake_at is None
    story.when(rules.reopen, by=ANNA).refused("partnership-ended")


@pytest.mark.parametrize("by", [ANNA, BEN])
def test_either_says_how_far_they_are(by: PersonId):
    said: dict[str, Any] = {"measure": 1, "value": Decimal("44"), "reached_at": None}
    agreed().when(rules.report_progress, by=by, at=WEDNESDAY, **said).then(progress(by=by))
    closing().when(rules.report_progress, by=by, at=WEDNESDAY, **said).follows()


def test_progress_may_be_a_note_alone():
    story = agreed().when(rules.report_progress, by=BEN, measure=None, value=None, reached_at=None).follows()
    assert isinstance(story.state, Agreed)
    assert [each.measure for each in story.state.progress] == [None]


@pytest.mark.parametrize(("measure", "exists"), [(0, False), (1, True), (2, False)])
def test_progress_names_a_measure_that_there_is(measure: int, exists: bool):
    said = agreed().when(
        rules.report_progress, by=ANNA, at=WEDNESDAY, measure=measure, value=Decimal(1), reached_at=None
    )
    if exists:
        said.follows()
    else:
        said.refused("no-such-measure", measures=1)


@pytest.mark.parametrize(
    ("reached_at", "fits"), [(TUESDAY - SECOND, False), (TUESDAY, True), (WEDNESDAY, True), (WEDNESDAY + SECOND, False)]
)
def test_progress_lies_between_the_agreement_and_now(reached_at: Any, fits: bool):
    said = agreed().when(
        rules.report_progress, by=ANNA, at=WEDNESDAY, measure=1, value=Decimal(44), reached_at=reached_at
    )
    if fits:
        said.then(progress(reached_at=reached_at))
    else:
        said.refused("reached-at-out-of-range", agreed_at=TUESDAY, now=WEDNESDAY)


def test_no_progress_on_what_is_not_agreed_or_closed():
    said: dict[str, Any] = {"by": ANNA, "measure": None, "value": None, "reached_at": None}
    proposed().when(rules.report_progress, **said).refused("goal-not-agreed", status="proposed")
    achieved().when(rules.report_progress, **said).refused("goal-closed", status="achieved")


def test_the_state_keeps_the_latest_progress_and_the_last_value_of_each_measure():
    story = countered().given((counter_with_two(), TUESDAY), (yes_to_three(), TUESDAY))
    for value in ("1", "2"):
        story = story.given(progress(value, measure=2))
    for value in range(KEPT_PROGRESS + 1):
        story = story.given(progress(str(value)))
    assert isinstance(story.state, Agreed)
    kept = [(each.measure, each.value) for each in story.state.progress]
    assert kept == [(2, Decimal(2)), *((1, Decimal(value)) for value in range(1, KEPT_PROGRESS + 1))]


def counter_with_two() -> GoalCountered:
    return counter(revision=3, measures=(FEWER, FEWER), counters=number(2))


def yes_to_three() -> Any:
    return yes().model_copy(update={"revision": 3, "proposal": number(3)})


@pytest.mark.parametrize(
    ("story", "event"),
    [
        (nothing_yet(), yes()),
        (proposed(), progress()),
        (agreed(), proposal()),
        (agreed(), extended(1, BEN_ANSWERS_BY)),
        (achieved(), yes()),
        (proposed().given(lapsed()), yes()),
    ],
)
def test_an_event_that_cannot_follow_is_an_error(story: Story, event: GoalEvent):
    with pytest.raises(CannotFollow):
        story.given(event)


def taken_back(version: int, by: str = ANNA) -> GoalDeclarationWithdrawn:
    return GoalDeclarationWithdrawn(**ours(by), supersedes=number(version))


def told() -> Story:
    """Both reported on Wednesday, Anna twice."""
    return agreed().given((progress("44"), WEDNESDAY), progress("43", BEN), progress("42"))


def test_the_own_progress_can_be_taken_back_for_a_day():
    last_moment = WEDNESDAY + timedelta(hours=24)
    story = told().when(rules.take_back, by=ANNA, at=last_moment, declaration=None).then(taken_back(6))
    assert isinstance(story.state, Agreed)
    assert [each.value for each in story.state.progress] == [Decimal("44"), Decimal("43")]
    told().when(rules.take_back, by=ANNA, at=WEDNESDAY, declaration=number(4)).then(taken_back(4))
    told().when(rules.take_back, by=BEN, at=WEDNESDAY, declaration=None).then(taken_back(5, BEN))
    told().when(rules.take_back, by=ANNA, at=last_moment + SECOND, declaration=None).refused("too-late-to-take-back")
    told().when(rules.take_back, by=ANNA, declaration=number(5)).refused("nothing-to-take-back")
    agreed().when(rules.take_back, by=ANNA, declaration=None).refused("nothing-to-take-back")


def test_the_own_yes_to_a_closing_can_be_taken_back_for_a_day():
    last_moment = WEDNESDAY + timedelta(hours=24)
    story = achieved().when(rules.take_back, by=BEN, at=last_moment, declaration=None).then(taken_back(5, BEN))
    assert isinstance(story.state, Agreed)
    assert story.state.closing is None
    achieved().when(rules.take_back, by=BEN, at=last_moment + SECOND, declaration=None).refused("too-late-to-take-back")
    achieved().when(rules.take_back, by=ANNA, declaration=None).refused("nothing-to-take-back")
    silent = closing().given((reached("silence", by_silence=True), BEN_CONFIRMS_BY))
    silent.when(rules.take_back, by=BEN, declaration=None).refused("nothing-to-take-back")
