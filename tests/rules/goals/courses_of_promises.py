"""Strategies for Hypothesis: two people anywhere, what happens to them, and what they do about one promise."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from coaching_events.ids import PersonId, position
from coaching_readmodels import (
    AbsenceReadModel,
    PairReferenceData,
    PartnershipReadModel,
    PauseReadModel,
    PersonReadModel,
)
from goals.commitment import commitments, rules
from tests.rules.coaching_time.anybody import ZONES
from tests.rules.given import scenario
from tests.rules.goals.the_two_who_promise import PROMISE, Story
from tests.rules.the_pair import ANNA, BEN, PAIR, away, eight_to_four, known_by, known_pair, known_person, paused, terms

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAYS = 60
LATENESS: Final = (timedelta(0), timedelta(minutes=20), timedelta(minutes=40), 12 * HOUR, 9 * DAY)

Act = Callable[[Story, PersonId, datetime], Any]


def keep(story: Story, by: PersonId, at: datetime) -> Any:
    return story.when(rules.keep, by=by, at=at, kept_at=None)


def keep_since_yesterday(story: Story, by: PersonId, at: datetime) -> Any:
    return story.when(rules.keep, by=by, at=at, kept_at=at - DAY)


def take_back(story: Story, by: PersonId, at: datetime) -> Any:
    return story.when(rules.take_back, by=by, at=at)


def ask_for_a_week_more(story: Story, by: PersonId, at: datetime) -> Any:
    return story.when(rules.renegotiate, by=by, at=at, due=rules.Due(instant=at + 7 * DAY))


def ask_for_two_days_more(story: Story, by: PersonId, at: datetime) -> Any:
    return story.when(rules.renegotiate, by=by, at=at, due=rules.Due(day=(at + 2 * DAY).date()))


def ask_for_release(story: Story, by: PersonId, at: datetime) -> Any:
    return story.when(rules.ask_for_release, by=by, at=at)


def agree(story: Story, by: PersonId, at: datetime) -> Any:
    return story.when(rules.agree, by=by, at=at, clean_slate=False)


def decline(story: Story, by: PersonId, at: datetime) -> Any:
    return story.when(rules.decline, by=by, at=at)


def withdraw(story: Story, by: PersonId, at: datetime) -> Any:
    return story.when(rules.withdraw, by=by, at=at)


def thank(story: Story, by: PersonId, at: datetime) -> Any:
    return story.when(rules.thank, by=by, at=at)


def give_clean_slate(story: Story, by: PersonId, at: datetime) -> Any:
    return story.when(rules.give_clean_slate, by=by, at=at)


def promise_as_asked(story: Story, by: PersonId, at: datetime) -> Any:
    return story.when(rules.make, partnership=PAIR, by=by, at=at, text=None, due=None)


OWNERS: Final[tuple[Act, ...]] = (
    keep,
    keep_since_yesterday,
    take_back,
    ask_for_a_week_more,
    ask_for_two_days_more,
    ask_for_release,
    withdraw,
    promise_as_asked,
)
PARTNERS: Final[tuple[Act, ...]] = (agree, decline, thank, give_clean_slate)
ACTS: Final = (*OWNERS, *PARTNERS)


@dataclass(frozen=True)
class Course:
    """What happens, by hours or days after the beginning. ``acts``: after how many hours, and which."""

    anna: PersonReadModel
    ben: PersonReadModel
    grace: int
    pause: tuple[int, int | None] | None
    resumed_after: int
    end: int | None
    requested: bool
    due: int
    acts: list[tuple[int, Act]]
    handled_late: list[int]

    def reference_data(self, at: datetime) -> PairReferenceData:
        """What is known at an instant."""
        return known_by(at, self._pair(at), {ANNA: self.anna, BEN: self.ben})

    def _pair(self, at: datetime) -> PartnershipReadModel:
        pair = known_pair(terms=terms("FREQ=DAILY", promise_grace=self.grace), formed_at=BEGIN)
        if self.pause is not None and (begins := BEGIN + self.pause[0] * DAY) <= at:
            pair = replace(pair, pauses=(self._pause(begins, at),))
        if self.end is not None and (over := BEGIN + self.end * DAY) <= at:
            pair = replace(pair, ended_at=over, end_taken=position(PAIR, 9))
        return pair

    def _pause(self, begins: datetime, at: datetime) -> PauseReadModel:
        assert self.pause is not None  # asked by the caller
        if self.pause[1] is not None:
            return paused(begins, begins + self.pause[1] * DAY, version=4)
        resumed = begins + self.resumed_after * DAY
        still = paused(begins, version=4)
        return still if at < resumed else replace(still, end=resumed, taken=position(PAIR, 5), known_at=resumed)

    def news(self, owner: PersonId) -> list[datetime]:
        """When something becomes known that wakes the promises of one of the two."""
        days = [] if self.end is None else [self.end]
        if self.pause is not None:
            days += [self.pause[0]] + ([self.pause[0] + self.resumed_after] if self.pause[1] is None else [])
        absences = (self.anna if owner == ANNA else self.ben).absences
        return [*(absence.known_at for absence in absences), *(BEGIN + number * DAY for number in days)]


def _away(first: int, length: int, known: int) -> AbsenceReadModel:
    begins = BEGIN.date() + first * DAY
    return away(begins, begins + length * DAY, known_at=BEGIN + known * HOUR)


def _person(zone: str, weekdays: list[str], absences: list[AbsenceReadModel]) -> PersonReadModel:
    return known_person(zone, *absences, patterns=(eight_to_four(*weekdays),))


_days = st.integers(0, DAYS)
_hours = st.integers(0, 40 * 24)
_people = st.builds(
    _person,
    st.sampled_from(ZONES),
    st.lists(st.sampled_from("0123456"), min_size=2, max_size=7, unique=True),
    st.lists(st.builds(_away, st.integers(0, 25), st.integers(0, 15), _hours), max_size=2),
)
courses = st.builds(
    Course,
    anna=_people,
    ben=_people,
    grace=st.integers(0, 5),
    pause=st.none() | st.tuples(st.integers(0, 25), st.none() | st.integers(1, 20)),
    resumed_after=st.integers(1, 30),
    end=st.none() | _days,
    requested=st.sampled_from([False, False, False, True]),
    due=st.integers(3, 20 * 24),
    acts=st.lists(st.tuples(st.integers(0, 25 * 24), st.sampled_from(ACTS)), max_size=10),
    handled_late=st.lists(st.integers(0, len(LATENESS) - 1), min_size=1, max_size=6),
)


def told(course: Course, owner: PersonId, check: Callable[[Story, datetime], None] = lambda _, __: None) -> Story:
    """The promise of one of the two over two months: moments come, some late, news arrive, people act."""
    partner = BEN if owner == ANNA else ANNA
    story = _begun(course, owner, partner)
    happens: list[tuple[datetime, Act | None]] = [(at, None) for at in course.news(owner)]
    happens += [(BEGIN + hours * HOUR, act) for hours, act in course.acts]
    happens.sort(key=lambda each: each[0])
    for at, act in happens:
        story = _waited(story, course, at, check)
        story = story.knowing(course.reference_data(at))
        if act is None:
            story = story.woken(at=at).follows()
        else:
            answer = act(story, partner if act in PARTNERS else owner, at)
            story = story if answer.refusal is not None else answer.follows()
        check(story, at)
    return _waited(story, course, BEGIN + DAYS * DAY, check)


def _begun(course: Course, owner: PersonId, partner: PersonId) -> Story:
    story = scenario(commitments, PROMISE, start=BEGIN, reference_data=course.reference_data(BEGIN - HOUR))
    due = rules.Due(instant=BEGIN + course.due * HOUR)
    if not course.requested:
        return story.when(rules.make, partnership=PAIR, by=owner, text="It", due=due).follows()
    said: dict[str, Any] = {"partnership": PAIR, "by": partner, "text": "It", "due": due, "open_requests": 0}
    return story.when(rules.request, **said).follows()


def _waited(story: Story, course: Course, until: datetime, check: Callable[[Story, datetime], None]) -> Story:
    """Every moment up to then comes; a late one is handled at the latest when the next thing happens."""
    turn = 0
    while (due := story.wake_at) is not None and due <= until:
        late = LATENESS[course.handled_late[turn % len(course.handled_late)]]
        now = min(due + late, max(due, until))
        story = story.knowing(course.reference_data(now)).woken(now=now).follows()
        check(story, now)
        turn += 1
    return story
