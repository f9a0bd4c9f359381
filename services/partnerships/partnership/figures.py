"""The figures of this installation that rules of a partnership take as an argument. Pure, but for ``IN_USE``."""

from dataclasses import dataclass, field
from typing import Final

from partnerships.partnership.draft import TermsDraft

USUAL_DEPARTURE_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFigures:
    """``departure_days``: days until a departure ends a partnership. ``questions``: the most of the pair's own.

    ``defaults`` is what the terms of a new proposal say, where its proposer says nothing.
    """

    departure_days: int = USUAL_DEPARTURE_DAYS
    questions: int = 3
    defaults: TermsDraft = field(default_factory=TermsDraft)


USUAL_FIGURES: Final = PairFigures()
"""The figures without settings."""


@dataclass
class InUse:
    """The figures of this process."""

    figures: PairFigures = field(default_factory=PairFigures)


IN_USE: Final = InUse()
"""Set from the settings when a process opens."""
