"""The partner's replies to a check-in. Pure: time and ids are arguments."""

from collections.abc import Sequence
from datetime import date, datetime

from coaching_events.events.check_ins import CheckInAnswered
from coaching_events.ids import PersonalTextsId, PersonId
from coaching_readmodels import PairReferenceData
from eventlog import Refused
from goals.check_ins.rules.writing import running
from goals.check_ins.state import CheckIns, Occasion, occasions
from goals.owner import who


def answer(
    check_ins: CheckIns | None,
    *,
    by: PersonId,
    at: datetime,
    reference_data: PairReferenceData,
    occasion: date,
    words: PersonalTextsId,
    older: Occasion | None = None,
) -> Sequence[CheckInAnswered]:
    """Answer a check-in of the partner, of any day, as often as one likes.

    ``older`` is the occasion of that day from the history, if the state no longer has it.
    """
    theirs = running(check_ins, reference_data)
    if theirs.owner == by:
        raise Refused("not-yours-to-answer", "This is your own check-in. Your partner can answer it.")
    found = next((each for each in occasions(theirs) if each.occasion == occasion), older)
    if found is None or found.written is None:
        raise Refused("nothing-written", "There is no check-in of your partner for this day.", occasion=occasion)
    return [CheckInAnswered(**who(theirs, by), occasion=occasion, personal_texts=words)]
