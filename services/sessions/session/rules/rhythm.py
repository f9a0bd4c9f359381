"""The rule that begins a session of the meeting rhythm. Pure."""

from collections.abc import Sequence
from datetime import datetime

from coaching_events.events.meetings import MeetingScheduled
from coaching_events.events.session import SessionEvent, SessionProposed, SessionScheduled
from coaching_events.ids import Position
from coaching_readmodels import PairReferenceData
from sessions.session.rules.offers import answer_until
from sessions.session.state import AnySession


def meet(
    session: AnySession | None,
    *,
    meeting: MeetingScheduled,
    based_on: Position,
    at: datetime,
    reference_data: PairReferenceData,
) -> Sequence[SessionEvent]:
    """Begin the next session of the rhythm, unless it has begun. A time that the rhythm does not name is an offer.

    ``based_on`` is the position of ``meeting``.
    """
    pair = reference_data.partnership(meeting.partnership)
    if session is not None or pair.ended_at is not None:
        return ()
    if not meeting.offered:
        return [
            SessionScheduled(
                by=meeting.by,
                partnership=meeting.partnership,
                people=meeting.people,
                proposal=based_on,
                start=meeting.start,
                end=meeting.end,
                place=meeting.place,
            )
        ]
    return [
        SessionProposed(
            by=meeting.by,
            partnership=meeting.partnership,
            people=meeting.people,
            start=meeting.start,
            end=meeting.end,
            place=meeting.place,
            answer_by=answer_until(meeting.people, meeting.start, at, pair, reference_data),
        )
    ]
