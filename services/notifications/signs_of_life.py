"""Which events are signs of life: the lists of goals, promises, check-ins and sessions. Pure.

Each event must be in exactly one of the three lists of its kind. A test fails for a new event that is not.
"""

from typing import Final

from coaching_events.event import Event
from coaching_events.events.answers import AnswerExtended
from notifications.projections import check_ins, commitment, goal, session

SIGNS_OF_LIFE: Final[tuple[type[Event], ...]] = (
    *commitment.SIGNS_OF_LIFE,
    *check_ins.SIGNS_OF_LIFE,
    *goal.SIGNS_OF_LIFE,
    *session.SIGNS_OF_LIFE,
)
"""A person acted: planned entries about an open miss, and the question that this answers, are withdrawn."""

SETTLED_BY_RULE: Final[tuple[type[Event], ...]] = (
    *commitment.SETTLED_BY_RULE,
    *check_ins.SETTLED_BY_RULE,
    *goal.SETTLED_BY_RULE,
    *session.SETTLED_BY_RULE,
)
"""A rule acted, and planned entries may no longer be needed: they are decided again."""

NO_SIGN: Final[tuple[type[Event], ...]] = (
    AnswerExtended,  # the same question waits longer
    *commitment.NO_SIGN,
    *check_ins.NO_SIGN,
    *goal.NO_SIGN,
    *session.NO_SIGN,
)
"""No planned entry becomes needless by these."""
