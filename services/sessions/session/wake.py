"""The rule for deadlines of a session, and for news about its people. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from coaching_events.events.answers import AnswerExtended
from coaching_events.events.session import SessionCancelled, SessionEvent, SessionLapsed
from coaching_events.ids import RuleName
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from eventlog import Decision
from sessions.session.rules import ANSWER_DAYS
from sessions.session.rules.overlaps import overlaps
from sessions.session.rules.periods import awaited_until
from sessions.session.rules.reports import silence
from sessions.session.state import AnySession, Proposed, Scheduled, who

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
            return _unanswered(session, at, pair, reference_data)
        case Scheduled():
            pair = reference_data.partnership(session.partnership)
            if _is_over(pair, at) and pair.ended_at is not None and session.start >= pair.ended_at:
                return [SessionCancelled(**who(session, ENDED), start=session.start, cause="ended", late_notice=False)]
            if at < session.start:
                return overlaps(session, reference_data, session.overlaps)
            return silence(session, at=at, now=now, pair=pair, reference_data=reference_data)
        case _:
            return ()


def _is_over(pair: PartnershipReadModel, at: datetime) -> bool:
    """Whether the partnership had ended by then. A later end does not change the result of an earlier deadline."""
    return pair.ended_at is not None and pair.ended_at <= at


def _unanswered(
    offer: Proposed, at: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> Sequence[SessionEvent]:
    """An offer lapses at the start of its session, or at the end of its answer period by the calendars known now."""
    lapsed = SessionLapsed(**who(offer, UNANSWERED), cause="unanswered")
    if at >= offer.start:
        return [lapsed]
    waiting = offer.waiting
    answerer = offer.other(offer.offered_by)
    counted = awaited_until([answerer], offer.offered_at, ANSWER_DAYS, pair, reference_data, if_endless=offer.start)
    until = None if counted is None else min(counted, offer.start)
    resumed = waiting.held_up and until is not None
    if at < waiting.ask_at and not resumed:
        return ()
    if until is None or until > at:
        return [
            AnswerExtended(by=UNANSWERED, partnership=offer.partnership, question=waiting.question, answer_by=until)
        ]
    return [lapsed]
