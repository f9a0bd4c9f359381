"""The states of a session, how events change them, and its next deadline. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypedDict, assert_never

from pydantic import Field

from coaching_events.envelope import Recorded
from coaching_events.event import Cipher
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
from coaching_events.ids import PartnershipId, PersonId, Position, RuleName, kind_of, stream_of
from coaching_events.moment import Moment
from coaching_time import MOST_ROUNDS, asked_again
from eventlog import CannotFollow
from sessions.session.content import EMPTY, Content, ContentEvent, content_after

FIRST_ASKED = timedelta(days=1)
"""The time from the end of a session to its first deadline. No period of two working days can end earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An open question: the position of its event, and its next deadline ``ask_at`` (UTC).

    ``held_up``: an open pause delays the answer, so the deadline has no date yet.
    """

    question: Position
    ask_at: datetime
    set_at: datetime
    held_up: bool = False

    def extended(self, event: AnswerExtended, at: datetime) -> "Waiting":
        """The same question with another answer period, set at ``at`` (UTC)."""
        ask_at = event.answer_by or at + asked_again(event.ask_again_days)
        return replace(self, ask_at=ask_at, set_at=at, held_up=event.answer_by is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report of one partner. ``partner_present`` is None without a word about the other."""

    by: PersonId
    present: bool
    partner_present: bool | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Why it needs a new time. ``based_on`` is the position of the absence of ``whose``, or of the pause."""

    cause: Literal["absence", "pause"]
    whose: PersonId | None
    based_on: Position
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBetween:
    """The fields of every session. ``people`` begins with the one who first proposed it. Times are instants (UTC)."""

    partnership: PartnershipId
    people: tuple[PersonId, PersonId]
    start: Moment
    end: datetime
    title: str | Cipher | None
    content: Content = EMPTY

    def answerers(self, offer: "Offer") -> tuple[PersonId, ...]:
        """Who may answer an offer."""
        return self.people if offer.by is None else (self.other(offer.by),)

    def other(self, person: PersonId) -> PersonId:
        """The partner of one of the two."""
        return self.people[1] if self.people[0] == person else self.people[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A time, and a place, that ``by`` offers. The partner answers; an offer of a rule (None) either of the two."""

    by: PersonId | None
    at: datetime
    start: Moment
    end: datetime
    place: str | Cipher | None
    note: str | Cipher | None
    waiting: Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed(SessionBetween):
    """The time of this session is an open offer."""

    status: Literal["proposed"] = "proposed"
    offer: Offer

    @property
    def answer_until(self) -> datetime:
        """The offer lapses then at the latest (UTC)."""
        return self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled(SessionBetween):
    """Both agreed to the time. After its end each of them reports.

    ``offer`` is another time that one of them proposes. Until the other agrees, the agreed time holds. ``taken_back``
    are the instants (UTC) at which such proposals were withdrawn.
    """

    status: Literal["scheduled"] = "scheduled"
    waiting: Waiting
    offer: Offer | None = None
    taken_back: tuple[datetime, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    reports: tuple[Report, ...] = ()

    @property
    def answer_until(self) -> datetime:
        """A proposal of another time lapses then at the latest (UTC): at the agreed start or at its own."""
        return self.start if self.offer is None else min(self.start, self.offer.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAgreed(SessionBetween):
    """An offer that ``by`` declined or withdrew at ``settled_at`` (UTC)."""

    status: Literal["declined", "withdrawn"]
    by: PersonId | None = None
    settled_at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled(SessionBetween):
    """Both had agreed, and it does not take place. ``by`` is None if the end of the partnership cancelled it."""

    status: Literal["cancelled"] = "cancelled"
    by: PersonId | None
    late_notice: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(SessionBetween):
    """Both were there."""

    status: Literal["held"] = "held"
    single_report: bool
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed(SessionBetween):
    """Each person in ``missed_by`` reported their own absence."""

    status: Literal["missed"] = "missed"
    missed_by: tuple[PersonId, ...]
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed(SessionBetween):
    """Both report that they were there, and one of them reports that the other was not."""

    status: Literal["disputed"] = "disputed"
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed(SessionBetween):
    """It ended without an outcome. Nobody gets a miss."""

    status: Literal["lapsed"] = "lapsed"
    cause: Literal["unanswered", "unreported", "one-sided", "ended"]
    reports: tuple[Report, ...] = ()


AnySession = Proposed | Scheduled | NotAgreed | Cancelled | Held | Missed | Disputed | Lapsed
Session = Annotated[AnySession, Field(discriminator="status")]


class Who(TypedDict):
    """The fields of every event of a session: the actor, the partnership and the two people."""

    by: PersonId | RuleName
    partnership: PartnershipId
    people: tuple[PersonId, PersonId]


class Between(TypedDict):
    """What every session has: the fields of ``SessionBetween``."""

    partnership: PartnershipId
    people: tuple[PersonId, PersonId]
    start: datetime
    end: datetime
    title: str | Cipher | None
    content: Content


OPEN = ("proposed", "scheduled")
"""The statuses in which news and deadlines can have effects."""


def who(session: SessionBetween, by: PersonId | RuleName) -> Who:
    """The common fields of an event of this session."""
    return {"by": by, "partnership": session.partnership, "people": session.people}


def wake_at(session: AnySession) -> datetime | None:
    """The next deadline (UTC). None for a session that has ended."""
    match session:
        case Proposed(offer=offer) | Scheduled(offer=Offer() as offer):
            return min(offer.waiting.ask_at, session.answer_until)
        case Scheduled():
            return session.waiting.ask_at
        case _:
            return None


def evolve(session: AnySession | None, recorded: Recorded[SessionEvent]) -> AnySession:
    """Fold one event. Raises ValueError for an event that cannot follow."""
    event, at = recorded.event, recorded.at
    match session, event:
        case (
            _,
            SessionPlaceChanged()
            | SessionNotesWritten()
            | AgendaItemAdded()
            | AgendaItemDiscussed()
            | AgendaItemRemoved()
            | FollowUpAgreed()
            | ReflectionWritten()
            | ReflectionsOpened(),
        ) if session is not None:
            return _with_content(session, event, recorded.position, at)
        case ((None | Proposed()), SessionProposed()):
            return _proposed(event, EMPTY if session is None else session.content, recorded.position, at)
        case None, SessionScheduled() if kind_of(stream_of(event.proposal)) == "meetings":
            return _scheduled(event, EMPTY, recorded.position, at)
        case Proposed(), SessionScheduled():
            return _scheduled(event, session.content, recorded.position, at)
        case Proposed(offer=offer), AnswerExtended():
            return replace(session, offer=_extended(offer, event, at))
        case Proposed(), SessionDeclined():
            return _not_agreed(session, "declined", event.by, at)
        case Proposed(), SessionWithdrawn():
            return _not_agreed(session, "withdrawn", event.by, at)
        case Proposed(), SessionLapsed():
            return Lapsed(**_between(session), cause=event.cause)
        case Scheduled(), _:
            return _after_agreeing(session, recorded)
        case _:
            raise CannotFollow(recorded)


def _after_agreeing(session: Scheduled, recorded: Recorded[SessionEvent]) -> AnySession:
    event, at = recorded.event, recorded.at
    match event:
        case SessionNeedsANewTime():
            overlap = Overlap(cause=event.cause, whose=event.whose, based_on=event.based_on, at=at)
            return replace(session, overlaps=(*session.overlaps, overlap))
        case SessionReported():
            return replace(session, reports=(*session.reports, _report(session, event, at)))
        case SessionHeld():
            return Held(**_between(session), single_report=event.single_report, reports=session.reports)
        case SessionMissed():
            return Missed(**_between(session), missed_by=event.missed_by, reports=session.reports)
        case SessionDisputed():
            return Disputed(**_between(session), reports=session.reports)
        case SessionLapsed():
            return Lapsed(**_between(session), cause=event.cause, reports=session.reports)
        case SessionCancelled():
            by = next((person for person in session.people if person == event.by), None)
            return Cancelled(**_between(session), by=by, late_notice=event.late_notice)
        case (
            RescheduleProposed()
            | RescheduleDeclined()
            | RescheduleWithdrawn()
            | RescheduleLapsed()
            | SessionRescheduled()
            | AnswerExtended()
        ):
            return _around_the_time(session, recorded)
        case (
            SessionProposed()
            | SessionScheduled()
            | SessionDeclined()
            | SessionWithdrawn()
            | SessionPlaceChanged()
            | SessionNotesWritten()
            | AgendaItemAdded()
            | AgendaItemDiscussed()
            | AgendaItemRemoved()
            | FollowUpAgreed()
            | ReflectionWritten()
            | ReflectionsOpened()
        ):
            raise CannotFollow(recorded)
        case _:
            assert_never(event)


def _around_the_time(session: Scheduled, recorded: Recorded[SessionEvent]) -> Scheduled:
    """The proposals of another time, and the time to answer them and to report."""
    event, at = recorded.event, recorded.at
    match session.offer, event:
        case _, RescheduleProposed():
            return replace(session, offer=_offer(session.people, event, recorded.position, at))
        case Offer(), RescheduleDeclined() | RescheduleLapsed():
            return replace(session, offer=None)
        case Offer(), RescheduleWithdrawn():
            return replace(session, offer=None, taken_back=(*session.taken_back, at)[-MOST_ROUNDS:])
        case Offer(), SessionRescheduled():
            return replace(
                session,
                start=event.start,
                end=event.end,
                content=replace(session.content, place=event.place),
                waiting=_reports_awaited(event.end, recorded.position, at),
                offer=None,
                overlaps=(),
            )
        case Offer(waiting=Waiting(question=question)) as offer, AnswerExtended() if event.question == question:
            return replace(session, offer=_extended(offer, event, at))
        case _, AnswerExtended():
            return replace(session, waiting=session.waiting.extended(event, at))
        case _:
            raise CannotFollow(recorded)


def _with_content(session: AnySession, event: ContentEvent, position: Position, at: datetime) -> AnySession:
    content = content_after(session.content, event, position, at)
    match session, event:
        case ((Proposed() | Scheduled()), SessionPlaceChanged()) if session.offer is not None:
            # A place that is named later than the offered time is meant for it, too.
            return replace(session, content=content, offer=replace(session.offer, place=event.place))
        case _:
            return replace(session, content=content)


def _proposed(event: SessionProposed, content: Content, position: Position, at: datetime) -> Proposed:
    return Proposed(
        partnership=event.partnership,
        people=event.people,
        start=event.start,
        end=event.end,
        title=event.title,
        content=replace(content, place=event.place),
        offer=_offer(event.people, event, position, at),
    )


def _offer(
    people: tuple[PersonId, PersonId], event: SessionProposed | RescheduleProposed, position: Position, at: datetime
) -> Offer:
    return Offer(
        by=next((person for person in people if person == event.by), None),
        at=at,
        start=event.start,
        end=event.end,
        place=event.place,
        note=event.note,
        waiting=Waiting(question=position, ask_at=event.answer_by, set_at=at),
    )


def _extended(offer: Offer, event: AnswerExtended, at: datetime) -> Offer:
    return replace(offer, waiting=offer.waiting.extended(event, at))


def _reports_awaited(end: datetime, question: Position, at: datetime) -> Waiting:
    return Waiting(question=question, ask_at=end + FIRST_ASKED, set_at=at)


def _scheduled(event: SessionScheduled, content: Content, position: Position, at: datetime) -> Scheduled:
    return Scheduled(
        partnership=event.partnership,
        people=event.people,
        start=event.start,
        end=event.end,
        title=event.title,
        content=replace(content, place=event.place),
        waiting=_reports_awaited(event.end, position, at),
    )


def _report(session: Scheduled, event: SessionReported, at: datetime) -> Report:
    return Report(
        by=_one_of(session.people, event.by), present=event.present, partner_present=event.partner_present, at=at
    )


def _one_of(people: tuple[PersonId, PersonId], by: str) -> PersonId:
    return people[0] if people[0] == by else people[1]


def _not_agreed(session: Proposed, status: Literal["declined", "withdrawn"], by: str, at: datetime) -> NotAgreed:
    return NotAgreed(**_between(session), status=status, by=_one_of(session.people, by), settled_at=at)


def _between(session: SessionBetween) -> Between:
    return {
        "partnership": session.partnership,
        "people": session.people,
        "start": session.start,
        "end": session.end,
        "title": session.title,
        "content": session.content,
    }
