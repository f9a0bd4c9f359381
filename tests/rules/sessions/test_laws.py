"""Laws of sessions, over any story of two people, their absences, their pauses and the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from coaching_events.events.session import SessionEvent, SessionMissed
from coaching_events.ids import PersonId, Position, position
from coaching_readmodels import AbsenceReadModel, PairReferenceData, PartnershipReadModel, PersonReadModel
from sessions.session import rules, sessions
from sessions.session.rules import reports
from sessions.session.state import AnySession
from tests.rules.given import Answer, History, scenario
from tests.rules.sessions.the_two import ANNA, BEN, HOUR, MONDAY, PAIR, SESSION, pair, paused, person, reference_data_of

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
ACTS = ("propose_time", "reschedule", "accept", "decline", "withdraw", "cancel", "report", "sweep", "sweep", "sweep")
NEWS = ("absence", "pause", "resume", "end")

Sessions = History[AnySession, SessionEvent, PairReferenceData]


@dataclass(frozen=True)
class Step:
    """Something that happens some time after the one before it: by the first who proposed (0), or the other (1)."""

    what: str
    who: Literal[0, 1]
    after: timedelta
    days: int
    present: bool
    partner_present: bool | None


steps = st.builds(
    Step,
    what=st.sampled_from(ACTS + NEWS),
    who=st.sampled_from([0, 1]),
    after=st.sampled_from([0, 1, 5, 20, 30, 80]).map(lambda hours: hours * HOUR),
    days=st.integers(0, 12),
    present=st.booleans(),
    partner_present=st.sampled_from([None, True, False]),
)


def agreed(after: timedelta) -> Step:
    return Step("accept", 1, after, 0, present=True, partner_present=None)


def met() -> Step:
    """The time goes by until the session is over."""
    return Step("sweep", 0, timedelta(days=2, hours=6), 0, present=True, partner_present=None)


beginnings = st.sampled_from([(), (agreed(HOUR),), (agreed(HOUR), met()), (agreed(HOUR), met())])
stories = st.tuples(beginnings, st.lists(steps, max_size=12)).map(lambda parts: [*parts[0], *parts[1]])
zones = st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES))


class Story:
    """Plays steps; the two are whoever is given, so that they can be swapped."""

    def __init__(self, people: tuple[PersonId, PersonId], zones: tuple[str, str]) -> None:
        self.people = people
        self.now = MONDAY
        self.pair: PartnershipReadModel = pair(people=people)
        self.persons: Mapping[PersonId, PersonReadModel] = dict(zip(people, map(person, zones), strict=True))
        self.version = 2
        self.history: Sessions = scenario(sessions, SESSION, start=MONDAY, reference_data=self.reference_data)

    @property
    def reference_data(self) -> PairReferenceData:
        return reference_data_of(self.pair, self.persons)

    def play(self, steps: Sequence[Step]) -> "Story":
        self.ask(rules_propose, self.people[0], start=MONDAY + timedelta(days=2, hours=4))
        for step in steps:
            self.now += step.after
            self.step(step)
        return self

    def step(self, step: Step) -> None:
        by = self.people[step.who]
        match step.what:
            case "sweep":
                self.sweep()
            case "propose_time" | "reschedule":
                start = self.now + timedelta(days=step.days)
                self.ask(getattr(rules, step.what), by, start=start, length=None)
            case "accept":
                self.ask(rules.accept, by, offer=None)
            case "report":
                self.ask(reports.report, by, present=step.present, partner_present=step.partner_present)
            case "cancel" | "decline":
                self.ask(getattr(rules, step.what), by)
            case "withdraw":
                self.ask(rules.withdraw, by)
            case _:
                self.hear(step, by)

    def ask(self, rule: Any, by: PersonId, **arguments: Any) -> None:
        self.take(self.history.knowing(self.reference_data).when(rule, by=by, at=self.now, **arguments))

    def sweep(self) -> None:
        due = self.history.wake_at
        if due is not None and due <= self.now:
            answer = self.history.knowing(self.reference_data).woken(now=self.now)
            assert not (answer.decided and self.now - due > HOUR and missed(answer))
            self.take(answer)

    def hear(self, step: Step, by: PersonId) -> None:
        self.version += 1
        match step.what:
            case "absence":
                first = self.now.date() + timedelta(days=step.days)
                last = date.max if step.days == 12 else first + timedelta(days=step.days)
                known = self.persons[by]
                absence = AbsenceReadModel(
                    recorded=Position(f"{by}@{self.version}"), first=first, last=last, known_at=self.now
                )
                self.persons = {**self.persons, by: replace(known, absences=(*known.absences, absence))}
            case "pause" if self.pair.ended_at is None and self.pair.pause_at(self.now) is None:
                end = self.now + timedelta(days=step.days) if step.days else None
                begun = paused(self.now, end, by=by, version=self.version)
                self.pair = replace(self.pair, pauses=(*self.pair.pauses, begun))
            case "resume":
                self.pair = replace(
                    self.pair,
                    pauses=tuple(
                        replace(p, end=self.now, taken=position(PAIR, self.version), known_at=self.now)
                        if p.end is None or p.end > self.now
                        else p
                        for p in self.pair.pauses
                    ),
                )
            case "end" if self.pair.ended_at is None and step.days < 4:
                self.pair = replace(self.pair, status="ended", ended_at=self.now)
            case _:
                pass
        if self.history.past:
            self.take(self.history.knowing(self.reference_data).woken(at=self.now))
            # The same facts twice decide nothing.
            self.history.knowing(self.reference_data).woken(at=self.now).nothing()

    def take(self, answer: Answer[AnySession, SessionEvent, PairReferenceData]) -> None:
        if answer.refusal is None:
            self.history = answer.follows()

    def run_out(self) -> None:
        """Let every deadline come on time, until none is left."""
        for _ in range(20):
            if self.history.wake_at is None:
                return
            self.history = self.history.knowing(self.reference_data).woken().follows()
            again = self.history.knowing(self.reference_data)
            again.woken(at=again.last).nothing()
        assert any(p.end is None for p in self.pair.pauses), "only an open pause may hold it up for ever"
        assert self.pair.ended_at is None


def rules_propose(
    session: AnySession | None, *, by: PersonId, at: datetime, start: datetime, reference_data: PairReferenceData
) -> Sequence[SessionEvent]:
    assert session is None
    return rules.propose(
        partnership=PAIR, by=by, at=at, start=start, length=HOUR, title=None, reference_data=reference_data
    )


def missed(answer: Answer[AnySession, SessionEvent, PairReferenceData]) -> bool:
    return any(isinstance(event, SessionMissed) for event in answer.decided)


ENDINGS = ("declined", "withdrawn", "held", "missed", "cancelled", "disputed", "lapsed")
OUTCOMES = {f"session-{ending}" for ending in ENDINGS}


@given(stories, zones)
@settings(max_examples=300)
def test_every_session_finds_one_ending_and_the_same_facts_twice_decide_nothing(
    steps: list[Step], zones: tuple[str, str]
):
    story = Story((ANNA, BEN), zones).play(steps)
    story.run_out()
    endings = [event for event in story.history.events if event.type in OUTCOMES]
    assert len(endings) == (0 if story.history.wake_at else 1)
    if endings:
        assert story.history.events[-1] == endings[0]


@given(stories, zones)
@settings(max_examples=300)
def test_swapping_the_two_mirrors_the_history(steps: list[Step], zones: tuple[str, str]):
    one, other = Story((ANNA, BEN), zones).play(steps), Story((BEN, ANNA), zones).play(steps)
    one.run_out()
    other.run_out()
    assert [
        (swapped(event), recorded.at) for event, recorded in zip(one.history.events, one.history.past, strict=True)
    ] == [
        (event.model_dump_json(), recorded.at)
        for event, recorded in zip(other.history.events, other.history.past, strict=True)
    ]


def swapped(event: SessionEvent) -> str:
    written = event.model_dump_json().replace(PAIR, "the-pair")
    return written.replace(ANNA, "somebody").replace(BEN, ANNA).replace("somebody", BEN).replace("the-pair", PAIR)
