"""The events that every question to a partner can have."""

from typing import ClassVar

from coaching_events.event import PairEvent
from coaching_events.ids import Position
from coaching_events.moment import Moment

__all__ = ["AnswerExtended"]


class AnswerExtended(PairEvent):
    """The partner has more time to answer ``question`` (a position) than was known when it was asked.

    Without ``answer_by`` an open pause prevents a date. The end of the pause sets one.
    """

    type: ClassVar[str] = "answer-extended"

    question: Position
    answer_by: Moment | None = None
