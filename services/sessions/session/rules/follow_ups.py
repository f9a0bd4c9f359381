"""The rule for what one of the two does after the session. Pure.

Goals makes it a promise if its owner recorded it, and a request if the other did: nobody gives another a promise.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from coaching_events.events.session import FollowUpAgreed
from coaching_events.ids import PersonId
from coaching_readmodels import PairReferenceData
from coaching_readmodels.refusals import in_force
from coaching_time import NoWorkingTime, due_on
from eventlog import Refused
from sessions.session.state import AnySession, Held, Scheduled, who

MOST_FOLLOW_UPS: Final = 20
"""The most follow-ups of one session."""


def agree_follow_up(
    session: AnySession,
    *,
    by: PersonId,
    at: datetime,
    mine: bool,
    text: str,
    instant: datetime | None,
    day: date | None,
    reference_data: PairReferenceData,
) -> Sequence[FollowUpAgreed]:
    """Record what one of you does after the session: you yourself (``mine``), or your partner.

    It is due at an instant, or on a date of its owner. A date in the past is refused here.
    """
    in_force(session.partnership, by, reference_data)
    if not isinstance(session, Scheduled | Held):
        raise Refused(
            "session-not-agreed",
            "A follow-up is agreed in a session that is agreed or was held.",
            status=session.status,
        )
    if len(session.content.follow_ups) >= MOST_FOLLOW_UPS:
        raise Refused(
            "too-many-follow-ups",
            "You have agreed on as many follow-ups as one session can have.",
            most=MOST_FOLLOW_UPS,
        )
    owner = by if mine else session.other(by)
    due = _due(owner, instant, day, reference_data)
    if due <= at:
        raise Refused("due-in-the-past", "Name a date or a moment in the future.", due=due, now=at)
    return [FollowUpAgreed(**who(session, by), owner=owner, text=text, due=due, due_date=day)]


def _due(owner: PersonId, instant: datetime | None, day: date | None, reference_data: PairReferenceData) -> datetime:
    if instant is not None and day is not None:
        raise Refused("no-due-moment", "Name a date or a moment, not both.")
    if instant is not None:
        return instant
    if day is None:
        raise Refused("no-due-moment", "Say until when: a date, or a moment.")
    try:
        return due_on(reference_data.time(owner), day)
    except NoWorkingTime:
        raise Refused(
            "no-due-moment", "Name a date by which it can be done: there is no working time so far ahead.", day=day
        ) from None
