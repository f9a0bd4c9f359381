"""What all that waits for an answer has in common."""

from typing import ClassVar

from coaching_events.event import PairEvent
from coaching_events.ids import Position
from coaching_events.moment import Moment

__all__ = ["AnswerExtended"]


class AnswerExtended(PairEvent):
    """The time to answer ``question`` (the position of what was asked) is longer than was known when it was asked.

    Without ``answer_by`` an open pause holds it up: the resuming sets a date.
    """

    type: ClassVar[str] = "answer-extended"

    question: Position
    answer_by: Moment | None = None
