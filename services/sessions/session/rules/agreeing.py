"""A session of the two: what each may do about its time. Pure; time, ids and facts come in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_events.session import (
    SessionCancelled,
    SessionDeclined,
    SessionEvent,
    SessionProposed,
    SessionScheduled,
    SessionWithdrawn,
)
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_time import TAKEN_BACK_OFTEN, USUAL, AskingLimits, ask_again_at, is_away, local_date
from eventlog import NotFound, Refused
from sessions.session.rules.overlaps import overlaps
from sessions.session.rules.periods import awaited_until
from sessions.session.state import AnySession, Proposed, Scheduled, who

ANSWER_DAYS: Final = 10
"""Working days of the one who is asked for answering an offer; at its start it lapses in any case."""
EARLY_NOTICE: Final = timedelta(hours=24)
"""Cancelling later than this before the start is late notice."""


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
    """Offer the other a time for a session.

    ``open_offers`` is how many of ``by`` wait for the other's answer, ``taken_back`` when ``by`` withdrew some.
    """
    pair = _in_force(partnership, by, reference_data)
    if pair.pause_at(at) is not None:
        raise Refused("partnership-paused", "Your partnership is paused: propose a session when it goes on.")
    if open_offers >= limits.sessions:
        raise Refused(
            "too-many-sessions-open",
            f"{limits.sessions} sessions that you offered are open: wait for an answer, or withdraw one.",
            open=open_offers,
            most=limits.sessions,
        )
    until = ask_again_at(taken_back, limits.rounds, at)
    if until is not None:
        raise Refused("taken-back-too-often", TAKEN_BACK_OFTEN, until=until, most=limits.rounds)
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
    """Answer an offer with another time, which is then the other's to answer. Without ``length`` it stays as long."""
    pair = _in_force(session.partnership, by, reference_data)
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
    """Agree to the time that the other offers; ``offer`` names it, if one wants to be sure which. It may be flagged."""
    _in_force(session.partnership, by, reference_data)
    offered = _offered_to(session, by, "accepted")
    if offer is not None and offer != offered.waiting.question:
        raise Refused(
            "another-time-is-offered",
            "In the meantime another time was offered: look at that one.",
            offer=offered.waiting.question,
            start=offered.start,
        )
    if at >= offered.start:
        raise Refused("time-has-passed", "The time that was offered has come: propose a new session.")
    scheduled = SessionScheduled(
        **who(offered, by), proposal=offered.waiting.question, start=offered.start, end=offered.end, title=offered.title
    )
    return [scheduled, *overlaps(offered, reference_data)]


def decline(session: AnySession, *, by: PersonId, reference_data: PairReferenceData) -> Sequence[SessionDeclined]:
    """Say no to the time that the other offers."""
    _in_force(session.partnership, by, reference_data)
    return [SessionDeclined(**who(_offered_to(session, by, "declined"), by))]


def withdraw(session: AnySession, *, by: PersonId, reference_data: PairReferenceData) -> Sequence[SessionWithdrawn]:
    """Take back the time that one offered."""
    _in_force(session.partnership, by, reference_data)
    offer = _offer(session, "withdrawn")
    if offer.offered_by != by:
        raise Refused("not-your-offer", "Your partner offered this time: accept it, decline it, or offer another.")
    return [SessionWithdrawn(**who(offer, by))]


def cancel(
    session: AnySession, *, by: PersonId, at: datetime, reference_data: PairReferenceData
) -> Sequence[SessionCancelled]:
    """Say before it starts that it will not take place.

    Less than 24 hours ahead is late notice, unless the canceller is away or the time was overtaken by an absence or a
    pause: then the other is not surprised by it.
    """
    _in_force(session.partnership, by, reference_data)
    if not isinstance(session, Scheduled):
        raise Refused(
            "session-not-agreed", f"This session is {session.status}; it cannot be cancelled.", status=session.status
        )
    if at >= session.start:
        raise Refused("session-has-begun", "It has begun: tell afterwards how it went.", start=session.start)
    away = is_away(reference_data.time(by), local_date(reference_data.person(by).zone, at)) or bool(
        overlaps(session, reference_data)
    )
    late = session.start - at < EARLY_NOTICE and not away
    return [SessionCancelled(**who(session, by), start=session.start, cause="partner", late_notice=late)]


def _in_force(partnership: PartnershipId, by: PersonId, reference_data: PairReferenceData) -> PartnershipReadModel:
    pair = reference_data.partnership(partnership)
    if by not in pair.people:
        raise NotFound(partnership)
    if pair.status == "ended":
        raise Refused("partnership-ended", "This partnership has ended; what was said in it can still be read.")
    if pair.status != "formed":
        raise Refused("partnership-not-formed", "Both of you must first agree to the partnership.", status=pair.status)
    return pair


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
        raise Refused("start-in-the-past", "A session starts in the future.", start=start, now=at)


def _answer_by(
    answerer: PersonId, start: datetime, at: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> datetime:
    """The end of the answerer's time, at the latest the start; that also where a pause or absence has no end."""
    until = awaited_until([answerer], at, ANSWER_DAYS, pair, reference_data, if_endless=start)
    return start if until is None else min(until, start)
