"""Given a history, when a rule is asked, then these events follow: how the rules of every service are shown.

    promises = scenario(commitment, StreamId("commitment_1"), start=monday, reference_data=the_two)
    promises.given(made(due=friday)).when(rules.keep, by=owner, at=friday).then(kept(kept_at=friday))
    promises.given(made(due=friday)).when(rules.keep, by=partner, at=friday).refused("not-yours")
    promises.given(made(due=friday)).woken().then(CommitmentMissed(...))

An event is given plain, or with its instant as ``(event, at)``; a plain one happens when the one before it did. What
was expected continues the history, so that ``.then(…).when(…)`` tells a longer story. Whatever a rule decides is also
held against the laws: asking twice answers the same, nothing given is changed, a state survives being stored, and a
wake at its moment decides something.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from inspect import Parameter, signature
from itertools import zip_longest
from typing import Any, Generic, TypeVar, cast

import pytest
from hypothesis import currently_in_test_context

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.ids import StreamId
from eventlog import Aggregate, Decision, Refused, Timed
from examples.collecting import Examples
from tests.rules.lives import LIVES, statuses, who_acts
from tests.rules.mirror import mirrored

S = TypeVar("S")
E = TypeVar("E", bound=Event)
F = TypeVar("F")

EXAMPLES = Examples()

Said = Event | tuple[Event, datetime]
"""An event, with the instant it speaks of where that matters."""


def scenario(
    aggregate: Aggregate[S, E, F], stream: StreamId, *, start: datetime, reference_data: F
) -> "History[S, E, F]":
    """An empty history of ``stream``; ``start`` is when its first event happens unless it says otherwise."""
    return History(aggregate, stream, start, reference_data)


@dataclass(frozen=True)
class History(Generic[S, E, F]):
    """What has happened so far, and the facts that the rules are told (``facts``, if a rule asks for them).

    ``state`` is the history folded.
    """

    aggregate: Aggregate[S, E, F]
    stream: StreamId
    start: datetime
    reference_data: F
    past: tuple[Recorded[E], ...] = ()
    state: S | None = None
    ids_matter: bool = False
    """Answers follow from the ids of the two, so that they differ in the mirror."""

    def given(self, *events: Said) -> "History[S, E, F]":
        """The same history with these events after it."""
        history = self
        for said in events:
            event, at = said if isinstance(said, tuple) else (said, history.last)
            history = history._with(event, at)
        return history

    def knowing(self, reference_data: F) -> "History[S, E, F]":
        """The same history, told under other facts."""
        return replace(self, reference_data=reference_data)

    def when(
        self, rule: Callable[..., Decision[Any]], *, at: datetime | None = None, **arguments: Any
    ) -> "Answer[S, E, F]":
        """Ask a rule; ``at`` and ``reference_data`` are passed on if it takes them."""
        moment = self.last if at is None else at
        takes = signature(rule).parameters
        offered = {"at": moment, "reference_data": self.reference_data, **arguments}
        passed = {name: value for name, value in offered.items() if name in takes or name in arguments}
        begins = next(iter(takes.values())).kind is Parameter.KEYWORD_ONLY  # such a rule gets no state

        def ask(state: S | None) -> Decision[Any]:
            return rule(**passed) if begins else rule(state, **passed)

        answer = self._ask(ask, moment)
        self._is_mirrored(
            answer,
            lambda state, two: rule(
                *([] if begins else [state]), **{name: mirrored(value, *two) for name, value in passed.items()}
            ),
        )
        return self._seen(answer, rule, arguments.get("by"))

    def woken(self, *, at: datetime | None = None, now: datetime | None = None) -> "Answer[S, E, F]":
        """Let its deadline come (handled at ``now`` if later); with ``at`` ask again at that moment, as news do."""
        state = self.state
        assert state is not None, "what has no history has nothing to wake for"
        due = self.wake_at if at is None else at
        assert due is not None, "it waits for nothing"
        handled = due if now is None else now
        answer = self._ask(
            lambda _: self.aggregate.wake(state, at=due, now=handled, reference_data=self.reference_data), due
        )
        self._is_mirrored(
            answer,
            lambda state, two: self.aggregate.wake(
                state, at=due, now=handled, reference_data=mirrored(self.reference_data, *two)
            ),
        )
        if due == self.wake_at:
            assert answer.decided or answer.refusal, "a wake at its moment decides something"
        return self._seen(answer, None, "deadline" if at is None else "news")

    def _is_mirrored(self, answer: "Answer[S, E, F]", ask: Callable[[Any, tuple[str, str]], Decision[Any]]) -> None:
        """Hold the answer against the law of equal status, if the aggregate is of two people."""
        state = self.state
        after = self.continued(answer.decided, answer.at).state if answer.decided else state
        parties = () if after is None else self.aggregate.parties(after)
        if len(parties) != 2 or self.ids_matter or currently_in_test_context():
            return
        one, other = parties
        swapped = None if state is None else mirrored(state, one, other)
        decided, refusal = _answer(lambda _: ask(swapped, (one, other)), None)
        assert [mirrored(each, one, other) for each in decided] == list(answer.decided), "the two are of equal status"
        assert (refusal and refusal.type) == (answer.refusal and answer.refusal.type)

    def _seen(self, answer: "Answer[S, E, F]", rule: Callable[..., object] | None, who: object) -> "Answer[S, E, F]":
        """Tell docs/domain.md what was decided."""
        package = self.aggregate.evolve.__module__.rpartition(".")[0]
        if currently_in_test_context() or not answer.decided:
            return answer
        if rule is not None and not rule.__module__.startswith(package):
            return answer
        history, happened = self, list[tuple[Event, Mapping[str, str], Mapping[str, str]]]()
        for event, moment in _timed(answer.decided, answer.at):
            before, history = statuses(history.state), history._with(event, moment)
            happened.append((event, before, statuses(history.state)))
        acting = str(who) if rule is None else who_acts(self.aggregate, history.state, who)
        LIVES.saw(self.aggregate, rule, acting, happened)
        return answer

    @property
    def last(self) -> datetime:
        """When the last event happened."""
        return self.past[-1].at if self.past else self.start

    @property
    def wake_at(self) -> datetime | None:
        """When it next needs attention."""
        state = self.state
        return None if state is None else self.aggregate.wake_at(state)

    @property
    def events(self) -> tuple[E, ...]:
        """The events of the history."""
        return tuple(recorded.event for recorded in self.past)

    def continued(self, decided: Decision[Any], at: datetime) -> "History[S, E, F]":
        """The same history with what a rule decided at an instant."""
        history = self
        for event, moment in _timed(decided, at):
            history = history._with(event, moment)
            EXAMPLES.offer(self.stream, event)
        return history

    def _with(self, event: Event, at: datetime) -> "History[S, E, F]":
        kind = self.aggregate.events.get(event.type)
        assert kind is not None, f"{event.type} is no event of {self.aggregate.kind}"
        stored = kind.model_validate_json(event.model_dump_json(exclude_none=True))
        number = len(self.past) + 1
        recorded = cast("Recorded[E]", Recorded(stream=self.stream, version=number, at=at, event=stored))
        longer = replace(self, past=(*self.past, recorded), state=self.aggregate.evolve(self.state, recorded))
        _survives_being_stored(self.aggregate, longer.state)
        return longer

    def _ask(self, ask: Callable[[S | None], Decision[Any]], at: datetime) -> "Answer[S, E, F]":
        state = self.state
        before = deepcopy(state)
        first, refusal = _answer(ask, state)
        again, second_refusal = _answer(ask, state)
        assert first == again, "the same question gets the same answer"
        assert (refusal and refusal.type) == (second_refusal and second_refusal.type)
        assert state == before, "a rule changes nothing that it is given"
        return Answer(self, at, first, refusal)


@dataclass(frozen=True)
class Answer(Generic[S, E, F]):
    """What a rule answered."""

    history: History[S, E, F]
    at: datetime
    decided: Decision[Any]
    refusal: Refused | None

    def then(self, *expected: Said) -> History[S, E, F]:
        """Exactly these events follow, in this order; an instant is compared where one is given."""
        assert self.refusal is None, f"refused: {self.refusal}"
        compared = [
            happened if isinstance(said, tuple) else happened[0]
            for happened, said in zip_longest(_timed(self.decided, self.at), expected)
        ]
        assert compared == list(expected)
        return self.history.continued(self.decided, self.at)

    def follows(self) -> History[S, E, F]:
        """Whatever follows is taken as it is: for stories whose first part another test shows."""
        assert self.refusal is None, f"refused: {self.refusal}"
        return self.history.continued(self.decided, self.at)

    def nothing(self) -> History[S, E, F]:
        """Nothing follows."""
        return self.then()

    def refused(self, type: str, **extensions: object) -> Refused:
        """The rule says no, under this stable name and with these extensions among others; the refusal itself."""
        if self.refusal is None:
            pytest.fail(f"not refused, decided {self.decided}")
        assert self.refusal.type == type
        assert {**self.refusal.extensions, **extensions} == self.refusal.extensions
        assert re.fullmatch(r"[A-Z0-9“].*[.?]", str(self.refusal)), "a refusal says a sentence"
        assert "None" not in str(self.refusal)
        return self.refusal


def _timed(decided: Decision[Any], at: datetime) -> list[tuple[Event, datetime]]:
    return [_at_its_instant(decision, at) for decision in decided]


def _at_its_instant(decision: Event | Timed[Event], at: datetime) -> tuple[Event, datetime]:
    return (decision.event, decision.at) if isinstance(decision, Timed) else (decision, at)


def _answer(ask: Callable[[S | None], Decision[Any]], state: S | None) -> tuple[Sequence[Any], Refused | None]:
    try:
        return list(ask(state)), None
    except Refused as refusal:
        return [], refusal


def _survives_being_stored(aggregate: Aggregate[S, Any, Any], state: S | None) -> None:
    assert state is not None
    stored = aggregate.states.dump_python(state, mode="json")
    assert aggregate.states.validate_python(stored) == state, "a state that is stored is read as it was"
    assert aggregate.wake_at(aggregate.states.validate_python(stored)) == aggregate.wake_at(state)
    assert isinstance(aggregate.key(state), str)
