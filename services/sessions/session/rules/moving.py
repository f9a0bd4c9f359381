"""The rules for an agreed session whose time does not suit: propose another time, or cancel it. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from coaching_events.events.session import RescheduleProposed, SessionCancelled
from coaching_events.ids import PersonId
from coaching_readmodels import PairReferenceData
from coaching_readmodels.refusals import check_rounds, in_force
from coaching_time import USUAL, is_away, local_date
from eventlog import Refused
from sessions.session.rules.offers import answer_until, check_another_time, check_start
from sessions.session.rules.overlaps import overlaps
from sessions.session.state import AnySession, Scheduled, who

EARLY_NOTICE: Final = timedelta(hours=24)
"""A cancellation later than this before the start is late notice."""


def reschedule(
    session: AnySession,
    *,
    by: PersonId,
    at: datetime,
    start: datetime,
    length: timedelta | None,
    place: str | None = None,
    rounds: int = USUAL.rounds,
    reference_data: PairReferenceData,
) -> Sequence[RescheduleProposed]:
    """Propose another time for an agreed session. Until the partner agrees, the agreed time holds.

    A pause does not prevent it. Without ``length`` or ``place`` that stays. ``rounds``: the most withdrawals within a
    day that do not block it.
    """
    pair = in_force(session.partnership, by, reference_data)
    agreed = _not_begun(session, at)
    if agreed.offer is not None:
        raise Refused(
            "reschedule-open",
            "Another time for this session waits for an answer: answer it, or withdraw it, first.",
            offer=agreed.offer.waiting.question,
            start=agreed.offer.start,
        )
    check_rounds(agreed.taken_back, rounds, at)
    check_start(start, at)
    end = start + (length or agreed.end - agreed.start)
    check_another_time(agreed, start, end)
    until = answer_until([agreed.other(by)], min(start, agreed.start), at, pair, reference_data)
    where = agreed.content.place if place is None else place
    return [RescheduleProposed(**who(agreed, by), start=start, end=end, place=where, answer_by=until)]


def cancel(
    session: AnySession, *, by: PersonId, at: datetime, reference_data: PairReferenceData
) -> Sequence[SessionCancelled]:
    """Cancel the session before it starts. A proposal of another time ends with it.

    Less than 24 hours ahead is late notice. It is not if the canceller is absent, or if an absence or a pause overlaps
    the session: the partner expects the cancellation then.
    """
    in_force(session.partnership, by, reference_data)
    agreed = _not_begun(session, at)
    away = is_away(reference_data.time(by), local_date(reference_data.person(by).zone, at)) or bool(
        overlaps(agreed, reference_data)
    )
    late = agreed.start - at < EARLY_NOTICE and not away
    return [SessionCancelled(**who(agreed, by), start=agreed.start, cause="partner", late_notice=late)]


def _not_begun(session: AnySession, at: datetime) -> Scheduled:
    if not isinstance(session, Scheduled):
        raise Refused("session-not-agreed", "You two have no agreed time for this session.", status=session.status)
    if at >= session.start:
        raise Refused(
            "session-has-begun", "This session has begun: report how it went afterwards.", start=session.start
        )
    return session
