"""The check-ins of one partner of one partnership. An occasion is named by the local date on which it is due."""

from datetime import date
from typing import ClassVar, Literal

from coaching_events.commitment import SuspensionCause
from coaching_events.event import Noted, OwnedEvent
from coaching_events.ids import CommitmentId, GoalId, Position, WordsId
from coaching_events.moment import Moment


class CheckInsStarted(OwnedEvent):
    """``owner`` checks in with ``partner`` from now on, on the clock of ``zone``. ``taken``: the forming."""

    type: ClassVar[str] = "check-ins-started"

    zone: str
    taken: Position


class CheckInsScheduled(OwnedEvent):
    """The occasion that is current now. ``taken`` is the position of the terms it follows, ``terms`` their version."""

    type: ClassVar[str] = "check-ins-scheduled"

    occasion: date
    opens: Moment
    due: Moment
    grace_end: Moment
    terms: int
    taken: Position


class CheckInOpened(OwnedEvent):
    """It can be written now, and is asked for."""

    type: ClassVar[str] = "check-in-opened"

    occasion: date
    due: Moment
    grace_end: Moment


class CheckInSubmitted(Noted, OwnedEvent):
    """The owner wrote. ``speaks_of…`` are what it is about; the texts themselves lie under ``words`` at home."""

    type: ClassVar[str] = "check-in-submitted"

    occasion: date
    due: Moment
    late: bool
    speaks_of_goals: tuple[GoalId, ...] = ()
    speaks_of_commitments: tuple[CommitmentId, ...] = ()
    words: WordsId | None = None


class CheckInMissed(OwnedEvent):
    """``grace_end`` came and nothing was written."""

    type: ClassVar[str] = "check-in-missed"

    occasion: date
    due: Moment
    grace_end: Moment


class CheckInExcused(OwnedEvent):
    """Nothing was expected. ``taken`` is the position of the cause (none for an outage).

    ``supersedes`` is the miss that a fact known too late puts right. An excused one may still be written.
    """

    type: ClassVar[str] = "check-in-excused"

    occasion: date
    due: Moment
    cause: Literal["absence", "pause", "outage", "ended"]
    taken: Position | None = None
    supersedes: Position | None = None


class CheckInSuspended(OwnedEvent):
    """It counts as not yet due: ``until`` is the new due moment, ``grace_end`` the grace after it."""

    type: ClassVar[str] = "check-in-suspended"

    occasion: date
    due: Moment
    cause: SuspensionCause
    taken: Position | None = None
    until: Moment | None = None
    grace_end: Moment | None = None
    supersedes: Position | None = None


class CheckInsStopped(OwnedEvent):
    """No more occasions. ``taken`` is the position of the partnership's end."""

    type: ClassVar[str] = "check-ins-stopped"

    taken: Position


CheckInsEvent = (
    CheckInsStarted
    | CheckInsScheduled
    | CheckInOpened
    | CheckInSubmitted
    | CheckInMissed
    | CheckInExcused
    | CheckInSuspended
    | CheckInsStopped
)
