"""What the two write around a check-in: "we talked", answers to questions of their own, revisions and replies."""

from datetime import date
from typing import Any

import pytest

from coaching_events.events.check_ins import CheckInAnswered, CheckInOpened, CheckInRevised
from coaching_events.ids import CommitmentId, PersonalTextsId, StreamId, position
from eventlog import NotFound
from goals.check_ins import check_ins, rules
from goals.check_ins.rules.occasions import every_occasion
from goals.check_ins.state import Occasion, Running, Text
from tests.rules.given import scenario
from tests.rules.goals.the_two_who_check_in import (
    ANNA,
    BEN,
    HERS,
    MONDAY,
    CheckInsStory,
    agreed,
    begun,
    by,
    ended,
    knowing,
    missed_story,
    moment,
    opened,
    opened_story,
    pair,
    paused,
    scheduled,
    submitted,
    thursday,
    walked,
)

PROMISE = CommitmentId(StreamId("commitment_1"))
FIRST, SECOND, THIRD = (PersonalTextsId(each) for each in ("first", "second", "third"))
ON_FRIDAY, ON_SATURDAY = moment("2026-03-06T10:00+01:00"), moment("2026-03-07T10:00+01:00")
NEXT_OPENS = moment("2026-03-11T09:00+01:00")
OUR_QUESTIONS = ("What went well?", "What did you put off?")
OTHER_QUESTIONS = ("What is next?",)


def revised(week: int = 0, **more: Any) -> CheckInRevised:
    return CheckInRevised(**(by("nobody") | {"by": ANNA}), occasion=thursday(week).date(), **more)


def answered(words: PersonalTextsId, week: int = 0) -> CheckInAnswered:
    of_the_two: dict[str, Any] = by("nobody") | {"by": BEN}
    return CheckInAnswered(**of_the_two, occasion=thursday(week).date(), personal_texts=words)


def written_story(**more: Any) -> CheckInsStory:
    """She has written her first check-in in time."""
    return opened_story().given((submitted(0, personal_texts=FIRST, **more), thursday(0)))


def occasion_of(story: CheckInsStory, day: date) -> Occasion:
    (found,) = [each for each in every_occasion(story.past) if each.occasion == day]
    return found


def first_of(story: CheckInsStory) -> Occasion:
    return occasion_of(story, thursday(0).date())


def asking(*questions: str, version: int = 1) -> Any:
    terms = agreed(version=version).model_copy(update={"questions": questions})
    return knowing(pair(terms, based_on=version + 1))


def test_we_talked_is_a_complete_check_in():
    talked = (
        opened_story().when(rules.submit, by=ANNA, at=thursday(0), we_talked=True).then(submitted(0, we_talked=True))
    )
    written = first_of(talked).written
    assert written is not None
    assert written.we_talked
    talked.woken().then(scheduled(1))


def test_a_check_in_has_the_questions_of_the_terms_when_it_opens():
    story = begun(asking(*OUR_QUESTIONS)).woken().follows()
    assert isinstance(story.events[-1], CheckInOpened)
    assert story.events[-1].questions == OUR_QUESTIONS
    changed = story.knowing(asking(*OTHER_QUESTIONS, version=2))
    changed.when(rules.submit, by=ANNA, at=thursday(0), answers=2).then(submitted(0))
    assert first_of(changed).questions == OUR_QUESTIONS
    of_the_next = walked(changed, NEXT_OPENS)
    assert occasion_of(of_the_next, thursday(1).date()).questions == OTHER_QUESTIONS
    assert first_of(of_the_next).questions == OUR_QUESTIONS


@pytest.mark.parametrize("rule", [rules.submit, rules.revise])
def test_more_answers_than_questions_are_refused(rule: Any):
    story = begun(asking(*OUR_QUESTIONS)).woken().follows()
    story = story if rule is rules.submit else story.given(submitted(0))
    story.when(rule, by=ANNA, at=thursday(0), answers=3).refused("no-such-question", questions=2)
    assert story.when(rule, by=ANNA, at=thursday(0), answers=2).refusal is None


def test_terms_without_questions_ask_none():
    opened_story().when(rules.submit, by=ANNA, at=thursday(0), answers=1).refused("no-such-question", questions=0)
    assert first_of(opened_story()).questions == ()


def test_a_check_in_can_be_revised_and_the_earlier_text_stays():
    once = written_story(commitments=(PROMISE,)).when(rules.revise, by=ANNA, at=ON_FRIDAY, words=SECOND, we_talked=True)
    story = once.then(revised(personal_texts=SECOND, we_talked=True))
    story = story.when(rules.revise, by=ANNA, at=ON_SATURDAY, words=THIRD, speaks_of=(PROMISE,)).then(
        revised(personal_texts=THIRD, commitments=(PROMISE,))
    )
    written = first_of(story).written
    assert written is not None
    assert (written.at, written.late, written.words, written.revised_at) == (thursday(0), False, THIRD, ON_SATURDAY)
    assert (written.speaks_of, written.we_talked) == ((PROMISE,), False)
    assert written.earlier == (Text(at=thursday(0), words=FIRST), Text(at=ON_FRIDAY, words=SECOND))
    assert story.wake_at == written_story().wake_at


def test_a_check_in_is_revised_until_the_next_one_opens():
    next_scheduled = walked(written_story(), thursday(0, "17:00") + (ON_SATURDAY - ON_FRIDAY))
    just_before = next_scheduled.when(rules.revise, by=ANNA, at=NEXT_OPENS - (ON_SATURDAY - ON_FRIDAY), words=SECOND)
    just_before.then(revised(personal_texts=SECOND))
    named: dict[str, Any] = {"by": ANNA, "at": NEXT_OPENS, "occasion": thursday(0).date()}
    next_scheduled.when(rules.revise, by=ANNA, at=NEXT_OPENS).refused("check-in-closed", opens=NEXT_OPENS)
    next_scheduled.when(rules.revise, **named).refused("check-in-closed")
    opened_next = next_scheduled.woken().then(opened(1))
    opened_next.when(rules.revise, **named).refused("check-in-closed")
    opened_next.when(rules.revise, by=ANNA, occasion=thursday(1).date()).refused("nothing-written")
    both = opened_next.given((submitted(1), thursday(1)))
    both.when(rules.revise, by=ANNA, words=SECOND).then(revised(1, personal_texts=SECOND))
    both.when(rules.revise, by=ANNA, occasion=thursday(7).date()).refused("check-in-closed")


def test_a_late_check_in_can_be_revised_too():
    late = missed_story().given((submitted(0, late=True, personal_texts=FIRST), ON_SATURDAY))
    late.when(rules.revise, by=ANNA, words=SECOND).then(revised(personal_texts=SECOND))


def test_what_was_not_written_cannot_be_revised():
    opened_story().when(rules.revise, by=ANNA).refused("nothing-written")
    missed_story().when(rules.revise, by=ANNA, at=ON_SATURDAY).refused("nothing-written")


def test_only_its_owner_revises_a_check_in_and_only_the_partner_answers_it():
    written_story().when(rules.revise, by=BEN).refused("not-your-check-in")
    said: dict[str, Any] = {"occasion": thursday(0).date(), "words": SECOND}
    written_story().when(rules.answer, by=ANNA, **said).refused("not-yours-to-answer")


def test_the_partner_answers_as_often_as_they_like_also_in_a_pause():
    story = written_story().knowing(knowing(pair(None, paused("2026-03-05T15:00+01:00"))))
    for at, words in ((ON_FRIDAY, SECOND), (ON_SATURDAY, THIRD)):
        said: dict[str, Any] = {"occasion": thursday(0).date(), "words": words}
        story = story.when(rules.answer, by=BEN, at=at, **said).then(answered(words))
    assert first_of(story).replies == (Text(at=ON_FRIDAY, words=SECOND), Text(at=ON_SATURDAY, words=THIRD))
    assert story.wake_at == written_story().wake_at


def test_only_a_check_in_that_was_written_can_be_answered():
    for story in (opened_story(), missed_story()):
        for day in (thursday(0), thursday(7)):
            said: dict[str, Any] = {"occasion": day.date(), "words": SECOND}
            story.when(rules.answer, by=BEN, **said).refused("nothing-written", occasion=day.date())


def test_a_check_in_that_the_state_no_longer_has_can_be_answered_but_not_revised():
    story = walked(written_story(), thursday(12))
    assert isinstance(story.state, Running)
    assert story.state.past[0].occasion > thursday(0).date()
    said: dict[str, Any] = {"occasion": thursday(0).date(), "words": SECOND}
    story.when(rules.answer, by=BEN, **said).refused("nothing-written")
    reply = story.when(rules.answer, by=BEN, older=first_of(story), **said).then(answered(SECOND))
    assert reply.state == story.state
    assert first_of(reply).replies == (Text(at=reply.last, words=SECOND),)
    story.when(rules.revise, by=ANNA, occasion=thursday(0).date()).refused("check-in-closed")


@pytest.mark.parametrize("rule", [rules.revise, rules.answer])
def test_nothing_is_written_after_the_end_nor_before_the_start(rule: Any):
    said: dict[str, Any] = {"occasion": thursday(0).date(), "words": SECOND, "by": ANNA}
    over = "2026-03-06T09:00+01:00"
    known_end = written_story().knowing(knowing(ended(over)))
    known_end.when(rule, at=ON_FRIDAY, **said).refused("partnership-ended")
    known_end.woken(at=moment(over)).follows().when(rule, at=ON_FRIDAY, **said).refused("partnership-ended")
    nowhere = scenario(check_ins, HERS, start=MONDAY, reference_data=knowing())
    with pytest.raises(NotFound):
        nowhere.when(rule, **said)


def test_a_revision_of_an_occasion_without_a_text_changes_nothing():
    story = opened_story()
    assert story.given(revised()).state == story.state
    assert position(HERS, 1) == story.past[0].position
