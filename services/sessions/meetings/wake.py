"""The deadline of meetings: the next session has ended, so the one after it is scheduled. Pure."""

from collections.abc import Sequence
from datetime import datetime

from coaching_events.events.meetings import MeetingsEvent
from coaching_readmodels import PairReferenceData
from sessions.meetings.rules import following
from sessions.meetings.state import AnyMeetings, wake_at


def wake(
    meetings: AnyMeetings, /, *, at: datetime, now: datetime, reference_data: PairReferenceData
) -> Sequence[MeetingsEvent]:
    """The events that follow at the instant ``at``, handled at ``now`` (both UTC). May be none.

    Occasions that passed because the suite was down are left out: nobody can meet in the past.
    """
    due = wake_at(meetings)
    if due is None or at < due:
        return ()
    return following(meetings, meetings.partnership, max(at, now), reference_data)
