"""How often somebody may ask the same person again, and how much of theirs may be open. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DAY = timedelta(days=1)
MOST_ROUNDS = 20
"""The largest number of ``rounds``: so many instants are kept at most."""
TAKEN_BACK_OFTEN = "Within a day you took back what you asked your partner again and again: ask again later."
"""What somebody is told who may not ask again before a moment, which goes with it."""


@dataclass(frozen=True, slots=True)
class AskingLimits:
    """What one person may ask of others.

    ``proposals`` of partnerships may be open; to one partner ``sessions`` and ``requests``. Who takes back a
    partnership that they proposed proposes it again ``after``. What else somebody asks their partner they may take back
    ``rounds`` times within a day before they ask again.
    """

    proposals: int = 10
    sessions: int = 5
    requests: int = 5
    rounds: int = 5
    after: timedelta = DAY


USUAL: Final = AskingLimits()
"""Those of a company that sets none."""


def ask_again_at(taken_back: Iterable[datetime], most: int, at: datetime, within: timedelta = DAY) -> datetime | None:
    """From when somebody may ask again who took questions back at these instants; None: at ``at`` already.

    Less than ``most`` of them may lie within such a time.
    """
    lately = sorted(moment + within for moment in taken_back if at < moment + within)
    return None if len(lately) < most else lately[-most]
