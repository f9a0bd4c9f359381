"""The read model of a session: its time, and whether an offer of a time waits for an answer."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, assert_never

from pydantic import TypeAdapter

from coaching_events.envelope import Recorded
from coaching_events.event import Cipher, Event
from coaching_events.events.answers import AnswerExtended
from coaching_events.events.session import (
    AgendaItemAdded,
    AgendaItemDiscussed,
    AgendaItemRemoved,
    FollowUpAgreed,
    ReflectionsOpened,
    ReflectionWritten,
    RescheduleDeclined,
    RescheduleLapsed,
    RescheduleProposed,
    RescheduleWithdrawn,
    SessionCancelled,
    SessionDeclined,
    SessionDisputed,
    SessionEvent,
    SessionHeld,
    SessionLapsed,
    SessionMissed,
    SessionNeedsANewTime,
    SessionNotesWritten,
    SessionPlaceChanged,
    SessionProposed,
    SessionReported,
    SessionRescheduled,
    SessionScheduled,
    SessionWithdrawn,
)
from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_events.registry import EVENTS
from eventlog import Projection
from notifications.audiences import ANSWERS_THE_OTHER, NewsOfEvents, Telling, asker, both, by_silence, not_whose, other

MOST_DATES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReadModel:
    """A session. ``question`` is the position of the open offer, ``last`` that of the last event about the time.

    ``dated`` are the positions of the events that agreed on its date, changed that or its place, or cancelled it: the
    last ones. It is empty until the two agree.
    """

    partnership: PartnershipId
    people: tuple[PersonId, PersonId]
    start: datetime
    end: datetime
    title: str | Cipher | None = None
    place: str | Cipher | None = None
    last: Position
    question: Position | None = None
    dated: tuple[Position, ...] = ()

    def with_date(self, at: Position) -> tuple[Position, ...]:
        """The positions about its date, with a new one."""
        return (*self.dated, at)[-MOST_DATES:]


def evolve(session: SessionReadModel | None, recorded: Recorded[SessionEvent]) -> SessionReadModel | None:
    """Fold one event of a session."""
    event = recorded.event
    if isinstance(event, SessionProposed):
        return SessionReadModel(
            partnership=event.partnership,
            people=event.people,
            start=event.start,
            end=event.end,
            title=event.title,
            place=event.place,
            last=recorded.position,
            question=recorded.position,
        )
    if session is None:
        if not isinstance(event, SessionScheduled):
            return None
        session = SessionReadModel(
            partnership=event.partnership,
            people=event.people,
            start=event.start,
            end=event.end,
            title=event.title,
            last=recorded.position,
        )
    match event:
        case SessionScheduled():
            dated = session.with_date(recorded.position)
            return replace(session, place=event.place, question=None, last=recorded.position, dated=dated)
        case SessionCancelled():
            return replace(session, question=None, last=recorded.position, dated=session.with_date(recorded.position))
        case SessionPlaceChanged():
            dated = session.with_date(recorded.position) if session.dated else ()
            return replace(session, place=event.place, dated=dated)
        case (
            SessionDeclined()
            | SessionWithdrawn()
            | SessionLapsed()
            | RescheduleDeclined()
            | RescheduleWithdrawn()
            | RescheduleLapsed()
        ):
            return replace(session, question=None, last=recorded.position)
        case RescheduleProposed():
            return replace(session, question=recorded.position, last=recorded.position)
        case SessionRescheduled():
            return replace(
                session,
                start=event.start,
                end=event.end,
                place=event.place,
                question=None,
                last=recorded.position,
                dated=session.with_date(recorded.position),
            )
        case (
            SessionNeedsANewTime()
            | SessionNotesWritten()
            | AgendaItemAdded()
            | AgendaItemDiscussed()
            | AgendaItemRemoved()
            | FollowUpAgreed()
            | ReflectionWritten()
            | ReflectionsOpened()
            | SessionReported()
            | SessionHeld()
            | SessionMissed()
            | SessionDisputed()
            | AnswerExtended()
        ):
            return session
        case _:
            assert_never(event)


SESSION_PROJECTION = Projection[SessionReadModel](
    kind="session",
    values=TypeAdapter(SessionReadModel),
    events=EVENTS["session"],
    evolve=evolve,
    parties=lambda _, session: session.people,
)

NEWS: Final[NewsOfEvents] = {
    SessionProposed: "question",
    SessionDeclined: ANSWERS_THE_OTHER,
    SessionWithdrawn: ANSWERS_THE_OTHER,
    SessionScheduled: (*ANSWERS_THE_OTHER, Telling(both, "other", by_silence)),
    RescheduleProposed: "question",
    RescheduleDeclined: ANSWERS_THE_OTHER,
    RescheduleWithdrawn: ANSWERS_THE_OTHER,
    RescheduleLapsed: (Telling(asker, "answer"),),
    SessionRescheduled: (Telling(other, "changes-my-days"),),
    SessionNeedsANewTime: (
        Telling(not_whose, "changes-my-days", lambda flagged: flagged.whose is not None),
    ),  # the pause itself is news
    SessionPlaceChanged: (Telling(other, "changes-my-days"),),
    SessionNotesWritten: (Telling(other, "other"),),
    AgendaItemAdded: (Telling(other, "other"),),
    AgendaItemDiscussed: "nobody",  # the two have talked
    AgendaItemRemoved: "nobody",
    FollowUpAgreed: "nobody",  # the promise or the request is told
    ReflectionWritten: (Telling(other, "other"),),
    ReflectionsOpened: (Telling(both, "other"),),
    SessionReported: (Telling(other, "other"),),
    SessionHeld: (Telling(both, "other", lambda held: held.single_report),),
    SessionMissed: (Telling(both, "other", lambda missed: missed.by != "rule:both-reported"),),
    SessionCancelled: (Telling(other, "changes-my-days"),),
    SessionDisputed: "nobody",  # it follows a report, which is news, and has no effect
    SessionLapsed: (
        Telling(asker, "answer", lambda lapsed: lapsed.cause == "unanswered"),
        Telling(both, "other", lambda lapsed: lapsed.cause in ("unreported", "one-sided")),
    ),
}
"""For each event: the people who get it as news, or why there is none."""

SIGNS_OF_LIFE: Final[tuple[type[Event], ...]] = (
    SessionProposed,
    SessionScheduled,
    SessionDeclined,
    SessionWithdrawn,
    SessionCancelled,
    RescheduleProposed,
    RescheduleDeclined,
    RescheduleWithdrawn,
    SessionRescheduled,
)
"""A person acted: planned entries about an open miss, and the question that this answers, are withdrawn."""

SETTLED_BY_RULE: Final[tuple[type[Event], ...]] = (SessionLapsed, RescheduleLapsed)
"""A rule acted, and planned entries may no longer be needed: they are decided again."""

NO_SIGN: Final[tuple[type[Event], ...]] = (
    SessionNeedsANewTime,
    SessionPlaceChanged,
    SessionNotesWritten,
    AgendaItemAdded,
    AgendaItemDiscussed,
    AgendaItemRemoved,
    FollowUpAgreed,
    ReflectionWritten,
    ReflectionsOpened,
    SessionReported,
    SessionHeld,
    SessionMissed,
    SessionDisputed,  # both agreed earlier
)
"""No planned entry becomes needless by these."""
