"""The open offer of a time for a session: who may answer it, and until when. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from coaching_events.ids import PersonId
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from eventlog import Refused
from sessions.session.rules.periods import awaited_until
from sessions.session.state import AnySession, Offer, Proposed, Scheduled

FURTHEST: Final = timedelta(days=2 * 366)
"""The longest time from now to the start of a session."""
ANSWER_DAYS: Final = 10
"""Working days of the partner to answer an offer. It lapses at the start of the session at the latest."""


def open_offer(session: AnySession) -> tuple[Proposed | Scheduled, Offer]:
    """The session and its open offer. Raises Refused if it has none."""
    match session:
        case Proposed(offer=offer) | Scheduled(offer=Offer() as offer):
            return session, offer
        case _:
            raise Refused("no-open-offer", "No time is offered here that waits for an answer.", status=session.status)


def offered_to(session: AnySession, by: PersonId) -> tuple[Proposed | Scheduled, Offer]:
    """The session and its open offer, which ``by`` may answer. Raises Refused for their own offer."""
    standing, offer = open_offer(session)
    if offer.by == by:
        raise Refused("your-own-offer", "You offered this time: your partner answers it.")
    return standing, offer


def check_start(start: datetime, at: datetime) -> None:
    """Raise Refused for a start that is not in the future, or too far in it."""
    if start <= at:
        raise Refused("start-in-the-past", "Name a start in the future.", start=start, now=at)
    if start > at + FURTHEST:
        raise Refused("start-too-far", "Name a start within the next two years.", start=start)


def check_another_time(agreed: Scheduled, start: datetime, end: datetime) -> None:
    """Raise Refused for the time that both agreed to."""
    if (start, end) == (agreed.start, agreed.end):
        raise Refused("time-unchanged", "The session is at this time already.", start=start)


def answer_until(
    answerers: Sequence[PersonId],
    latest: datetime,
    at: datetime,
    pair: PartnershipReadModel,
    reference_data: PairReferenceData,
) -> datetime:
    """The end of the answer period of these people, at the latest ``latest`` (UTC); ``latest``, if no end is known."""
    until = awaited_until(answerers, at, ANSWER_DAYS, pair, reference_data, if_endless=latest)
    return latest if until is None else min(until, latest)
