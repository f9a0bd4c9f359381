"""What holds for every pair, rhythm, and course of events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from coaching_events.events.check_ins import (
    CheckInAnswered,
    CheckInExcused,
    CheckInMissed,
    CheckInOpened,
    CheckInRevised,
    CheckInsEvent,
    CheckInsScheduled,
    CheckInSubmitted,
    CheckInSuspended,
)
from coaching_events.events.partnership import Terms
from coaching_events.ids import PersonalTextsId, PersonId, StreamId, position
from coaching_readmodels import AbsenceReadModel, PairReferenceData, PartnershipReadModel, PersonReadModel
from goals.check_ins import check_ins, check_ins_of
from goals.check_ins.rules import answer, revise, start, submit
from goals.check_ins.rules.occasions import every_occasion
from goals.check_ins.state import CheckIns, texts_of
from tests.rules.coaching_time.anybody import RULES, ZONES
from tests.rules.given import Answer, scenario
from tests.rules.goals.the_two_who_check_in import FORMED, CheckInsStory
from tests.rules.the_pair import ANNA, BEN, PAIR, away, eight_to_four, known_by, known_pair, known_person, paused, terms

WRITINGS = (CheckInSubmitted, CheckInRevised, CheckInAnswered)
ENDINGS = (CheckInSubmitted, CheckInMissed, CheckInExcused)
DAY = timedelta(days=1)
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEKS = 8
EXAMPLES = settings(max_examples=25)
LATENESS: Final = (timedelta(0), timedelta(minutes=20), timedelta(minutes=40), timedelta(hours=12), 9 * DAY)

days = st.integers(0, WEEKS * 7)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))


def terms_of(rule: str, clock: time, grace: int, version: int) -> Terms:
    return terms(rule, at=clock.isoformat(), check_in_grace=grace, version=version)


def absent(number: int, length: int, known: int) -> AbsenceReadModel:
    first = BEGIN.date() + number * DAY
    return away(first, first + length * DAY, known_at=BEGIN + known * DAY)


def person(zone: str, weekdays: list[str], absences: list[AbsenceReadModel]) -> PersonReadModel:
    return known_person(zone, *absences, patterns=(eight_to_four(*weekdays),))


agreements = st.builds(terms_of, st.sampled_from(RULES), clocks, st.integers(0, 5), st.just(1))
people = st.builds(
    person,
    st.sampled_from(ZONES),
    st.lists(st.sampled_from("0123456"), min_size=2, max_size=6, unique=True),
    st.lists(st.builds(absent, days, st.integers(0, 20), days), max_size=2),
)


@dataclass(frozen=True)
class Course:
    """What happens to a pair from the day on which it forms; everything but the person is by days after that."""

    anna: PersonReadModel
    ben: PersonReadModel
    terms: Terms
    new_terms: tuple[int, Terms] | None
    pause: tuple[int, int | None] | None
    end: int | None
    handled_late: list[int]
    writes: list[bool]

    def reference_data(self, at: datetime) -> PairReferenceData:
        """What is known at an instant."""
        return known_by(at, self._pair(at), {ANNA: self.anna, BEN: self.ben})

    def _pair(self, at: datetime) -> PartnershipReadModel:
        pair = known_pair(terms=self.terms, formed_at=BEGIN)
        if self.new_terms is not None and BEGIN + self.new_terms[0] * DAY <= at:
            pair = replace(pair, terms=self.new_terms[1], terms_taken=position(PAIR, 3))
        if self.pause is not None and (begins := BEGIN + self.pause[0] * DAY) <= at:
            ends = None if self.pause[1] is None else begins + self.pause[1] * DAY
            pair = replace(pair, pauses=(paused(begins, ends, version=4),))
        if self.end is not None and (over := BEGIN + self.end * DAY) <= at:
            pair = replace(pair, ended_at=over, end_taken=position(PAIR, 9))
        return pair

    def news(self, owner: PersonId) -> list[datetime]:
        """When something becomes known that wakes the check-ins of one of the two."""
        absences = (self.anna if owner == ANNA else self.ben).absences
        changes = [change[0] for change in (self.pause, self.new_terms) if change is not None]
        changes += [] if self.end is None else [self.end]
        return sorted([*(absence.known_at for absence in absences), *(BEGIN + number * DAY for number in changes)])


courses = st.builds(
    Course,
    people,
    people,
    agreements,
    st.none() | st.tuples(days, st.builds(terms_of, st.sampled_from(RULES), clocks, st.integers(0, 5), st.just(2))),
    st.none() | st.tuples(days, st.none() | st.integers(0, 20)),
    st.none() | days,
    st.lists(st.integers(0, len(LATENESS) - 1), min_size=1, max_size=8),
    st.lists(st.booleans(), min_size=1, max_size=8),
)


def told(
    course: Course, owner: PersonId, check: Callable[[CheckInsStory, datetime], object] = lambda story, at: None
) -> CheckInsStory:
    """The check-ins of one of the two over eight weeks: moments come, some late, news arrive, some write."""
    story = scenario(check_ins, check_ins_of(PAIR, owner), start=BEGIN, reference_data=course.reference_data(BEGIN))
    story = story.when(start, partnership=PAIR, owner=owner, formed=FORMED, at=BEGIN).follows()
    news = course.news(owner)
    turn, clock = 0, BEGIN
    while (due := story.wake_at) is not None and due <= BEGIN + WEEKS * 7 * DAY:
        if news and news[0] <= due:
            at = news.pop(0)
            story = story.knowing(course.reference_data(max(at, clock))).woken(at=at).follows()
            check(story, max(at, story.last))
            continue
        clock = max(clock, due + LATENESS[course.handled_late[turn % len(course.handled_late)]])
        story = story.knowing(course.reference_data(clock)).woken(now=clock).follows()
        if course.writes[turn % len(course.writes)]:
            story = written(story, owner, clock, turn)
        if course.writes[(turn + 1) % len(course.writes)]:
            story = spoken_about(story, owner, clock, turn)
        check(story, story.last)
        turn += 1
    return story


def written(story: CheckInsStory, owner: PersonId, at: datetime, turn: int) -> CheckInsStory:
    return if_possible(story.when(submit, by=owner, at=at, words=PersonalTextsId(f"submitted {turn}")))


def spoken_about(story: CheckInsStory, owner: PersonId, at: datetime, turn: int) -> CheckInsStory:
    """The owner revises the last check-in, and the partner answers the first: neither changes a deadline."""
    partner = BEN if owner == ANNA else ANNA
    said = [each for each in every_occasion(story.past) if each.written is not None]
    after = if_possible(story.when(revise, by=owner, at=at, words=PersonalTextsId(f"revised {turn}")))
    if said:
        words = PersonalTextsId(f"answered {turn}")
        asked = {"occasion": said[0].occasion, "words": words, "older": said[0]}
        after = if_possible(after.when(answer, by=partner, at=at, **asked))
    assert after.wake_at == story.wake_at
    return after


def if_possible(answer: Answer[CheckIns, CheckInsEvent, PairReferenceData]) -> CheckInsStory:
    return answer.history if answer.refusal is not None else answer.follows()


@EXAMPLES
@given(courses)
def test_the_same_facts_twice_decide_nothing(course: Course):
    def asked_again(story: CheckInsStory, at: datetime) -> None:
        if at != story.wake_at:
            story.woken(at=at).nothing()

    told(course, ANNA, asked_again)


@EXAMPLES
@given(courses)
def test_the_two_are_measured_alike(course: Course):
    swapped = replace(course, anna=course.ben, ben=course.anna)

    def mirrored(event: CheckInsEvent) -> CheckInsEvent:
        other = {ANNA: BEN, BEN: ANNA}
        by = other.get(PersonId(StreamId(event.by)), event.by)
        miss = getattr(event, "supersedes", None)
        change = {"supersedes": miss.replace(check_ins_of(PAIR, BEN), check_ins_of(PAIR, ANNA))} if miss else {}
        return event.model_copy(update={"by": by, "owner": event.partner, "partner": event.owner, **change})

    hers, his = told(course, ANNA), told(swapped, BEN)
    assert hers.events == tuple(mirrored(event) for event in his.events)
    assert [recorded.at for recorded in hers.past] == [recorded.at for recorded in his.past]


def those_that_stood(events: Sequence[CheckInsEvent]) -> list[CheckInsScheduled]:
    """The occasions that did not give way to an earlier one, as new terms make one that has not opened do."""
    found: list[CheckInsScheduled] = []
    unopened = False
    for event in events:
        if isinstance(event, CheckInsScheduled):
            found = [*(found[:-1] if unopened else found), event]
            unopened = True
        elif found and getattr(event, "occasion", None) == found[-1].occasion:
            unopened = False
    return found


@EXAMPLES
@given(courses)
def test_occasions_follow_each_other_and_never_overlap(course: Course):
    occasions = those_that_stood(told(course, ANNA).events)
    for each in occasions:
        assert each.opens < each.due <= each.grace_end
    for before, after in pairwise(occasions):
        assert before.occasion < after.occasion
        assert before.grace_end <= after.opens
        assert before.based_on <= after.based_on


@EXAMPLES
@given(courses)
def test_every_occasion_has_an_ending_and_a_miss_is_one(course: Course):
    events = told(course, ANNA).events
    scheduled = [event.occasion for event in those_that_stood(events)]
    for occasion in scheduled[:-1]:
        about = [e for e in events if isinstance(e, ENDINGS) and e.occasion == occasion]
        assert about
        assert sum(isinstance(event, CheckInMissed) for event in about) <= 1
        assert sum(isinstance(event, CheckInSubmitted) for event in about) <= 1
        assert sum(isinstance(event, CheckInExcused) for event in about) <= 1


@EXAMPLES
@given(courses)
def test_no_text_that_a_person_wrote_is_lost(course: Course):
    story = told(course, ANNA)
    named = [event.personal_texts for event in story.events if isinstance(event, WRITINGS)]
    assert sorted(named, key=str) == sorted(words for each in every_occasion(story.past) for words in texts_of(each))


@EXAMPLES
@given(courses)
def test_nobody_misses_what_was_handled_in_an_outage(course: Course):
    always_late = replace(course, handled_late=[4], writes=[False])
    assert not any(isinstance(event, CheckInMissed) for event in told(always_late, ANNA).events)


@EXAMPLES
@given(courses)
def test_what_is_missed_was_open_or_suspended_before(course: Course):
    asked: set[date] = set()
    for event in told(course, ANNA).events:
        if isinstance(event, CheckInOpened | CheckInSuspended):
            asked.add(event.occasion)
        if isinstance(event, CheckInMissed):
            assert event.occasion in asked


@EXAMPLES
@given(courses)
def test_an_absence_that_is_known_in_the_end_leaves_no_miss_in_it(course: Course):
    story = told(course, ANNA)
    if story.wake_at is None:
        return  # once the check-ins have stopped, this world brings no more news
    known = [absence for absence in course.anna.absences if absence.known_at <= story.last]
    put_right = {event.supersedes for event in story.events if isinstance(event, CheckInExcused)}
    for recorded in story.past:
        event = recorded.event
        if isinstance(event, CheckInMissed) and recorded.position not in put_right:
            assert not any(absence.first <= event.occasion <= absence.last for absence in known)
