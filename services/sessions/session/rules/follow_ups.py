"""The rule for what one of the two does after the session. Pure.

Goals makes it a promise if its owner recorded it, and a request if the other did: nobody gives another a promise.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from coaching_events.events.session import FollowUpAgreed
from coaching_events.ids import PersonId
from coaching_readmodels import PairReferenceData
from coaching_readmodels.promises import Due, due_moment
from coaching_readmodels.refusals import in_force
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
    due: Due,
    reference_data: PairReferenceData,
) -> Sequence[FollowUpAgreed]:
    """Record what one of you does after the session: you yourself (``mine``), or your partner.

    It is due at an instant, or on a date of its owner, as a promise is.
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
    moment = due_moment(owner, due, at, reference_data)
    return [FollowUpAgreed(**who(session, by), owner=owner, text=text, due=moment, due_date=due.day)]
