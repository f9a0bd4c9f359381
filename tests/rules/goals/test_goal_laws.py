"""Laws of goals, over any course of two people, their absences, their pauses and the end.

That a wake at its moment decides something, that rules answer alike and change nothing, and that a state survives
being stored is held by ``given`` at every step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from coaching_events.events.goal import GoalAchieved, GoalAgreed, GoalEvent, GoalReleased
from coaching_events.ids import PersonId, Position, position
from coaching_readmodels import AbsenceReadModel, PairReferenceData, PartnershipReadModel, PersonReadModel
from goals.goal import goals, rules
from goals.goal.state import Agreed, Goal, Proposed
from tests.rules.given import Answer, History, scenario
from tests.rules.goals.the_two_with_a_goal import GOAL, OTHER_WORDS, WORDING
from tests.rules.the_pair import ANNA, BEN, MONDAY, PAIR, known_pair, known_person, paused, reference_data_of

ZONES: Final = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOTHING: Mapping[str, Any] = {}
ACTS: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "agree": (rules.agree, NOTHING),
    "counter": (rules.counter, {"wording": OTHER_WORDS}),
    "decline": (rules.decline, NOTHING),
    "withdraw": (rules.withdraw, NOTHING),
    "progress": (rules.report_progress, {"measure": None, "value": None, "reached_at": None}),
    "take back": (rules.take_back, {"declaration": None}),
    "achieved": (rules.propose_closing, {"outcome": "achieved"}),
    "released": (rules.propose_closing, {"outcome": "released"}),
    "confirm": (rules.confirm_closing, NOTHING),
    "object": (rules.decline_closing, NOTHING),
    "never mind": (rules.withdraw_closing, NOTHING),
    "reopen": (rules.reopen, NOTHING),
}
NEWS: Final = ("absence", "pause", "resume", "end")


@dataclass(frozen=True)
class Step:
    """Something that happens some time after the one before it: by the first who proposed (0), or the other (1)."""

    what: str
    who: Literal[0, 1]
    after: timedelta
    days: int


steps = st.builds(
    Step,
    what=st.sampled_from(("agree", *ACTS, *NEWS, "sweep", "sweep")),
    who=st.sampled_from([0, 1]),
    after=st.sampled_from([0, 1, 20, 100, 400]).map(lambda hours: hours * HOUR),
    days=st.integers(0, 12),
)
beginnings = st.sampled_from(
    [(), (Step("agree", 1, HOUR, 0),), (Step("agree", 1, HOUR, 0), Step("achieved", 0, DAY, 0))]
)
courses = st.tuples(beginnings, st.lists(steps, max_size=14)).map(lambda parts: [*parts[0], *parts[1]])
zones = st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES))


class Course:
    """Plays steps; the two are whoever is given, so that they can be swapped."""

    def __init__(self, people: tuple[PersonId, PersonId], zones: tuple[str, str]) -> None:
        self.people, self.now, self.version = people, MONDAY, 2
        self.pair: PartnershipReadModel = known_pair(people=people)
        self.persons: Mapping[PersonId, PersonReadModel] = dict(zip(people, map(known_person, zones), strict=True))
        self.history: History[Goal, GoalEvent, PairReferenceData] = scenario(
            goals, GOAL, start=MONDAY, reference_data=self.reference_data
        )

    @property
    def reference_data(self) -> PairReferenceData:
        return reference_data_of({PAIR: self.pair, **self.persons})

    def play(self, steps: Sequence[Step]) -> "Course":
        self.take(self.history.when(rules.propose, partnership=PAIR, by=self.people[0], at=self.now, wording=WORDING))
        for step in steps:
            self.now += step.after
            self.sweep()
            if step.what in NEWS:
                self.hear(step, self.people[step.who])
            elif step.what in ACTS:
                self.act(step.what, self.people[step.who])
        return self

    def act(self, what: str, by: PersonId) -> None:
        rule, arguments = ACTS[what]
        state = self.history.state
        if what in ("agree", "counter"):
            arguments = {**arguments, "revision": 1 if state is None else state.revision.number}
        self.take(self.history.knowing(self.reference_data).when(rule, by=by, at=self.now, **arguments))

    def sweep(self) -> None:
        """Every moment up to now comes."""
        while (due := self.history.wake_at) is not None and due <= self.now:
            self.history = self.history.knowing(self.reference_data).woken(now=self.now).follows()

    def hear(self, step: Step, by: PersonId) -> None:
        self.version += 1
        match step.what:
            case "absence":
                first = self.now.date() + timedelta(days=step.days)
                taken, known = Position(f"{by}@{self.version}"), self.persons[by]
                absence = AbsenceReadModel(recorded=taken, first=first, last=first + step.days * DAY, known_at=self.now)
                self.persons = {**self.persons, by: replace(known, absences=(*known.absences, absence))}
            case "pause" if self.pair.ended_at is None and self.pair.pause_at(self.now) is None:
                end = self.now + step.days * DAY if step.days else None
                begun = paused(self.now, end, by=by, version=self.version)
                self.pair = replace(self.pair, pauses=(*self.pair.pauses, begun))
            case "resume":
                self.pair = replace(self.pair, pauses=tuple(self._over(each) for each in self.pair.pauses))
            case "end" if self.pair.ended_at is None and step.days < 4:
                self.pair = replace(
                    self.pair, status="ended", ended_at=self.now, end_taken=position(PAIR, self.version)
                )
            case _:
                pass
        self.take(self.history.knowing(self.reference_data).woken(at=self.now))
        # The same facts twice decide nothing.
        self.history.knowing(self.reference_data).woken(at=self.now).nothing()

    def _over(self, pause: Any) -> Any:
        if pause.end is not None and pause.end <= self.now:
            return pause
        return replace(pause, end=self.now, taken=position(PAIR, self.version), known_at=self.now)

    def take(self, answer: Answer[Goal, GoalEvent, PairReferenceData]) -> None:
        if answer.refusal is None:
            self.history = answer.follows()


@given(courses, zones)
@settings(max_examples=200)
def test_something_has_one_next_deadline_exactly_while_an_answer_is_awaited(steps: list[Step], zones: tuple[str, str]):
    course = Course((ANNA, BEN), zones).play(steps)
    state = course.history.state
    awaits = isinstance(state, Proposed) or (isinstance(state, Agreed) and state.closing is not None)
    assert (course.history.wake_at is not None) == awaits
    if course.history.wake_at is not None:
        assert course.history.wake_at > course.now
        assert course.pair.ended_at is None


@given(courses, zones)
@settings(max_examples=200)
def test_silence_never_makes_a_goal_and_nobody_agrees_alone(steps: list[Step], zones: tuple[str, str]):
    course = Course((ANNA, BEN), zones).play(steps)
    asked_by: str | None = None
    for event in course.history.events:
        if isinstance(event, GoalAgreed):
            assert event.by in (ANNA, BEN)
        if isinstance(event, GoalAgreed | GoalAchieved | GoalReleased):
            assert event.by != asked_by
        if event.type in ("goal-proposed", "goal-countered", "closing-proposed"):
            asked_by = event.by


@given(courses, zones)
@settings(max_examples=200)
def test_swapping_the_two_mirrors_the_history(steps: list[Step], zones: tuple[str, str]):
    one, other = Course((ANNA, BEN), zones).play(steps), Course((BEN, ANNA), zones).play(steps)
    assert [(swapped(recorded.event), recorded.at) for recorded in one.history.past] == [
        (recorded.event.model_dump_json(), recorded.at) for recorded in other.history.past
    ]


def swapped(event: GoalEvent) -> str:
    written = event.model_dump_json().replace(PAIR, "the-pair")
    return written.replace(ANNA, "somebody").replace(BEN, ANNA).replace("somebody", BEN).replace("the-pair", PAIR)
