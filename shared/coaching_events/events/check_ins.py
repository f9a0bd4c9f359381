"""The check-ins of one partner of one partnership. An occasion is named by the local date on which it is due."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from coaching_events.event import BASED_ON, Noted, OwnedEvent, formerly
from coaching_events.events.commitment import SuspensionCause
from coaching_events.ids import CommitmentId, GoalId, PersonalTextsId, Position
from coaching_events.moment import Moment

__all__ = [
    "CheckInExcused",
    "CheckInMissed",
    "CheckInOpened",
    "CheckInSubmitted",
    "CheckInSuspended",
    "CheckInsEvent",
    "CheckInsScheduled",
    "CheckInsStarted",
    "CheckInsStopped",
]


class CheckInsStarted(OwnedEvent):
    """``owner`` checks in with ``partner`` from now on, on the clock of ``zone``. ``based_on``: the forming."""

    type: ClassVar[str] = "check-ins-started"

    zone: str
    based_on: Annotated[Position, BASED_ON]


class CheckInsScheduled(OwnedEvent):
    """The occasion that is current now, by the terms of ``terms_version``. ``based_on`` is where those were agreed."""

    type: ClassVar[str] = "check-ins-scheduled"

    occasion: date
    opens: Moment
    due: Moment
    grace_end: Moment
    terms_version: Annotated[int, formerly("terms_version", "terms")]
    based_on: Annotated[Position, BASED_ON]


class CheckInOpened(OwnedEvent):
    """It can be written now, and is asked for."""

    type: ClassVar[str] = "check-in-opened"

    occasion: date
    due: Moment
    grace_end: Moment


class CheckInSubmitted(Noted, OwnedEvent):
    """The owner wrote. ``goals`` and ``commitments`` say about what; the texts stay in the service of goals."""

    type: ClassVar[str] = "check-in-submitted"

    occasion: date
    due: Moment
    late: bool
    goals: Annotated[tuple[GoalId, ...], formerly("goals", "speaks_of_goals")] = ()
    commitments: Annotated[tuple[CommitmentId, ...], formerly("commitments", "speaks_of_commitments")] = ()
    personal_texts: Annotated[PersonalTextsId | None, formerly("personal_texts", "words")] = None


class CheckInMissed(OwnedEvent):
    """``grace_end`` came and nothing was written."""

    type: ClassVar[str] = "check-in-missed"

    occasion: date
    due: Moment
    grace_end: Moment


class CheckInExcused(OwnedEvent):
    """Nothing was expected. ``based_on`` is the position of the cause (none for an outage).

    ``supersedes`` is the miss that a fact known too late puts right. An excused one may still be written.
    """

    type: ClassVar[str] = "check-in-excused"

    occasion: date
    due: Moment
    cause: Literal["absence", "pause", "outage", "ended"]
    based_on: Annotated[Position | None, BASED_ON] = None
    supersedes: Position | None = None


class CheckInSuspended(OwnedEvent):
    """It counts as not yet due: ``until`` is the new due moment, ``grace_end`` the grace after it."""

    type: ClassVar[str] = "check-in-suspended"

    occasion: date
    due: Moment
    cause: SuspensionCause
    based_on: Annotated[Position | None, BASED_ON] = None
    until: Moment | None = None
    grace_end: Moment | None = None
    supersedes: Position | None = None


class CheckInsStopped(OwnedEvent):
    """No more occasions. ``based_on`` is the position of the partnership's end."""

    type: ClassVar[str] = "check-ins-stopped"

    based_on: Annotated[Position, BASED_ON]


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
