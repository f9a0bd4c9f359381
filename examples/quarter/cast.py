"""The cast: pairs by external ids of the roster, each with two characters and one happening."""

from dataclasses import dataclass
from typing import Literal

from examples.quarter.characters import CAREFUL, DRIFTING, EAGER, NEW_TO_IT, OVERBOOKED, QUIET, STEADY, Character

What = Literal["nothing", "leave known in time", "leave known too late", "pause", "end", "new terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """``proposer`` and ``other`` are external ids of the roster; ``week`` is that of the happening (1 to 13).

    ``told`` is the pair with a full story; ``topics`` are their subjects.
    """

    proposer: str
    other: str
    of_proposer: Character
    of_other: Character
    purpose: str
    rhythm: str = "FREQ=WEEKLY;BYDAY=TH"
    happening: What = "nothing"
    week: int = 6
    show_reliability: bool = True
    told: bool = False
    topics: tuple[str, ...] = ("the work",)


MARTINA, ANNA, JONAS, LEYLA, PRIYA, ARJUN, KAVYA, SAMEER, RACHEL, BEN, GRACE, DANIEL, LUIZA, THIAGO = (
    str(1001 + number) for number in range(14)
)
OLIVIA, JACK, OLIVER, AMELIA, HARRIET, NOA, YUVAL = (
    "1016", "1017", "1019", "1020", "1021", "1023", "1024",
)  # fmt: skip

PAIRS = (
    Pair(
        proposer=ANNA, other=MARTINA, of_proposer=EAGER, of_other=OVERBOOKED, told=True,
        purpose="Anna wants to lead a team of her own; Martina wants to learn to let go.",
        happening="leave known too late", week=7, topics=("leading the team", "the Augsburg customer", "letting go"),
    ),
    Pair(
        proposer=MARTINA, other=JONAS, of_proposer=OVERBOOKED, of_other=STEADY, purpose="Speak up in the big meeting.",
        happening="leave known in time", week=5, topics=("the big meeting", "the numbers", "a louder voice"),
    ),
    Pair(
        proposer=LEYLA, other=MARTINA, of_proposer=CAREFUL, of_other=OVERBOOKED,
        purpose="Say no without a bad feeling.", topics=("saying no", "the support rota", "part-time work"),
    ),
    Pair(
        proposer=MARTINA, other=PRIYA, of_proposer=STEADY, of_other=EAGER, purpose="Two sites, one team.",
        rhythm="FREQ=WEEKLY;BYDAY=WE", topics=("the two sites", "the hand-over", "the budget"),
    ),
    Pair(
        proposer=ARJUN, other=PRIYA, of_proposer=NEW_TO_IT, of_other=STEADY, purpose="Settle in.",
        happening="pause", week=8, topics=("the first release", "the code base", "the city"),
    ),
    Pair(
        proposer=KAVYA, other=SAMEER, of_proposer=STEADY, of_other=STEADY, purpose="Learn from each other's code.",
        rhythm="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", topics=("the cache", "tests first", "the slow query"),
    ),
    Pair(
        proposer=RACHEL, other=BEN, of_proposer=EAGER, of_other=NEW_TO_IT, purpose="Present to customers.",
        happening="new terms", week=6, topics=("the customer talk", "the slides", "hard questions"),
    ),
    Pair(
        proposer=DANIEL, other=GRACE, of_proposer=DRIFTING, of_other=QUIET, purpose="Find out what comes next.",
        happening="end", week=9, show_reliability=False, topics=("the next role", "a year abroad", "what I enjoy"),
    ),
    Pair(proposer=LUIZA, other=THIAGO, of_proposer=STEADY, of_other=CAREFUL, purpose="Run the workshop alone.",
        topics=("the workshop", "the handbook", "the new hires"),
    ),
    Pair(proposer=OLIVIA, other=JACK, of_proposer=CAREFUL, of_other=EAGER, purpose="Delegate, and trust.",
        topics=("the early shift", "the plan", "delegating"),
    ),
    Pair(
        proposer=OLIVER, other=AMELIA, of_proposer=STEADY, of_other=OVERBOOKED, purpose="Give feedback in time.",
        happening="leave known in time", week=10, topics=("feedback", "the review", "the deadline"),
    ),
    Pair(proposer=HARRIET, other=OLIVER, of_proposer=QUIET, of_other=STEADY, purpose="Come back gently.",
        topics=("coming back", "my hours", "the old project"),
    ),
    Pair(proposer=NOA, other=YUVAL, of_proposer=EAGER, of_other=STEADY, purpose="Less meetings, more decisions.",
        topics=("fewer meetings", "decisions", "the roadmap"),
    ),
)  # fmt: skip
