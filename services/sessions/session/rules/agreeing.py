"""The rules for agreeing on the time of a session. Pure: time, ids and reference data are arguments."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from coaching_events.events.session import (
    SessionCancelled,
    SessionDeclined,
    SessionEvent,
    SessionProposed,
    SessionScheduled,
    SessionWithdrawn,
)
from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_readmodels.refusals import check_rounds, in_force
from coaching_time import USUAL, AskingLimits, is_away, local_date
from eventlog import Refused
from sessions.session.rules.overlaps import overlaps
from sessions.session.rules.periods import awaited_until
from sessions.session.state import AnySession, Proposed, Scheduled, who

ANSWER_DAYS: Final = 10
"""Working days of the partner to answer an offer. It lapses at the start of the session at the latest."""
EARLY_NOTICE: Final = timedelta(hours=24)
"""A cancellation later than this before the start is late notice."""


def propose(
    *,
    partnership: PartnershipId,
    by: PersonId,
    at: datetime,
    start: datetime,
    length: timedelta,
    title: str | None,
    open_offers: int = 0,
    taken_back: Sequence[datetime] = (),
    limits: AskingLimits = USUAL,
    reference_data: PairReferenceData,
) -> Sequence[SessionProposed]:
    """Offer the partner a time for a session.

    ``open_offers`` is the number of offers of ``by`` without an answer, ``taken_back`` the times of their withdrawals
    (UTC).
    """
    pair = in_force(partnership, by, reference_data)
    if pair.pause_at(at) is not None:
        raise Refused("partnership-paused", "Your partnership is paused: propose a session when the pause is over.")
    if open_offers >= limits.sessions:
        raise Refused(
            "too-many-sessions-open",
            f"You have offered {limits.sessions} sessions without an answer: wait for one, or withdraw an offer.",
            open=open_offers,
            most=limits.sessions,
        )
    check_rounds(taken_back, limits.rounds, at)
    _refuse_past(start, at)
    other = pair.other(by)
    return [
        SessionProposed(
            by=by,
            partnership=partnership,
            people=(by, other),
            start=start,
            end=start + length,
            title=title,
            answer_by=_answer_by(other, start, at, pair, reference_data),
        )
    ]


def propose_time(
    session: AnySession,
    *,
    by: PersonId,
    at: datetime,
    start: datetime,
    length: timedelta | None,
    reference_data: PairReferenceData,
) -> Sequence[SessionProposed]:
    """Answer an offer with another time. The partner answers it next. Without ``length`` the length stays."""
    pair = in_force(session.partnership, by, reference_data)
    offer = _offered_to(session, by, "answered with another time")
    _refuse_past(start, at)
    return [
        SessionProposed(
            **who(offer, by),
            start=start,
            end=start + (length or offer.end - offer.start),
            title=offer.title,
            counters=offer.waiting.question,
            answer_by=_answer_by(offer.offered_by, start, at, pair, reference_data),
        )
    ]


def accept(
    session: AnySession, *, by: PersonId, at: datetime, offer: Position | None, reference_data: PairReferenceData
) -> Sequence[SessionEvent]:
    """Accept the time that the partner offers, even one that needs a new time. ``offer`` names the offer to accept."""
    in_force(session.partnership, by, reference_data)
    offered = _offered_to(session, by, "accepted")
    if offer is not None and offer != offered.waiting.question:
        raise Refused(
            "another-time-is-offered",
            "Your partner has offered another time since: look at that one.",
            offer=offered.waiting.question,
            start=offered.start,
        )
    if at >= offered.start:
        raise Refused("time-has-passed", "The offered time has come: propose a new session.")
    scheduled = SessionScheduled(
        **who(offered, by), proposal=offered.waiting.question, start=offered.start, end=offered.end, title=offered.title
    )
    return [scheduled, *overlaps(offered, reference_data)]


def decline(session: AnySession, *, by: PersonId, reference_data: PairReferenceData) -> Sequence[SessionDeclined]:
    """Decline the time that the partner offers."""
    in_force(session.partnership, by, reference_data)
    return [SessionDeclined(**who(_offered_to(session, by, "declined"), by))]


def withdraw(session: AnySession, *, by: PersonId, reference_data: PairReferenceData) -> Sequence[SessionWithdrawn]:
    """Withdraw the own offer."""
    in_force(session.partnership, by, reference_data)
    offer = _offer(session, "withdrawn")
    if offer.offered_by != by:
        raise Refused("not-your-offer", "Your partner offered this time: accept it, decline it, or offer another.")
    return [SessionWithdrawn(**who(offer, by))]


def cancel(
    session: AnySession, *, by: PersonId, at: datetime, reference_data: PairReferenceData
) -> Sequence[SessionCancelled]:
    """Cancel the session before it starts.

    Less than 24 hours ahead is late notice. It is not if the canceller is absent, or if an absence or a pause overlaps
    the
    session: the partner expects the cancellation then.
    """
    in_force(session.partnership, by, reference_data)
    if not isinstance(session, Scheduled):
        raise Refused(
            "session-not-agreed", f"This session is {session.status}; it cannot be cancelled.", status=session.status
        )
    if at >= session.start:
        raise Refused(
            "session-has-begun", "This session has begun: report how it went afterwards.", start=session.start
        )
    away = is_away(reference_data.time(by), local_date(reference_data.person(by).zone, at)) or bool(
        overlaps(session, reference_data)
    )
    late = session.start - at < EARLY_NOTICE and not away
    return [SessionCancelled(**who(session, by), start=session.start, cause="partner", late_notice=late)]


def _offer(session: AnySession, verb: str) -> Proposed:
    if isinstance(session, Proposed):
        return session
    raise Refused("no-open-offer", f"This session is {session.status}; it cannot be {verb}.", status=session.status)


def _offered_to(session: AnySession, by: PersonId, verb: str) -> Proposed:
    offer = _offer(session, verb)
    if offer.offered_by == by:
        raise Refused("your-own-offer", f"You offered this time: only your partner's offers can be {verb} by you.")
    return offer


def _refuse_past(start: datetime, at: datetime) -> None:
    if start <= at:
        raise Refused("start-in-the-past", "Name a start in the future.", start=start, now=at)


def _answer_by(
    answerer: PersonId, start: datetime, at: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> datetime:
    """The end of the answer period, at the latest the start of the session (UTC); the start, if there is no end."""
    until = awaited_until([answerer], at, ANSWER_DAYS, pair, reference_data, if_endless=start)
    return start if until is None else min(until, start)
