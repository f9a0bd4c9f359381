"""Asking for another date or a release, and the answer: a yes, a no, or silence."""

from datetime import timedelta

from coaching_events.events.answers import AnswerExtended
from coaching_events.events.commitment import (
    CommitmentReleased,
    CommitmentRenegotiated,
    DueMoved,
    ReleaseDeclined,
    ReleaseLapsed,
    ReleaseWithdrawn,
    RenegotiationDeclined,
    RenegotiationLapsed,
    RenegotiationWithdrawn,
)
from coaching_events.ids import RuleName
from goals.commitment import rules
from goals.commitment.state import LateAsk, Miss, Open, Overdue, Released
from tests.rules.goals.the_two_who_promise import (
    ANNA,
    BEN,
    BEN_ANSWERS_BY,
    BEN_ANSWERS_LATE_BY,
    DUE,
    FRIDAY_MORNING,
    GRACE_END,
    MONDAY,
    NEW_DUE,
    NEW_GRACE_END,
    NEXT_MONDAY,
    NEXT_THURSDAY,
    PAIR,
    WEDNESDAY,
    Story,
    absent,
    asked_in_time,
    asked_late,
    day,
    hers,
    kept,
    knowing,
    missed,
    missed_story,
    moment,
    munich,
    new_date,
    number,
    pair,
    person,
    promised,
    release_asked,
    resting,
    resumed,
    suspended,
    types,
)


def renegotiated(by: str = BEN, *, timely: bool = True, clean_slate: bool = False) -> CommitmentRenegotiated:
    return CommitmentRenegotiated(
        **hers(by),
        proposal=number(2),
        due=NEW_DUE,
        due_date=NEXT_THURSDAY.day,
        grace_end=NEW_GRACE_END,
        previous_due=DUE,
        asked_at=WEDNESDAY if timely else FRIDAY_MORNING,
        timely=timely,
        by_silence=by == "silence",
        clean_slate=clean_slate,
    )


def asked_for_release() -> Story:
    return promised().given((release_asked(), WEDNESDAY))


def late_asks(story: Story) -> tuple[LateAsk, ...]:
    assert isinstance(story.state, Open)
    return story.state.late_asks


def test_the_owner_asks_for_another_date_and_the_partner_has_two_working_days():
    promised().when(rules.renegotiate, by=ANNA, at=WEDNESDAY, due=NEXT_THURSDAY).then(new_date())


def test_a_new_date_without_work_means_the_next_day_that_has_some():
    moved = DueMoved(asked=day("2026-03-14"), to=day("2026-03-16"), because="no-working-hours")
    later = {"due": munich("03-16 17:00"), "due_date": day("2026-03-14"), "moved": moved}
    asked = promised().when(rules.renegotiate, by=ANNA, at=WEDNESDAY, due=rules.Due(day=day("2026-03-14")))
    asked.then(new_date().model_copy(update=later))


def test_the_owner_asks_for_a_release_and_the_partner_has_two_working_days():
    promised().when(rules.ask_for_release, by=ANNA, at=WEDNESDAY).then(release_asked())


def test_asked_after_the_due_moment_the_partner_has_five_working_days():
    late = new_date(timely=False, answer_by=BEN_ANSWERS_LATE_BY)
    promised().when(rules.renegotiate, by=ANNA, at=FRIDAY_MORNING, due=NEXT_THURSDAY).then(late)


def test_at_the_due_moment_it_is_no_longer_asked_in_time():
    asked = promised().when(rules.ask_for_release, by=ANNA, at=DUE)
    asked.then(release_asked(timely=False, answer_by=moment("2026-03-12T17:00-04:00")))


def test_the_date_that_stands_is_no_new_date():
    unchanged = promised().when(rules.renegotiate, by=ANNA, due=rules.Due(instant=DUE))
    unchanged.refused("date-unchanged", due=DUE)


def test_only_the_owner_asks_and_one_question_is_open_at_a_time():
    promised().when(rules.renegotiate, by=BEN, due=NEXT_THURSDAY).refused("not-possible-now")
    promised().when(rules.ask_for_release, by=BEN).refused("not-possible-now")
    asked_in_time().when(rules.renegotiate, by=ANNA, due=NEXT_THURSDAY).refused("question-open", asked_at=WEDNESDAY)
    asked_in_time().when(rules.ask_for_release, by=ANNA).refused("question-open")


def test_who_took_questions_back_five_times_a_day_asks_again_when_the_first_is_a_day_old():
    story, times = promised(), [WEDNESDAY + timedelta(hours=number) for number in range(5)]
    for at in times:
        asked = story.when(rules.renegotiate, by=ANNA, at=at, due=NEXT_THURSDAY).follows()
        story = asked.when(rules.withdraw, by=ANNA, at=at).follows()
    for rule, more in ((rules.renegotiate, {"due": NEXT_THURSDAY}), (rules.ask_for_release, {})):
        refusal = story.when(rule, by=ANNA, at=times[-1], **more).refused("taken-back-too-often")
        assert refusal.extensions == {"until": times[0] + timedelta(days=1), "most": 5}
        story.when(rule, by=ANNA, at=times[0] + timedelta(days=1), **more).follows()


def test_what_has_ended_is_not_asked_about():
    done = promised().given(kept(MONDAY))
    done.when(rules.renegotiate, by=ANNA, due=NEXT_THURSDAY).refused("not-possible-now")


def test_a_new_date_lies_ahead():
    earlier = rules.Due(instant=WEDNESDAY)
    promised().when(rules.renegotiate, by=ANNA, at=WEDNESDAY, due=earlier).refused("due-in-the-past")


def test_nobody_agrees_to_their_own_proposal():
    asked_in_time().when(rules.agree, by=ANNA, clean_slate=False).refused("not-yours-to-answer")
    asked_in_time().when(rules.decline, by=ANNA).refused("not-yours-to-answer")
    asked_in_time().when(rules.withdraw, by=BEN).refused("not-yours-to-withdraw")


def test_what_nobody_asked_is_not_answered():
    promised().when(rules.agree, by=BEN, clean_slate=False).refused("nothing-asked", status="open")
    promised().when(rules.withdraw, by=ANNA).refused("nothing-asked", status="open")


def test_a_yes_sets_the_new_date():
    agreed = asked_in_time().when(rules.agree, by=BEN, clean_slate=False).then(renegotiated())
    assert agreed.wake_at == NEW_GRACE_END
    assert late_asks(agreed) == ()


def test_a_yes_after_the_new_date_gives_the_grace_from_the_yes():
    at = munich("03-17 10:00")
    late_yes = renegotiated().model_copy(update={"grace_end": munich("03-18 17:00")})
    asked_in_time().when(rules.agree, by=BEN, at=at, clean_slate=False).then(late_yes)


def test_asked_in_time_silence_is_a_yes():
    agreed = asked_in_time().woken().follows().woken()
    agreed.then((renegotiated("silence"), BEN_ANSWERS_BY))


def test_asked_late_silence_is_no_yes():
    overdue = asked_late().woken().then(missed())
    assert overdue.wake_at == BEN_ANSWERS_LATE_BY
    lapsed = RenegotiationLapsed(**hers("silence"), proposal=number(2), due=DUE)
    still = overdue.woken().then((lapsed, BEN_ANSWERS_LATE_BY))
    assert isinstance(still.state, Overdue)
    assert still.wake_at is None


def test_asked_late_an_explicit_yes_counts_the_lateness_there_was():
    agreed = asked_late().when(rules.agree, by=BEN, clean_slate=False).then(renegotiated(timely=False))
    assert late_asks(agreed) == (LateAsk(due=DUE, asked_at=FRIDAY_MORNING),)


def test_a_clean_slate_lets_it_go():
    agreed = asked_late().when(rules.agree, by=BEN, clean_slate=True)
    assert late_asks(agreed.then(renegotiated(timely=False, clean_slate=True))) == ()


def test_a_missed_promise_gets_a_new_date_and_may_be_missed_again():
    asked = missed_story().when(rules.renegotiate, by=ANNA, at=NEXT_MONDAY, due=NEXT_THURSDAY).follows()
    agreed = asked.when(rules.agree, by=BEN, clean_slate=False).follows()
    assert isinstance(agreed.state, Open)
    assert (agreed.state.due_date, agreed.state.miss, agreed.state.proposal) == (NEXT_THURSDAY.day, None, None)
    agreed.woken().then((missed(due=NEW_DUE, grace_end=NEW_GRACE_END), NEW_GRACE_END))


def test_declined_in_time_the_old_date_holds_and_nothing_else_changes():
    no = RenegotiationDeclined(**hers(BEN), proposal=number(2), due=DUE, grace_end=GRACE_END)
    asked_in_time().when(rules.decline, by=BEN).then(no).woken().then(missed())


def test_declined_after_the_due_moment_the_grace_counts_from_the_answer():
    no = RenegotiationDeclined(**hers(BEN), proposal=number(2), due=DUE, grace_end=NEXT_MONDAY)
    asked_in_time().when(rules.decline, by=BEN, at=FRIDAY_MORNING).then(no)


def test_withdrawn_after_the_due_moment_the_grace_counts_from_then_too():
    taken_back = RenegotiationWithdrawn(**hers(), proposal=number(2), due=DUE, grace_end=NEXT_MONDAY)
    asked_in_time().when(rules.withdraw, by=ANNA, at=FRIDAY_MORNING).then(taken_back)


def test_declined_after_a_late_question_the_grace_stays_as_it_was():
    no = RenegotiationDeclined(**hers(BEN), proposal=number(2), due=DUE, grace_end=GRACE_END)
    asked_late().when(rules.decline, by=BEN, at=FRIDAY_MORNING + timedelta(hours=1)).then(no)


def test_declined_after_the_grace_and_before_the_sweep_it_is_missed_from_the_answer():
    no = RenegotiationDeclined(**hers(BEN), proposal=number(2), due=DUE, grace_end=GRACE_END)
    at = GRACE_END + timedelta(minutes=10)
    asked_late().when(rules.decline, by=BEN, at=at).then(no).woken().then((missed(), at))


def test_a_yes_to_a_release_lets_it_go():
    let_go = CommitmentReleased(**hers(BEN), cause="agreed", based_on=number(2))
    assert asked_for_release().when(rules.agree, by=BEN, clean_slate=False).then(let_go).wake_at is None


def test_a_release_answers_the_question_and_leaves_a_recorded_miss():
    asked = missed_story().when(rules.ask_for_release, by=ANNA, at=NEXT_MONDAY).follows()
    released = asked.when(rules.agree, by=BEN, clean_slate=False).follows().state
    assert isinstance(released, Released)
    assert (released.proposal, released.miss) == (None, Miss(position=number(2), due=DUE, grace_end=GRACE_END))


def test_asked_in_time_for_a_release_silence_lets_it_go():
    let_go = CommitmentReleased(**hers("silence"), cause="silence", based_on=number(2))
    asked_for_release().woken().then(suspended("unanswered", based_on=number(2))).woken().then((let_go, BEN_ANSWERS_BY))


def test_a_release_is_declined_or_withdrawn_or_lapses():
    no = ReleaseDeclined(**hers(BEN), proposal=number(2), due=DUE, grace_end=GRACE_END)
    asked_for_release().when(rules.decline, by=BEN).then(no)
    taken_back = ReleaseWithdrawn(**hers(), proposal=number(2), due=DUE, grace_end=GRACE_END)
    asked_for_release().when(rules.withdraw, by=ANNA).then(taken_back)
    late = missed_story().when(rules.ask_for_release, by=ANNA, at=NEXT_MONDAY).follows()
    late.woken().then(ReleaseLapsed(**hers("silence"), proposal=number(3), due=DUE))


def test_the_time_to_answer_is_counted_again_when_it_is_over():
    ben_away = knowing(ben=person("America/New_York", absent("03-05", "03-06")))
    until = moment("2026-03-10T17:00-04:00")
    waiting = asked_in_time().woken().follows().knowing(ben_away)
    longer = AnswerExtended(by=RuleName("rule:silence"), partnership=PAIR, question=number(2), answer_by=until)
    waiting.woken().then((longer, BEN_ANSWERS_BY)).woken().then((renegotiated("silence"), until))


def test_an_open_pause_holds_the_answer_up_until_the_resuming():
    pause = resting("03-05 12:00")
    waiting = asked_in_time(knowing(pair(None, pause))).woken(at=BEN_ANSWERS_BY)
    no_date = AnswerExtended(by=RuleName("rule:silence"), partnership=PAIR, question=number(2))
    held_up = waiting.then(no_date)
    at = munich("03-10 12:00")
    longer = no_date.model_copy(update={"answer_by": moment("2026-03-12T17:00-04:00")})
    back = held_up.knowing(knowing(pair(None, resumed(pause, "03-10 12:00")))).woken(at=at).follows()
    assert longer in back.events


def test_in_an_open_pause_a_question_has_no_date_and_is_asked_about_every_seven_days():
    pause = resting("03-03 12:00")
    asked = promised(knowing(pair(None, pause)))
    no_date = new_date(answer_by=None)
    waiting = asked.when(rules.renegotiate, by=ANNA, at=WEDNESDAY, due=NEXT_THURSDAY).then(no_date)
    story = waiting.woken().follows().woken()
    assert types(story.follows().events)[-1] == "answer-extended"
    assert story.at == WEDNESDAY + timedelta(days=7)
