"""Limits on open questions of one person, and on withdrawals. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DAY = timedelta(days=1)
MOST_ROUNDS = 20
"""The largest number of ``rounds``: a state keeps at most this many instants."""
ASK_AGAIN: Final = timedelta(days=7)
"""The time after which a question or a suspension without a known end is decided again."""
CORRECTED_WITHIN: Final = timedelta(days=60)
"""The time after the grace within which a late reason still corrects a recorded miss."""


@dataclass(frozen=True, slots=True)
class AskingLimits:
    """The most open questions of one person.

    ``proposals`` of partnerships; ``sessions`` and ``requests`` to one partner. After a withdrawn proposal, the same
    one is
    possible ``after`` that time. Other questions to a partner can be withdrawn ``rounds`` times within a day.
    """

    proposals: int = 10
    sessions: int = 5
    requests: int = 5
    rounds: int = 5
    after: timedelta = DAY


USUAL: Final = AskingLimits()
"""The limits without settings."""


def ask_again_at(taken_back: Iterable[datetime], most: int, at: datetime, within: timedelta = DAY) -> datetime | None:
    """When a person with these withdrawals can ask again (UTC). None if they can at ``at``.

    Fewer than ``most`` of the withdrawals can be within the time.
    """
    lately = sorted(moment + within for moment in taken_back if at < moment + within)
    return None if len(lately) < most else lately[-most]
