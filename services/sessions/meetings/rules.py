"""The rules for the next session by the meeting rhythm. Both agreed to the rhythm, so nobody is asked. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from coaching_events.events.meetings import MeetingMoved, MeetingScheduled, MeetingsEvent, MeetingsStopped
from coaching_events.ids import PartnershipId, RuleName, SessionId, StreamId
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_time import NoWorkingTime, meeting_after, rhythm_of
from eventlog import derived_stream
from sessions.meetings.state import AnyMeetings, Resting, Running, StopCause

RHYTHM: Final = RuleName("rule:meeting-rhythm")


def renew(
    meetings: AnyMeetings | None, *, partnership: PartnershipId, at: datetime, reference_data: PairReferenceData
) -> Sequence[MeetingsEvent]:
    """Schedule a session if none is next and the terms name a rhythm. The end of the partnership stops it."""
    pair = reference_data.partnership(partnership)
    match meetings:
        case Running():
            return [_stopped(partnership, pair, "ended")] if _why_not(pair, at) == "ended" else ()
        case None | Resting():
            return () if _why_not(pair, at) is not None else following(meetings, partnership, at, reference_data)


def give_up(
    meetings: AnyMeetings | None, *, session: StreamId, at: datetime, reference_data: PairReferenceData
) -> Sequence[MeetingsEvent]:
    """The session will not take place: the one after it is next. Other sessions of the two change nothing."""
    if not isinstance(meetings, Running) or meetings.session != session:
        return ()
    return following(meetings, meetings.partnership, at, reference_data)


def follow(
    meetings: AnyMeetings | None, *, session: StreamId, start: datetime, end: datetime
) -> Sequence[MeetingMoved]:
    """The two gave the session another time: the one after it is scheduled when it ends. The rhythm stays."""
    if (
        not isinstance(meetings, Running)
        or meetings.session != session
        or (start, end) == (meetings.start, meetings.end)
    ):
        return ()
    return [
        MeetingMoved(
            by=RHYTHM,
            partnership=meetings.partnership,
            people=meetings.people,
            session=meetings.session,
            start=start,
            end=end,
        )
    ]


def following(
    meetings: AnyMeetings | None, partnership: PartnershipId, after: datetime, reference_data: PairReferenceData
) -> Sequence[MeetingScheduled | MeetingsStopped]:
    """The next session after an instant (UTC), by the terms in force now; or why there is none."""
    pair = reference_data.partnership(partnership)
    why_not = _why_not(pair, after)
    agreed = pair.terms.meetings
    if why_not is not None or agreed is None:
        return [_stopped(partnership, pair, why_not or "terms")]
    people = [reference_data.time(person) for person in pair.people]
    last = None if meetings is None else meetings.last
    try:
        meeting = meeting_after(rhythm_of(agreed), agreed.zone, people, last, after)
    except NoWorkingTime:
        return [_stopped(partnership, pair, "no-common-time")]
    number = 1 if meetings is None else meetings.number + 1
    return [
        MeetingScheduled(
            by=RHYTHM,
            partnership=partnership,
            people=pair.people,
            session=SessionId(derived_stream("session", "meeting", partnership, str(number))),
            occasion=meeting.occasion,
            start=meeting.start,
            end=meeting.start + timedelta(minutes=agreed.minutes),
            place=agreed.place,
            offered=meeting.offered,
            based_on=pair.terms_taken,
        )
    ]


def _why_not(pair: PartnershipReadModel, at: datetime) -> StopCause | None:
    if pair.ended_at is not None:
        return "ended"
    if pair.status != "formed" or pair.terms.meetings is None:
        return "terms"
    return "pause" if pair.pause_at(at) is not None else None


def _stopped(partnership: PartnershipId, pair: PartnershipReadModel, cause: StopCause) -> MeetingsStopped:
    return MeetingsStopped(by=RHYTHM, partnership=partnership, people=pair.people, cause=cause)
