"""The answer period of proposed terms. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from coaching_events.events.answers import AnswerExtended
from coaching_events.ids import PartnershipId, RuleName
from coaching_time import FIGURES, Pause, PersonTime, answer_by
from partnerships.partnership.state import Formed, Question
from partnerships.reference_data import PeopleReferenceData

ANSWER_WITHIN: Final = 10
"""Working days to answer, after the local date of the proposal."""
COUNTED_AGAIN: Final = RuleName("rule:answer-periods-are-counted-again")


def first_answer_by(answerer: PersonTime, at: datetime, pauses: Sequence[Pause] = ()) -> datetime:
    """The end of the answer period, as known at the proposal (UTC).

    Without a known end, it is the instant of the first new decision.
    """
    return answer_by(answerer, at, ANSWER_WITHIN, pauses) or at + FIGURES.ask_again


def longer(
    partnership: PartnershipId, question: Question, answerer: PersonTime, pauses: Sequence[Pause] = ()
) -> AnswerExtended | None:
    """The extension of an answer period that ends now, as known now. None if the period is really over."""
    counted = answer_by(answerer, question.asked_at, ANSWER_WITHIN, pauses)
    if counted is not None and counted <= question.due:
        return None
    again = FIGURES.days_for_event(counted)
    return AnswerExtended(
        by=COUNTED_AGAIN, partnership=partnership, question=question.position, answer_by=counted, ask_again_days=again
    )


def after_pause(formed: Formed, at: datetime, reference_data: PeopleReferenceData) -> Sequence[AnswerExtended]:
    """The end of an answer period that a pause without a known end had delayed."""
    question = formed.question
    if question is None or question.answer_by is not None:
        return []
    counted = answer_by(
        reference_data.time(formed.other(question.by)), question.asked_at, ANSWER_WITHIN, formed.all_pauses()
    )
    if counted is None:
        return []
    # An answer period never ends before the moment at which its end is announced.
    moment = max(counted, at)
    return [AnswerExtended(by=COUNTED_AGAIN, partnership=formed.id, question=question.position, answer_by=moment)]
