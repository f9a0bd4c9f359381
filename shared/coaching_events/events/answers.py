"""The events that every question to a partner can have."""

from typing import Annotated, ClassVar

from pydantic import Field

from coaching_events.event import PairEvent
from coaching_events.ids import Position
from coaching_events.moment import Moment

__all__ = ["AnswerExtended", "AskAgainDays"]

AskAgainDays = Annotated[int, Field(ge=1, le=90)]
"""Days until what has no known end is decided again. Absent: seven, or the end is known."""


class AnswerExtended(PairEvent):
    """The partner has more time to answer ``question`` (a position) than was known when it was asked.

    Without ``answer_by`` an open pause prevents a date. The end of the pause sets one. Until then it is decided again
    after ``ask_again_days``, by default seven.
    """

    type: ClassVar[str] = "answer-extended"

    question: Position
    answer_by: Moment | None = None
    ask_again_days: AskAgainDays | None = None
