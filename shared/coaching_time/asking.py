"""Limits on open questions of one person, and on withdrawals. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DAY = timedelta(days=1)
MOST_ROUNDS = 20
"""The largest number of ``rounds``: a state keeps at most this many instants."""
ASK_AGAIN: Final = timedelta(days=7)
"""The usual time after which a question or a suspension without a known end is decided again."""
CORRECTED_WITHIN: Final = timedelta(days=60)
"""The time after the grace within which a late reason still corrects a recorded miss."""


@dataclass
class Figures:
    """The figures of time of this installation. A process sets them from its settings before any rule runs.

    ``ask_again_days``: days until a question or a suspension without a known end is decided again. ``outage``: how
    late a deadline may be handled and still count against a person.
    """

    ask_again_days: int = ASK_AGAIN.days
    outage: timedelta = timedelta(minutes=30)

    @property
    def ask_again(self) -> timedelta:
        """The time after which what has no known end is decided again."""
        return timedelta(days=self.ask_again_days)

    def days_for_event(self, known: datetime | None) -> int | None:
        """What an event says of ``ask_again_days``: nothing with a known date, and nothing of the usual seven days."""
        return None if known is not None or self.ask_again == ASK_AGAIN else self.ask_again_days


FIGURES: Final = Figures()
"""The figures of this process. Folds never read them: what depends on one is in the event."""


def asked_again(days: int | None) -> timedelta:
    """The time that an event says in days. Without a word it is the usual time."""
    return ASK_AGAIN if days is None else timedelta(days=days)


@dataclass(frozen=True, slots=True)
class AskingLimits:
    """The most open questions of one person.

    ``proposals`` of partnerships; ``sessions``, ``requests`` and ``goals`` to one partner. After a withdrawn proposal,
    the same one is possible ``after`` that time; after a decline, ``after_decline``. Other questions to a partner can
    be withdrawn ``rounds`` times within a day.
    """

    proposals: int = 10
    sessions: int = 5
    requests: int = 5
    goals: int = 5
    rounds: int = 5
    after: timedelta = DAY
    after_decline: timedelta = timedelta(days=90)


USUAL: Final = AskingLimits()
"""The limits without settings."""


def ask_again_at(taken_back: Iterable[datetime], most: int, at: datetime, within: timedelta = DAY) -> datetime | None:
    """When a person with these withdrawals can ask again (UTC). None if they can at ``at``.

    Fewer than ``most`` of the withdrawals can be within the time.
    """
    lately = sorted(moment + within for moment in taken_back if at < moment + within)
    return None if len(lately) < most else lately[-most]
