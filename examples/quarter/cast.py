"""Who plays: twelve partnerships and more, by external ids of the roster, each with two characters and a happening."""

from dataclasses import dataclass
from typing import Literal

from examples.quarter.characters import (
    CAREFUL,
    DRIFTING,
    EAGER,
    NEW_TO_IT,
    OVERBOOKED,
    QUIET,
    STEADY,
    Character,
)

Happening = Literal["nothing", "leave known in time", "leave known too late", "pause", "end", "new terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """``proposer`` and ``other`` are external ids of the roster; ``week`` is when the happening is (1 to 13)."""

    proposer: str
    other: str
    of_proposer: Character
    of_other: Character
    purpose: str
    rhythm: str = "FREQ=WEEKLY;BYDAY=TH"
    happening: Happening = "nothing"
    week: int = 6
    show_reliability: bool = True


_ = (CAREFUL, DRIFTING, EAGER, NEW_TO_IT, OVERBOOKED, QUIET, STEADY)
