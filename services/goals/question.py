"""A question that waits for the partner's answer, and the rules that settle one. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from coaching_events.envelope import Recorded
from coaching_events.events.answers import AnswerExtended
from coaching_events.ids import PartnershipId, Position, RuleName
from coaching_time import ASK_AGAIN, FIGURES, asked_again

SILENCE: Final = RuleName("rule:silence")
"""The actor when an answer period is over."""
END: Final = RuleName("rule:end")
"""The actor when a partnership has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An open question or request. Without ``answer_by``, an open pause delays the answer."""

    position: Position
    asked_at: datetime
    answer_by: datetime | None
    again_at: datetime

    @property
    def fires_at(self) -> datetime:
        """The end of the answer period, at which silence is an answer (UTC)."""
        return self.answer_by or self.again_at

    def extended(self, event: AnswerExtended, at: datetime) -> "Question":
        """The same question with the answer period of an event at ``at`` (UTC)."""
        return replace(self, answer_by=event.answer_by, again_at=at + asked_again(event.ask_again_days))

    def is_to_be_looked_at(self, until: datetime | None, at: datetime) -> bool:
        """Whether its time has come, or ``until`` gives it a date that it did not have."""
        return at >= self.fires_at or (self.answer_by is None and until is not None)


def question_asked(recorded: Recorded[Any], answer_by: datetime | None) -> Question:
    """The question that an event asks."""
    return Question(
        position=recorded.position, asked_at=recorded.at, answer_by=answer_by, again_at=recorded.at + ASK_AGAIN
    )


def more_time(partnership: PartnershipId, question: Question, until: datetime | None) -> AnswerExtended:
    """The event that gives more time to answer: until then (UTC), or without a known date."""
    return AnswerExtended(
        by=SILENCE,
        partnership=partnership,
        question=question.position,
        answer_by=until,
        ask_again_days=FIGURES.days_for_event(until),
    )
