"""The rule for deadlines of a session, and for news about its people. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from coaching_events.events.answers import AnswerExtended
from coaching_events.events.session import RescheduleLapsed, SessionCancelled, SessionEvent, SessionLapsed
from coaching_events.ids import RuleName
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_time import FIGURES
from eventlog import Decision
from sessions.session.rules import ANSWER_DAYS
from sessions.session.rules.overlaps import overlaps
from sessions.session.rules.periods import awaited_until
from sessions.session.rules.reports import silence
from sessions.session.state import AnySession, Offer, Proposed, Scheduled, who

ENDED: Final = RuleName("rule:partnership-ended")
UNANSWERED: Final = RuleName("rule:unanswered")


def wake(
    session: AnySession, /, *, at: datetime, now: datetime, reference_data: PairReferenceData
) -> Decision[SessionEvent]:
    """The events that follow at the instant ``at``, handled at ``now`` (both UTC). May be none."""
    match session:
        case Proposed():
            pair = reference_data.partnership(session.partnership)
            if _is_over(pair, at):
                return [SessionLapsed(**who(session, ENDED), cause="ended")]
            lapsed = SessionLapsed(**who(session, UNANSWERED), cause="unanswered")
            return _unanswered(session, session.offer, lapsed, at, pair, reference_data)
        case Scheduled():
            pair = reference_data.partnership(session.partnership)
            if _is_over(pair, at) and pair.ended_at is not None and session.start >= pair.ended_at:
                return [SessionCancelled(**who(session, ENDED), start=session.start, cause="ended", late_notice=False)]
            another_time = _another_time(session, at, pair, reference_data)
            if at < session.start:
                return [*overlaps(session, reference_data, session.overlaps), *another_time]
            reported = silence(session, at=at, now=now, pair=pair, reference_data=reference_data)
            return [*another_time, *reported]
        case _:
            return ()


def _is_over(pair: PartnershipReadModel, at: datetime) -> bool:
    """Whether the partnership had ended by then. A later end does not change the result of an earlier deadline."""
    return pair.ended_at is not None and pair.ended_at <= at


def _another_time(
    session: Scheduled, at: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> Sequence[SessionEvent]:
    """What follows for the proposal of another time, if there is one."""
    offer = session.offer
    if offer is None:
        return ()
    lapsed = RescheduleLapsed(**who(session, UNANSWERED), proposal=offer.waiting.question)
    return _unanswered(session, offer, lapsed, at, pair, reference_data)


def _unanswered(
    session: Proposed | Scheduled,
    offer: Offer,
    lapsed: SessionEvent,
    at: datetime,
    pair: PartnershipReadModel,
    reference_data: PairReferenceData,
) -> Sequence[SessionEvent]:
    """An offer lapses at the start, or at the end of its answer period by the calendars known now."""
    latest = session.answer_until
    if at >= latest:
        return [lapsed]
    waiting = offer.waiting
    counted = awaited_until(session.answerers(offer), offer.at, ANSWER_DAYS, pair, reference_data, if_endless=latest)
    until = None if counted is None else min(counted, latest)
    resumed = waiting.held_up and until is not None
    if at < waiting.ask_at and not resumed:
        return ()
    if until is None or until > at:
        question = waiting.question
        again = FIGURES.days_for_event(until)
        return [
            AnswerExtended(
                by=UNANSWERED, partnership=session.partnership, question=question, answer_by=until, ask_again_days=again
            )
        ]
    return [lapsed]
