"""What holds for every pair, promise, and course of events.

That a wake at its moment decides something, that rules answer alike and change nothing, and that a state survives
being stored is held by ``given`` at every step of every course.
"""

from dataclasses import replace
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from coaching_events.events.commitment import (
    CommitmentEvent,
    CommitmentMissed,
    CommitmentReleased,
    CommitmentRenegotiated,
    CommitmentSuspended,
    RenegotiationProposed,
)
from coaching_events.ids import PersonId, StreamId
from coaching_time import absence_covering
from goals.commitment import rules
from goals.commitment.explaining import explained
from goals.commitment.rules.reliability import count
from goals.commitment.state import Kept, Open, Overdue, Requested
from service_kit.languages import ENGLISH
from tests.rules.goals.courses_of_promises import BEGIN, DAY, DAYS, HOUR, Course, courses, told
from tests.rules.goals.the_two_who_promise import ANNA, BEN, PAIR, PROMISE, Story

EXAMPLES = settings(max_examples=60)


@EXAMPLES
@given(courses)
def test_the_same_facts_twice_decide_nothing(course: Course):
    def ask_again(story: Story, at: datetime) -> None:
        # A moment that has come by then is no news: the next sweep is about it.
        if story.wake_at is None or story.wake_at > at:
            story.woken(at=at).nothing()

    def ask_twice(story: Story, at: datetime) -> None:
        if story.wake_at is None or story.wake_at > at:
            ask_again(story.woken(at=at).follows(), at)

    told(course, ANNA, ask_twice)


@EXAMPLES
@given(courses)
def test_the_two_are_measured_alike(course: Course):
    swapped = replace(course, anna=course.ben, ben=course.anna)
    other = {ANNA: BEN, BEN: ANNA}

    def mirrored(event: CommitmentEvent) -> CommitmentEvent:
        by = other.get(PersonId(StreamId(event.by)), event.by)
        people = {"owner": BEN, "partner": ANNA} if "owner" in type(event).model_fields else {}
        return event.model_copy(update={"by": by, **people})

    hers, his = told(course, ANNA), told(swapped, BEN)
    assert tuple(mirrored(event) for event in hers.events) == his.events
    assert [recorded.at for recorded in hers.past] == [recorded.at for recorded in his.past]


@EXAMPLES
@given(courses)
def test_nothing_falls_silently_off_the_table(course: Course):
    story = told(course, ANNA)
    if isinstance(story.state, Requested | Open):
        assert story.wake_at is not None
        assert story.wake_at > BEGIN + DAYS * DAY


@EXAMPLES
@given(courses)
def test_each_due_moment_is_missed_once_at_most(course: Course):
    misses = [event for event in told(course, ANNA).events if isinstance(event, CommitmentMissed)]
    assert len({(miss.due, miss.grace_end) for miss in misses}) == len(misses)
    assert all(miss.due <= miss.grace_end for miss in misses)


@EXAMPLES
@given(courses)
def test_no_miss_covers_an_absence_or_a_pause_that_was_known(course: Course):
    story = told(course, ANNA)
    put_right = {getattr(event, "supersedes", None) for event in story.events}
    known = course.reference_data(story.last)
    for recorded in story.past:
        if not isinstance(recorded.event, CommitmentMissed) or recorded.position in put_right:
            continue
        if isinstance(story.state, Overdue) and story.state.miss and story.state.miss.position == recorded.position:
            assert absence_covering(known.time(ANNA), recorded.event.due) is None
            assert known.partnership(PAIR).pause_at(recorded.event.due) is None


@EXAMPLES
@given(courses)
def test_only_an_explicit_yes_moves_a_date_that_was_asked_for_late(course: Course):
    timely: dict[str, bool] = {}
    for recorded in told(course, ANNA).past:
        event = recorded.event
        if isinstance(event, RenegotiationProposed):
            timely[recorded.position] = event.timely
        if isinstance(event, CommitmentRenegotiated):
            assert event.timely is timely[event.proposal]
            assert event.timely or not event.by_silence
            assert event.grace_end >= event.due


@EXAMPLES
@given(courses)
def test_what_is_suspended_gets_a_later_due_moment_and_its_own_grace(course: Course):
    for recorded in told(course, ANNA).past:
        event = recorded.event
        if isinstance(event, CommitmentSuspended):
            assert (event.until is None) == (event.grace_end is None)
            if event.until is not None and event.grace_end is not None:
                assert event.due < event.until <= event.grace_end


@EXAMPLES
@given(courses)
def test_nothing_is_owed_after_the_end(course: Course):
    story = told(course, ANNA)
    if course.end is not None and isinstance(story.state, Overdue):
        assert story.state.miss is not None
        assert story.state.miss.grace_end <= BEGIN + course.end * DAY
        assert story.state.proposal is None
    assert course.end is None or not isinstance(story.state, Open | Requested)
    for event in story.events:
        assert not isinstance(event, CommitmentReleased) or event.based_on is not None


@EXAMPLES
@given(courses, st.lists(st.integers(0, 200 * 24), min_size=2, max_size=8).map(sorted))
def test_credit_never_rises_with_time(course: Course, hours: list[int]):
    story = told(course, ANNA)
    assert story.state is not None
    reference_data = course.reference_data(BEGIN + 2 * DAYS * DAY)
    owner, pair = reference_data.time(ANNA), reference_data.partnership(PAIR)
    earned = [
        count(PROMISE, story.state, owner=owner, pair=pair, at=BEGIN + DAYS * DAY + number * HOUR) for number in hours
    ]
    assert all(explained(each, ENGLISH) for each in earned)
    credits = [each.credit for each in earned if each.credit is not None]
    assert credits == sorted(credits, reverse=True)
    if isinstance(story.state, Kept):
        assert len(set(credits)) <= 1


@EXAMPLES
@given(courses)
def test_a_clean_slate_never_lowers_a_credit_and_thanks_change_none(course: Course):
    before: list[tuple[Story, datetime]] = []
    told(course, ANNA, lambda story, at: before.append((story, at)))
    for story, at in before:
        for kindness in (rules.give_clean_slate, rules.thank):
            answer = story.when(kindness, by=BEN, at=at)
            if answer.refusal is None:
                was, now = earned_at(story, at), earned_at(answer.follows(), at)
                assert now == was if kindness is rules.thank else was is None or now == 1.0


def earned_at(story: Story, at: datetime) -> float | None:
    assert story.state is not None
    owner, pair = story.reference_data.time(ANNA), story.reference_data.partnership(PAIR)
    return count(PROMISE, story.state, owner=owner, pair=pair, at=at).credit
