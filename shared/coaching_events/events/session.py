"""A session of the two: a time that both agreed to, and what each said about it afterwards."""

from typing import Annotated, ClassVar, Literal

from coaching_events.event import BASED_ON, Confidential, Noted, PairEvent
from coaching_events.events.answers import AnswerExtended
from coaching_events.ids import PersonId, Position
from coaching_events.moment import Moment

__all__ = [
    "SessionCancelled",
    "SessionDeclined",
    "SessionDisputed",
    "SessionEvent",
    "SessionHeld",
    "SessionLapsed",
    "SessionMissed",
    "SessionNeedsANewTime",
    "SessionProposed",
    "SessionReported",
    "SessionScheduled",
    "SessionWithdrawn",
]


class SessionEventBase(PairEvent):
    """``people`` are the two, the one who first proposed the session before the other."""

    people: tuple[PersonId, PersonId]


class SessionProposed(Noted, SessionEventBase):
    """``by`` offers a time; ``counters`` is the position of the offer that it answers."""

    type: ClassVar[str] = "session-proposed"

    start: Moment
    end: Moment
    title: Confidential[str] = None
    counters: Position | None = None
    answer_by: Moment


class SessionDeclined(Noted, SessionEventBase):
    """The other said no to the time."""

    type: ClassVar[str] = "session-declined"


class SessionWithdrawn(Noted, SessionEventBase):
    """The one who offered the time took it back."""

    type: ClassVar[str] = "session-withdrawn"


class SessionScheduled(Noted, SessionEventBase):
    """The other accepted the time proposed at ``proposal``."""

    type: ClassVar[str] = "session-scheduled"

    proposal: Position
    start: Moment
    end: Moment
    title: Confidential[str] = None


class SessionNeedsANewTime(SessionEventBase):
    """The time overlaps an absence of ``whose``, or a pause (then nobody's). ``based_on`` is that fact's position."""

    type: ClassVar[str] = "session-needs-a-new-time"

    start: Moment
    end: Moment
    cause: Literal["absence", "pause"]
    whose: PersonId | None = None
    based_on: Annotated[Position, BASED_ON]


class SessionReported(Noted, SessionEventBase):
    """``by`` says whether they were there themselves, and whether the other was, or nothing about the other."""

    type: ClassVar[str] = "session-reported"

    present: bool
    partner_present: bool | None = None


class SessionHeld(SessionEventBase):
    """Both were there: both said so, or one did and nobody denied it for two working days (``single_report``)."""

    type: ClassVar[str] = "session-held"

    start: Moment
    end: Moment
    single_report: bool = False


class SessionMissed(SessionEventBase):
    """``missed_by`` are those who said of themselves that they were not there."""

    type: ClassVar[str] = "session-missed"

    start: Moment
    end: Moment
    missed_by: tuple[PersonId, ...]


class SessionCancelled(Noted, SessionEventBase):
    """It will not take place. ``late_notice``: less than 24 hours ahead by somebody who was not absent."""

    type: ClassVar[str] = "session-cancelled"

    start: Moment
    cause: Literal["partner", "ended"]
    late_notice: bool


class SessionDisputed(SessionEventBase):
    """Both were there, and one says that the other was not. It has no consequence but a conversation."""

    type: ClassVar[str] = "session-disputed"

    start: Moment
    end: Moment


class SessionLapsed(SessionEventBase):
    """Nothing came of it, attributed to nobody.

    ``unanswered``: the offer; ``unreported``: nobody told how it went; ``one-sided``: one said that the other was not
    there, and the other said nothing; ``ended``: the partnership ended before the offer was answered.
    """

    type: ClassVar[str] = "session-lapsed"

    cause: Literal["unanswered", "unreported", "one-sided", "ended"]


SessionEvent = (
    SessionProposed
    | SessionDeclined
    | SessionWithdrawn
    | SessionScheduled
    | SessionNeedsANewTime
    | SessionReported
    | SessionHeld
    | SessionMissed
    | SessionCancelled
    | SessionDisputed
    | SessionLapsed
    | AnswerExtended
)
