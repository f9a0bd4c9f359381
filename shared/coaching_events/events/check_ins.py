"""The check-ins of one partner in one partnership. The local due date names an occasion."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from coaching_events.event import BASED_ON, Confidential, Noted, OwnedEvent, formerly
from coaching_events.events.commitment import SuspensionCause
from coaching_events.ids import CommitmentId, GoalId, PersonalTextsId, Position
from coaching_events.moment import Moment

__all__ = [
    "CheckInAnswered",
    "CheckInExcused",
    "CheckInMissed",
    "CheckInOpened",
    "CheckInRevised",
    "CheckInSubmitted",
    "CheckInSuspended",
    "CheckInsEvent",
    "CheckInsScheduled",
    "CheckInsStarted",
    "CheckInsStopped",
]


class CheckInsStarted(OwnedEvent):
    """``owner`` checks in with ``partner`` from now on, in the time zone ``zone``. ``based_on`` is the event that
    formed the partnership.
    """

    type: ClassVar[str] = "check-ins-started"

    zone: str
    based_on: Annotated[Position, BASED_ON]


class CheckInsScheduled(OwnedEvent):
    """The current occasion, by the terms of ``terms_version``. ``based_on`` is the event that agreed on them."""

    type: ClassVar[str] = "check-ins-scheduled"

    occasion: date
    opens: Moment
    due: Moment
    grace_end: Moment
    terms_version: Annotated[int, formerly("terms_version", "terms")]
    based_on: Annotated[Position, BASED_ON]


class CheckInOpened(OwnedEvent):
    """The owner can write the check-in from now on. ``questions`` are the pair's own for this check-in, from the terms
    in force now.
    """

    type: ClassVar[str] = "check-in-opened"

    occasion: date
    due: Moment
    grace_end: Moment
    questions: tuple[Confidential[str], ...] = ()


class CheckInSubmitted(Noted, OwnedEvent):
    """The owner has written the check-in. ``goals`` and ``commitments`` are its subjects. The goals service keeps the
    texts. With ``we_talked`` the two have talked about it, and it needs no text.
    """

    type: ClassVar[str] = "check-in-submitted"

    occasion: date
    due: Moment
    late: bool
    goals: Annotated[tuple[GoalId, ...], formerly("goals", "speaks_of_goals")] = ()
    commitments: Annotated[tuple[CommitmentId, ...], formerly("commitments", "speaks_of_commitments")] = ()
    personal_texts: Annotated[PersonalTextsId | None, formerly("personal_texts", "words")] = None
    we_talked: bool = False


class CheckInRevised(Noted, OwnedEvent):
    """The owner has written the check-in anew, whole. The goals service keeps the earlier texts, too."""

    type: ClassVar[str] = "check-in-revised"

    occasion: date
    goals: tuple[GoalId, ...] = ()
    commitments: tuple[CommitmentId, ...] = ()
    personal_texts: PersonalTextsId | None = None
    we_talked: bool = False


class CheckInAnswered(OwnedEvent):
    """The partner has answered the check-in with a line. The goals service keeps the text."""

    type: ClassVar[str] = "check-in-answered"

    occasion: date
    personal_texts: PersonalTextsId


class CheckInMissed(OwnedEvent):
    """The grace ended at ``grace_end`` and the owner had written nothing."""

    type: ClassVar[str] = "check-in-missed"

    occasion: date
    due: Moment
    grace_end: Moment


class CheckInExcused(OwnedEvent):
    """No check-in was expected. ``based_on`` is the position of the cause; an outage has none.

    ``supersedes`` is a recorded miss that this event corrects. The owner can still write an excused check-in.
    """

    type: ClassVar[str] = "check-in-excused"

    occasion: date
    due: Moment
    cause: Literal["absence", "pause", "outage", "ended"]
    based_on: Annotated[Position | None, BASED_ON] = None
    supersedes: Position | None = None


class CheckInSuspended(OwnedEvent):
    """The check-in is not due yet. ``until`` is its new due moment, ``grace_end`` the end of the grace after that."""

    type: ClassVar[str] = "check-in-suspended"

    occasion: date
    due: Moment
    cause: SuspensionCause
    based_on: Annotated[Position | None, BASED_ON] = None
    until: Moment | None = None
    grace_end: Moment | None = None
    supersedes: Position | None = None


class CheckInsStopped(OwnedEvent):
    """There are no further occasions. ``based_on`` is the position of the end of the partnership."""

    type: ClassVar[str] = "check-ins-stopped"

    based_on: Annotated[Position, BASED_ON]


CheckInsEvent = (
    CheckInsStarted
    | CheckInsScheduled
    | CheckInOpened
    | CheckInSubmitted
    | CheckInRevised
    | CheckInAnswered
    | CheckInMissed
    | CheckInExcused
    | CheckInSuspended
    | CheckInsStopped
)
