"""The meeting rhythm of the two: which session comes next. Its terms are those of the partnership."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from coaching_events.event import BASED_ON, Confidential, PairEvent
from coaching_events.ids import PersonId, Position, SessionId
from coaching_events.moment import Moment

__all__ = ["MeetingMoved", "MeetingScheduled", "MeetingsEvent", "MeetingsStopped"]


class MeetingScheduled(PairEvent):
    """``session`` is the next session of the two, by the rhythm of their terms.

    ``offered``: ``occasion`` is no workday of both, or one of them is away, so the session has another day. It is an
    offer that either accepts for both. ``based_on`` is the position of the terms.
    """

    type: ClassVar[str] = "meeting-scheduled"

    people: tuple[PersonId, PersonId]
    session: SessionId
    occasion: date
    start: Moment
    end: Moment
    place: Confidential[str] = None
    offered: bool = False
    based_on: Annotated[Position, BASED_ON]


class MeetingMoved(PairEvent):
    """The two agreed on another time for their next session. The rhythm stays."""

    type: ClassVar[str] = "meeting-moved"

    people: tuple[PersonId, PersonId]
    session: SessionId
    start: Moment
    end: Moment


class MeetingsStopped(PairEvent):
    """No session is scheduled for now.

    ``terms``: they name no rhythm. ``pause``, ``ended``: so is the partnership. ``no-common-time``: the two have no
    working day in common as far as the calendars go; it is asked again after a week.
    """

    type: ClassVar[str] = "meetings-stopped"

    people: tuple[PersonId, PersonId]
    cause: Literal["terms", "pause", "ended", "no-common-time"]


MeetingsEvent = MeetingScheduled | MeetingMoved | MeetingsStopped
