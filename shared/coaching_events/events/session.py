"""A session of the two: a time that both agreed to, and what each reports about it afterwards."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from coaching_events.event import BASED_ON, Confidential, Noted, PairEvent
from coaching_events.events.answers import AnswerExtended
from coaching_events.ids import PersonalTextsId, PersonId, Position
from coaching_events.moment import Moment

__all__ = [
    "AgendaItemAdded",
    "AgendaItemDiscussed",
    "AgendaItemRemoved",
    "FollowUpAgreed",
    "ReflectionWritten",
    "ReflectionsOpened",
    "RescheduleDeclined",
    "RescheduleLapsed",
    "RescheduleProposed",
    "RescheduleWithdrawn",
    "SessionCancelled",
    "SessionDeclined",
    "SessionDisputed",
    "SessionEvent",
    "SessionHeld",
    "SessionLapsed",
    "SessionMissed",
    "SessionNeedsANewTime",
    "SessionNotesWritten",
    "SessionPlaceChanged",
    "SessionProposed",
    "SessionReported",
    "SessionRescheduled",
    "SessionScheduled",
    "SessionWithdrawn",
]


class SessionEventBase(PairEvent):
    """``people`` are the two partners, the first proposer first."""

    people: tuple[PersonId, PersonId]


class SessionProposed(Noted, SessionEventBase):
    """``by`` offers a time. ``counters`` is the position of the offer that this answers.

    A rule offers a time of the meeting rhythm that suits only one of the two. Then either accepts it for both.
    """

    type: ClassVar[str] = "session-proposed"

    start: Moment
    end: Moment
    title: Confidential[str] = None
    place: Confidential[str] = None
    counters: Position | None = None
    answer_by: Moment


class SessionDeclined(Noted, SessionEventBase):
    """The other partner declines the time."""

    type: ClassVar[str] = "session-declined"


class SessionWithdrawn(Noted, SessionEventBase):
    """The partner who offered the time withdraws it."""

    type: ClassVar[str] = "session-withdrawn"


class SessionScheduled(Noted, SessionEventBase):
    """The other partner accepts the time proposed at ``proposal``.

    A rule schedules the next session of the meeting rhythm; ``proposal`` is then the position in the meetings.
    """

    type: ClassVar[str] = "session-scheduled"

    proposal: Position
    start: Moment
    end: Moment
    title: Confidential[str] = None
    place: Confidential[str] = None


class RescheduleProposed(Noted, SessionEventBase):
    """``by`` proposes another time for a session that both agreed to. The agreed time holds until the other agrees.

    ``place`` is where they would meet then. ``counters`` is the position of the proposal that this answers.
    """

    type: ClassVar[str] = "reschedule-proposed"

    start: Moment
    end: Moment
    place: Confidential[str] = None
    counters: Position | None = None
    answer_by: Moment


class RescheduleDeclined(Noted, SessionEventBase):
    """The other partner declines another time. The session stays where it is."""

    type: ClassVar[str] = "reschedule-declined"

    proposal: Position


class RescheduleWithdrawn(Noted, SessionEventBase):
    """The partner who proposed another time withdraws it. The session stays where it is."""

    type: ClassVar[str] = "reschedule-withdrawn"

    proposal: Position


class RescheduleLapsed(SessionEventBase):
    """The other time got no answer in time. The session stays where it is."""

    type: ClassVar[str] = "reschedule-lapsed"

    proposal: Position


class SessionRescheduled(Noted, SessionEventBase):
    """The other partner agrees to the time proposed at ``proposal``. The session has a new time from now on."""

    type: ClassVar[str] = "session-rescheduled"

    proposal: Position
    start: Moment
    end: Moment
    place: Confidential[str] = None
    previous_start: Moment


class SessionPlaceChanged(Noted, SessionEventBase):
    """One partner says where the two meet. It holds for another time that is proposed, too."""

    type: ClassVar[str] = "session-place-changed"

    start: Moment
    place: Confidential[str] = None


class SessionNotesWritten(Noted, SessionEventBase):
    """One partner wrote the notes that the two share. They replace the earlier ones, and are not in the event."""

    type: ClassVar[str] = "session-notes-written"

    personal_texts: PersonalTextsId


class AgendaItemAdded(Noted, SessionEventBase):
    """One partner puts something on the agenda that the two share. Its text is not in the event; ``item`` names it."""

    type: ClassVar[str] = "agenda-item-added"

    item: PersonalTextsId


class AgendaItemDiscussed(Noted, SessionEventBase):
    """The two have talked about the item, says one of them. It may be later than the session of the item."""

    type: ClassVar[str] = "agenda-item-discussed"

    item: PersonalTextsId


class AgendaItemRemoved(Noted, SessionEventBase):
    """The partner who put it on the agenda removes it."""

    type: ClassVar[str] = "agenda-item-removed"

    item: PersonalTextsId


class FollowUpAgreed(Noted, SessionEventBase):
    """One partner records what ``owner`` does after the session. Goals begins a stream for it.

    Recorded by the owner it is a promise, recorded by the other a request. A date has ``due_date``; ``due`` is then the
    end of the owner's working hours on it.
    """

    type: ClassVar[str] = "follow-up-agreed"

    owner: PersonId
    text: Confidential[str] = None
    due: Moment
    due_date: date | None = None


class ReflectionWritten(SessionEventBase):
    """One partner looked back on the session. What they wrote is in no event, and their partner cannot see it yet."""

    type: ClassVar[str] = "reflection-written"

    personal_texts: PersonalTextsId


class ReflectionsOpened(SessionEventBase):
    """Both looked back within seven days of each other: each sees what the other wrote."""

    type: ClassVar[str] = "reflections-opened"


class SessionNeedsANewTime(SessionEventBase):
    """The time overlaps an absence of ``whose``, or a pause (``whose`` is absent). ``based_on`` is its position."""

    type: ClassVar[str] = "session-needs-a-new-time"

    start: Moment
    end: Moment
    cause: Literal["absence", "pause"]
    whose: PersonId | None = None
    based_on: Annotated[Position, BASED_ON]


class SessionReported(Noted, SessionEventBase):
    """``by`` reports whether they were there, and may report whether the other was."""

    type: ClassVar[str] = "session-reported"

    present: bool
    partner_present: bool | None = None


class SessionHeld(SessionEventBase):
    """Both were there: both said so, or one said so and the other did not deny it for two working days
    (``single_report``).
    """

    type: ClassVar[str] = "session-held"

    start: Moment
    end: Moment
    single_report: bool = False


class SessionMissed(SessionEventBase):
    """``missed_by`` are the partners who said that they were not there themselves."""

    type: ClassVar[str] = "session-missed"

    start: Moment
    end: Moment
    missed_by: tuple[PersonId, ...]


class SessionCancelled(Noted, SessionEventBase):
    """The session will not take place. ``late_notice``: a partner who was not absent cancelled less than 24 hours
    ahead.
    """

    type: ClassVar[str] = "session-cancelled"

    start: Moment
    cause: Literal["partner", "ended"]
    late_notice: bool


class SessionDisputed(SessionEventBase):
    """Both say that they were there, and one says that the other was not. The only consequence is a conversation."""

    type: ClassVar[str] = "session-disputed"

    start: Moment
    end: Moment


class SessionLapsed(SessionEventBase):
    """The session ended without a result that counts. No partner is responsible for this.

    ``unanswered``: the offer got no answer. ``unreported``: nobody reported. ``one-sided``: one partner said that the
    other was not there, and the other did not report. ``ended``: the partnership ended before an answer.
    """

    type: ClassVar[str] = "session-lapsed"

    cause: Literal["unanswered", "unreported", "one-sided", "ended"]


SessionEvent = (
    SessionProposed
    | SessionDeclined
    | SessionWithdrawn
    | SessionScheduled
    | RescheduleProposed
    | RescheduleDeclined
    | RescheduleWithdrawn
    | RescheduleLapsed
    | SessionRescheduled
    | SessionPlaceChanged
    | SessionNotesWritten
    | AgendaItemAdded
    | AgendaItemDiscussed
    | AgendaItemRemoved
    | FollowUpAgreed
    | ReflectionWritten
    | ReflectionsOpened
    | SessionNeedsANewTime
    | SessionReported
    | SessionHeld
    | SessionMissed
    | SessionCancelled
    | SessionDisputed
    | SessionLapsed
    | AnswerExtended
)
