"""The figures of this installation that rules of a partnership take as an argument. Pure, but for ``IN_USE``."""

from dataclasses import dataclass, field
from typing import Final

USUAL_DEPARTURE_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFigures:
    """``departure_days``: days until a departure ends a partnership. ``questions``: the most of the pair's own."""

    departure_days: int = USUAL_DEPARTURE_DAYS
    questions: int = 3


USUAL_FIGURES: Final = PairFigures()
"""The figures without settings."""


@dataclass
class InUse:
    """The figures of this process."""

    figures: PairFigures = field(default_factory=PairFigures)


IN_USE: Final = InUse()
"""Set from the settings when a process opens."""
