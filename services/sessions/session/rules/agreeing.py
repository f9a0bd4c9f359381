"""The rules for agreeing on the time of a session. Pure: time, ids and reference data are arguments."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from coaching_events.events.session import (
    RescheduleDeclined,
    RescheduleProposed,
    RescheduleWithdrawn,
    SessionDeclined,
    SessionEvent,
    SessionProposed,
    SessionRescheduled,
    SessionScheduled,
    SessionWithdrawn,
)
from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_readmodels import PairReferenceData
from coaching_readmodels.refusals import check_rounds, in_force
from coaching_time import USUAL, AskingLimits
from eventlog import Refused
from sessions.session.rules.offers import answer_until, check_another_time, check_start, offered_to, open_offer
from sessions.session.rules.overlaps import overlaps
from sessions.session.state import AnySession, Proposed, Scheduled, who


def propose(
    *,
    partnership: PartnershipId,
    by: PersonId,
    at: datetime,
    start: datetime,
    length: timedelta,
    title: str | None,
    place: str | None = None,
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
            "You have offered {most} sessions without an answer: wait for one, or withdraw an offer.",
            open=open_offers,
            most=limits.sessions,
        )
    check_rounds(taken_back, limits.rounds, at)
    check_start(start, at)
    other = pair.other(by)
    return [
        SessionProposed(
            by=by,
            partnership=partnership,
            people=(by, other),
            start=start,
            end=start + length,
            title=title,
            place=place,
            answer_by=answer_until([other], start, at, pair, reference_data),
        )
    ]


def propose_time(
    session: AnySession,
    *,
    by: PersonId,
    at: datetime,
    start: datetime,
    length: timedelta | None,
    place: str | None = None,
    reference_data: PairReferenceData,
) -> Sequence[SessionProposed | RescheduleProposed]:
    """Answer an offer with another time. The partner answers it next. Without ``length`` or ``place`` that stays."""
    pair = in_force(session.partnership, by, reference_data)
    standing, offer = offered_to(session, by)
    check_start(start, at)
    end = start + (length or offer.end - offer.start)
    where = offer.place if place is None else place
    if (start, end) == (offer.start, offer.end):
        raise Refused("time-unchanged", "This time is offered already: accept it.", start=start)
    counters = offer.waiting.question
    match standing:
        case Proposed():
            until = answer_until([standing.other(by)], start, at, pair, reference_data)
            return [
                SessionProposed(
                    **who(standing, by),
                    start=start,
                    end=end,
                    title=standing.title,
                    place=where,
                    counters=counters,
                    answer_by=until,
                )
            ]
        case Scheduled():
            check_another_time(standing, start, end)
            until = answer_until([standing.other(by)], min(start, standing.start), at, pair, reference_data)
            return [
                RescheduleProposed(
                    **who(standing, by), start=start, end=end, place=where, counters=counters, answer_by=until
                )
            ]


def accept(
    session: AnySession, *, by: PersonId, at: datetime, offer: Position | None, reference_data: PairReferenceData
) -> Sequence[SessionEvent]:
    """Accept the time that the partner offers, even one that needs a new time. ``offer`` names the offer to accept."""
    in_force(session.partnership, by, reference_data)
    standing, offered = offered_to(session, by)
    if offer is not None and offer != offered.waiting.question:
        raise Refused(
            "another-time-is-offered",
            "Your partner has offered another time since: look at that one.",
            offer=offered.waiting.question,
            start=offered.start,
        )
    if at >= standing.answer_until:
        raise Refused("time-has-passed", "It is too late for the offered time: suggest another one.")
    proposal, start, end, place = offered.waiting.question, offered.start, offered.end, offered.place
    match standing:
        case Proposed():
            scheduled = SessionScheduled(
                **who(standing, by), proposal=proposal, start=start, end=end, title=standing.title, place=place
            )
            return [scheduled, *overlaps(standing, reference_data)]
        case Scheduled():
            moved = SessionRescheduled(
                **who(standing, by), proposal=proposal, start=start, end=end, place=place, previous_start=standing.start
            )
            return [moved, *overlaps(replace(standing, start=start, end=end), reference_data)]


def decline(
    session: AnySession, *, by: PersonId, reference_data: PairReferenceData
) -> Sequence[SessionDeclined | RescheduleDeclined]:
    """Decline the time that the partner offers. An agreed session stays where it is."""
    in_force(session.partnership, by, reference_data)
    standing, offer = offered_to(session, by)
    match standing:
        case Proposed():
            return [SessionDeclined(**who(standing, by))]
        case Scheduled():
            return [RescheduleDeclined(**who(standing, by), proposal=offer.waiting.question)]


def withdraw(
    session: AnySession, *, by: PersonId, reference_data: PairReferenceData
) -> Sequence[SessionWithdrawn | RescheduleWithdrawn]:
    """Withdraw the own offer. An agreed session stays where it is."""
    in_force(session.partnership, by, reference_data)
    standing, offer = open_offer(session)
    if offer.by != by:
        raise Refused("not-your-offer", "You did not offer this time: accept it, decline it, or offer another.")
    match standing:
        case Proposed():
            return [SessionWithdrawn(**who(standing, by))]
        case Scheduled():
            return [RescheduleWithdrawn(**who(standing, by), proposal=offer.waiting.question)]
