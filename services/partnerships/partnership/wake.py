"""The rule for deadlines of a partnership, and for news from the directory about its people. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from coaching_events.envelope import Recorded
from coaching_events.events.partnership import (
    PartnershipEnded,
    PartnershipEvent,
    PartnershipLapsed,
    PartnershipPaused,
    PartnershipResumed,
    TermsLapsed,
)
from coaching_events.ids import RuleName
from eventlog import Timed
from partnerships.partnership.figures import USUAL_DEPARTURE_DAYS, USUAL_FIGURES, PairFigures
from partnerships.partnership.rules import lapsing_terms, pause_is_over
from partnerships.partnership.rules.answering import after_pause, longer
from partnerships.partnership.state import AnyPartnership, Formed, Proposed, evolve, resumed
from partnerships.person.state import Inactive
from partnerships.reference_data import PeopleReferenceData

DIRECTORY: Final = RuleName("rule:directory")
DEPARTED: Final = RuleName("rule:ends-after-a-departure")
SILENCE: Final = RuleName("rule:silence-creates-no-obligation")

Due = Sequence[Timed[Any]]


def wake(
    partnership: AnyPartnership,
    *,
    at: datetime,
    now: datetime,
    reference_data: PeopleReferenceData,
    figures: PairFigures = USUAL_FIGURES,
) -> Due:
    """All events due by ``at``, in order, each with the instant (UTC) at which it was due. May be none."""
    events: list[Timed[PartnershipEvent]] = []
    while due := _next(partnership, at, reference_data, figures):
        for each in due:
            recorded = Recorded(stream=partnership.id, version=len(events) + 1, at=each.at, event=each.event)
            partnership = evolve(partnership, recorded)
            events.append(each)
    return events


def _next(partnership: AnyPartnership, at: datetime, reference_data: PeopleReferenceData, figures: PairFigures) -> Due:
    match partnership:
        case Proposed():
            return _proposal_due(partnership, at, reference_data)
        case Formed():
            return (
                _directory(partnership, at, reference_data, figures)
                or _pause_over(partnership, at, reference_data)
                or _terms_due(partnership, at, reference_data)
            )
        case _:
            return ()


def _proposal_due(proposed: Proposed, at: datetime, reference_data: PeopleReferenceData) -> Due:
    question = proposed.question
    if at < question.due:
        return ()
    more = longer(proposed.id, question, reference_data.time(proposed.other(question.by)))
    return [Timed(more or PartnershipLapsed(by=SILENCE, partnership=proposed.id), question.due)]


def _terms_due(formed: Formed, at: datetime, reference_data: PeopleReferenceData) -> Due:
    question = formed.question
    if question is None or at < question.due:
        return ()
    more = longer(formed.id, question, reference_data.time(formed.other(question.by)), formed.all_pauses())
    lapsed = TermsLapsed(by=SILENCE, partnership=formed.id, version=question.terms.version)
    return [Timed(more or lapsed, question.due)]


def _pause_over(formed: Formed, at: datetime, reference_data: PeopleReferenceData) -> Due:
    for pause in formed.pauses:
        if pause.until is not None and pause.until <= at:
            later = after_pause(resumed(formed, pause.whose, pause.until), pause.until, reference_data)
            return [*pause_is_over(formed, pause.whose, pause.until), *(Timed(each, pause.until) for each in later)]
    return ()


def _directory(formed: Formed, at: datetime, reference_data: PeopleReferenceData, figures: PairFigures) -> Due:
    """The directory's pause lasts while a partner is deactivated. After its days it ends the partnership."""
    known = [somebody for person in formed.people if (somebody := reference_data.person(person)) is not None]
    gone = [somebody.since for somebody in known if isinstance(somebody, Inactive)]
    resting = formed.pause_of(None)
    if resting is None:
        # Even a late decision begins the pause at the first deactivation.
        since = min(at, max(formed.formed_at, min(gone, default=at)))
        days = None if figures.departure_days == USUAL_DEPARTURE_DAYS else figures.departure_days
        pausing = PartnershipPaused(by=DIRECTORY, partnership=formed.id, whose=None, departure_days=days)
        return [Timed(pausing, since)] if gone else ()
    if not gone:
        back = min(at, max([resting.since, *(somebody.since for somebody in known)]))
        resuming = PartnershipResumed(by=DIRECTORY, partnership=formed.id, whose=None)
        later = after_pause(resumed(formed, None, back), back, reference_data)
        return [Timed(resuming, back), *(Timed(each, back) for each in later)]
    over = resting.acts_at
    if over is None or at < over:
        return ()
    ending = PartnershipEnded(by=DEPARTED, partnership=formed.id, cause="departure")
    return [Timed(each, over) for each in (*lapsing_terms(formed), ending)]
