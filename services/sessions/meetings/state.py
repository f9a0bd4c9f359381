"""Which session of the two is next by their rhythm, how events change it, and the next deadline. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Literal, assert_never

from pydantic import Field

from coaching_events.envelope import Recorded
from coaching_events.events.meetings import MeetingMoved, MeetingScheduled, MeetingsEvent, MeetingsStopped
from coaching_events.ids import PartnershipId, PersonId, SessionId
from coaching_time import ASK_AGAIN
from eventlog import CannotFollow

StopCause = Literal["terms", "pause", "ended", "no-common-time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingsOf:
    """The fields of all meetings. ``number`` counts the sessions so far; ``last`` is the date of the last one."""

    partnership: PartnershipId
    people: tuple[PersonId, PersonId]
    number: int
    last: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running(MeetingsOf):
    """``session`` is the next one. When it ends (``end``, UTC), the one after it is scheduled."""

    status: Literal["running"] = "running"
    session: SessionId
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting(MeetingsOf):
    """No session is next, because of ``cause``. ``ask_at`` (UTC) is set if only the calendars prevent one."""

    status: Literal["resting"] = "resting"
    cause: StopCause
    ask_at: datetime | None


AnyMeetings = Running | Resting
Meetings = Annotated[AnyMeetings, Field(discriminator="status")]


def wake_at(meetings: AnyMeetings) -> datetime | None:
    """The next deadline (UTC). None while nothing but news can change anything."""
    return meetings.end if isinstance(meetings, Running) else meetings.ask_at


def evolve(meetings: AnyMeetings | None, recorded: Recorded[MeetingsEvent]) -> AnyMeetings:
    """Fold one event. Raises ValueError for an event that cannot follow."""
    event = recorded.event
    match event:
        case MeetingScheduled():
            return Running(
                partnership=event.partnership,
                people=event.people,
                number=1 if meetings is None else meetings.number + 1,
                last=event.occasion,
                session=event.session,
                start=event.start,
                end=event.end,
            )
        case MeetingMoved():
            if not isinstance(meetings, Running):
                raise CannotFollow(recorded)
            return replace(meetings, start=event.start, end=event.end)
        case MeetingsStopped():
            again = recorded.at + ASK_AGAIN if event.cause == "no-common-time" else None
            number, last = (0, None) if meetings is None else (meetings.number, meetings.last)
            return Resting(
                partnership=event.partnership,
                people=event.people,
                number=number,
                last=last,
                cause=event.cause,
                ask_at=again,
            )
        case _:
            assert_never(event)
