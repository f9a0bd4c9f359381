"""Until when terms on the table wait for an answer. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from coaching_events.answers import AnswerExtended
from coaching_events.ids import PartnershipId, RuleName
from coaching_time import Pause, PersonTime, answer_by
from partnerships.partnership.state import ASK_AGAIN, Formed, Question
from partnerships.reference_data import PeopleFacts

ANSWER_WITHIN: Final = 10
"""Working days of the one who must answer, after the local date of asking."""
COUNTED_AGAIN: Final = RuleName("rule:answer-periods-are-counted-again")


def first_answer_by(answerer: PersonTime, at: datetime, pauses: Sequence[Pause] = ()) -> datetime:
    """Until when an answer is awaited, as known when asked.

    Where no date can be said yet, that is said when it is looked at the first time.
    """
    return answer_by(answerer, at, ANSWER_WITHIN, pauses) or at + ASK_AGAIN


def longer(
    partnership: PartnershipId, question: Question, answerer: PersonTime, pauses: Sequence[Pause] = ()
) -> AnswerExtended | None:
    """What is to be said of an answer that is due, with what is known by now; None: there was time enough."""
    counted = answer_by(answerer, question.asked_at, ANSWER_WITHIN, pauses)
    if counted is not None and counted <= question.due:
        return None
    return AnswerExtended(by=COUNTED_AGAIN, partnership=partnership, question=question.position, answer_by=counted)


def after_pause(formed: Formed, at: datetime, reference_data: PeopleFacts) -> Sequence[AnswerExtended]:
    """A pause without a known end held an answer up; now that it is over a date can be said."""
    question = formed.question
    if question is None or question.answer_by is not None:
        return []
    counted = answer_by(
        reference_data.time(formed.other(question.by)), question.asked_at, ANSWER_WITHIN, formed.all_pauses()
    )
    if counted is None:
        return []
    # An answer is never due before the moment at which its date is said.
    moment = max(counted, at)
    return [AnswerExtended(by=COUNTED_AGAIN, partnership=formed.id, question=question.position, answer_by=moment)]
