"""Anna in Munich proposes a goal to Ben in New York on Monday, 2 March; he has ten working days for his answer."""

from decimal import Decimal
from typing import Any

from coaching_events.events.answers import AnswerExtended
from coaching_events.events.goal import (
    ClosingProposed,
    GoalAchieved,
    GoalAgreed,
    GoalCountered,
    GoalEvent,
    GoalLapsed,
    GoalProgressed,
    GoalProposed,
    GoalReleased,
    Measure,
)
from coaching_events.ids import GoalId, Position, RuleName, StreamId, position
from coaching_readmodels import PairReferenceData
from goals.goal import goals, rules
from goals.goal.state import Goal
from tests.rules.given import History, scenario
from tests.rules.goals.the_two_who_promise import END, MONDAY, knowing, munich
from tests.rules.the_pair import ANNA, BEN, PAIR, moment

GOAL = GoalId(StreamId("goal_1"))
Story = History[Goal, GoalEvent, PairReferenceData]

TUESDAY, WEDNESDAY = munich("03-03 10:00"), munich("03-04 10:00")
# Ten working days after the day of the question (American clocks change on 8 March, European ones on 29 March).
BEN_ANSWERS_BY = moment("2026-03-16T17:00-04:00")
ANNA_ANSWERS_BY = munich("03-17 17:00")
BEN_CONFIRMS_BY = moment("2026-03-18T17:00-04:00")

HOURS = Measure(name="Median answer time", unit="hours", from_value=Decimal("52"), to_value=Decimal("24"))
FEWER = HOURS.model_copy(update={"to_value": Decimal("36.5")})
WORDING = rules.Wording(title="Answer within a day", description="So that customers rely on us", measures=(HOURS,))
OTHER_WORDS = rules.Wording(title="Answer within two days", measures=(FEWER,))


def ours(by: str = ANNA) -> dict[str, Any]:
    """Whose goal it is; ``by`` a person, or the name of a rule."""
    actor = by if by in (ANNA, BEN) else RuleName(f"rule:{by}")
    return {"by": actor, "partnership": PAIR, "people": (ANNA, BEN)}


def number(version: int) -> Position:
    """The event of the goal with this number."""
    return position(GOAL, version)


def nothing_yet(reference_data: PairReferenceData | None = None) -> Story:
    return scenario(goals, GOAL, start=MONDAY, reference_data=reference_data or knowing())


def proposed(reference_data: PairReferenceData | None = None) -> Story:
    """Anna has proposed it on Monday."""
    return nothing_yet(reference_data).given(proposal())


def countered(reference_data: PairReferenceData | None = None) -> Story:
    """On Tuesday Ben answered with other words."""
    return proposed(reference_data).given((counter(), TUESDAY))


def agreed(reference_data: PairReferenceData | None = None) -> Story:
    """Anna agreed to Ben's words on Tuesday."""
    return countered(reference_data).given((yes(), TUESDAY))


def closing(reference_data: PairReferenceData | None = None) -> Story:
    """On Wednesday Anna says that they have reached it."""
    return agreed(reference_data).given((ask_to_close(), WEDNESDAY))


def achieved(reference_data: PairReferenceData | None = None) -> Story:
    """Ben confirmed it at once."""
    return closing(reference_data).given((reached(), WEDNESDAY))


def proposal(**more: Any) -> GoalProposed:
    said: dict[str, Any] = {
        "title": WORDING.title,
        "description": WORDING.description,
        "measures": (HOURS,),
        "answer_by": BEN_ANSWERS_BY,
        **more,
    }
    return GoalProposed(**ours(), **said)


def counter(**more: Any) -> GoalCountered:
    said: dict[str, Any] = {
        "revision": 2,
        "title": OTHER_WORDS.title,
        "measures": (FEWER,),
        "counters": number(1),
        "answer_by": ANNA_ANSWERS_BY,
        **more,
    }
    return GoalCountered(**ours(BEN), **said)


def yes() -> GoalAgreed:
    return GoalAgreed(**ours(), revision=2, proposal=number(2), title=OTHER_WORDS.title)


def progress(value: str = "44", by: str = ANNA, **more: Any) -> GoalProgressed:
    said: dict[str, Any] = {"measure": 1, "value": Decimal(value), "reached_at": WEDNESDAY, **more}
    return GoalProgressed(**ours(by), **said)


def ask_to_close(outcome: Any = "achieved", **more: Any) -> ClosingProposed:
    said: dict[str, Any] = {"outcome": outcome, "answer_by": BEN_CONFIRMS_BY, **more}
    return ClosingProposed(**ours(), **said)


def reached(by: str = BEN, *, by_silence: bool = False) -> GoalAchieved:
    return GoalAchieved(**ours(by), proposal=number(4), by_silence=by_silence)


def let_go(by: str = BEN, *, by_silence: bool = False) -> GoalReleased:
    return GoalReleased(**ours(by), proposal=number(4), by_silence=by_silence)


def released_by_the_end() -> GoalReleased:
    return GoalReleased(**ours("end"), based_on=END)


def lapsed(by: str = "silence", cause: Any = "unanswered") -> GoalLapsed:
    return GoalLapsed(**ours(by), cause=cause)


def extended(question: int, answer_by: Any) -> AnswerExtended:
    return AnswerExtended(by=RuleName("rule:silence"), partnership=PAIR, question=number(question), answer_by=answer_by)
