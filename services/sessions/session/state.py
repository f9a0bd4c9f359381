"""A session of the two: what it can be, how events change it, and when it next needs attention. Pure."""

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypedDict, TypeVar, assert_never

from pydantic import Field

from coaching_events.answers import AnswerExtended
from coaching_events.envelope import Recorded
from coaching_events.event import Cipher
from coaching_events.ids import PartnershipId, PersonId, Position, RuleName
from coaching_events.moment import Moment
from coaching_events.session import (
    SessionCancelled,
    SessionDeclined,
    SessionDisputed,
    SessionEvent,
    SessionHeld,
    SessionLapsed,
    SessionMissed,
    SessionNeedsANewTime,
    SessionProposed,
    SessionReported,
    SessionScheduled,
    SessionWithdrawn,
)

ASK_AGAIN = timedelta(days=7)
"""How often a question that an open pause holds up is asked about again."""
FIRST_ASKED = timedelta(days=1)
"""How long after its end a session is first asked about: no period of two working days is over by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits for an answer: the position of the question, and when silence is looked at next.

    ``held_up``: an open pause stands in the way, so no date can be said.
    """

    question: Position
    ask_at: datetime
    set_at: datetime
    held_up: bool = False

    def extended(self, answer_by: datetime | None, at: datetime) -> "Waiting":
        """The same question with another time to answer, said at ``at``."""
        ask_at = at + ASK_AGAIN if answer_by is None else answer_by
        return replace(self, ask_at=ask_at, set_at=at, held_up=answer_by is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one of the two said afterwards; ``partner_present`` is None if nothing was said of the other."""

    by: PersonId
    present: bool
    partner_present: bool | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Why it needs a new time. ``based_on`` is the position of the absence of ``whose``, or of the pause (nobody's)."""

    cause: Literal["absence", "pause"]
    whose: PersonId | None
    based_on: Position
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBetween:
    """What every session has. ``people`` has the one who first proposed it first; times are instants (UTC)."""

    partnership: PartnershipId
    people: tuple[PersonId, PersonId]
    start: Moment
    end: datetime
    title: str | Cipher | None

    def other(self, person: PersonId) -> PersonId:
        """The partner of one of the two."""
        return self.people[1] if self.people[0] == person else self.people[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed(SessionBetween):
    """``offered_by`` offers this time and waits for the other's answer."""

    status: Literal["proposed"] = "proposed"
    offered_by: PersonId
    offered_at: datetime
    note: str | Cipher | None
    waiting: Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled(SessionBetween):
    """Both agreed to the time. After its end each says how it went."""

    status: Literal["scheduled"] = "scheduled"
    waiting: Waiting
    overlaps: tuple[Overlap, ...] = ()
    reports: tuple[Report, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAgreed(SessionBetween):
    """An offer that came to nothing: ``by`` declined it or took it back at ``settled_at``."""

    status: Literal["declined", "withdrawn"]
    by: PersonId | None = None
    settled_at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled(SessionBetween):
    """It was agreed and did not take place; ``by`` is None if the partnership ended."""

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
    """``missed_by`` said of themselves that they were not there."""

    status: Literal["missed"] = "missed"
    missed_by: tuple[PersonId, ...]
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed(SessionBetween):
    """Both say they were there, and one does not agree that the other was."""

    status: Literal["disputed"] = "disputed"
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed(SessionBetween):
    """Nothing came of it, attributed to nobody."""

    status: Literal["lapsed"] = "lapsed"
    cause: Literal["unanswered", "unreported", "one-sided", "ended"]
    reports: tuple[Report, ...] = ()


AnySession = Proposed | Scheduled | NotAgreed | Cancelled | Held | Missed | Disputed | Lapsed
Session = Annotated[AnySession, Field(discriminator="status")]


class Who(TypedDict):
    """What every event of a session says: who did it, and between whom it is."""

    by: PersonId | RuleName
    partnership: PartnershipId
    people: tuple[PersonId, PersonId]


OPEN = ("proposed", "scheduled")
"""The states in which news and deadlines may bring something."""

INTO = TypeVar("INTO", NotAgreed, Cancelled, Held, Missed, Disputed, Lapsed)


def who(session: SessionBetween, by: PersonId | RuleName) -> Who:
    """The beginning of an event of this session."""
    return {"by": by, "partnership": session.partnership, "people": session.people}


def wake_at(session: AnySession) -> datetime | None:
    """When silence is looked at next; never for a session that has found its ending."""
    match session:
        case Proposed():
            return min(session.waiting.ask_at, session.start)
        case Scheduled():
            return session.waiting.ask_at
        case _:
            return None


def evolve(session: AnySession | None, recorded: Recorded[SessionEvent]) -> AnySession:
    """The session after one more event of its stream."""
    event, at = recorded.event, recorded.at
    match session, event:
        case ((None | Proposed()), SessionProposed()):
            return _proposed(event, recorded.position, at)
        case Proposed(), SessionScheduled():
            return _scheduled(event, recorded.position, at)
        case Proposed() | Scheduled(), AnswerExtended():
            return replace(session, waiting=session.waiting.extended(event.answer_by, at))
        case Proposed(), SessionDeclined():
            return _not_agreed(session, "declined", event.by, at)
        case Proposed(), SessionWithdrawn():
            return _not_agreed(session, "withdrawn", event.by, at)
        case Proposed(), SessionLapsed():
            return _ended(Lapsed, session, cause=event.cause)
        case Scheduled(), _:
            return _after_agreeing(session, event, at)
        case _:
            raise ValueError(f"a {event.type} cannot follow in {recorded.stream}")


def _after_agreeing(session: Scheduled, event: SessionEvent, at: datetime) -> AnySession:
    match event:
        case SessionNeedsANewTime():
            overlap = Overlap(cause=event.cause, whose=event.whose, based_on=event.based_on, at=at)
            return replace(session, overlaps=(*session.overlaps, overlap))
        case SessionReported():
            return replace(session, reports=(*session.reports, _report(session, event, at)))
        case SessionHeld():
            return _ended(Held, session, single_report=event.single_report, reports=session.reports)
        case SessionMissed():
            return _ended(Missed, session, missed_by=event.missed_by, reports=session.reports)
        case SessionDisputed():
            return _ended(Disputed, session, reports=session.reports)
        case SessionLapsed():
            return _ended(Lapsed, session, cause=event.cause, reports=session.reports)
        case SessionCancelled():
            by = next((person for person in session.people if person == event.by), None)
            return _ended(Cancelled, session, by=by, late_notice=event.late_notice)
        case SessionProposed() | SessionScheduled() | SessionDeclined() | SessionWithdrawn() | AnswerExtended():
            raise ValueError(f"a {event.type} cannot follow once the time is agreed")
        case _:
            assert_never(event)


def _proposed(event: SessionProposed, position: Position, at: datetime) -> Proposed:
    return Proposed(
        partnership=event.partnership,
        people=event.people,
        start=event.start,
        end=event.end,
        title=event.title,
        offered_by=_one_of(event.people, event.by),
        offered_at=at,
        note=event.note,
        waiting=Waiting(question=position, ask_at=event.answer_by, set_at=at),
    )


def _scheduled(event: SessionScheduled, position: Position, at: datetime) -> Scheduled:
    return Scheduled(
        partnership=event.partnership,
        people=event.people,
        start=event.start,
        end=event.end,
        title=event.title,
        waiting=Waiting(question=position, ask_at=event.end + FIRST_ASKED, set_at=at),
    )


def _report(session: Scheduled, event: SessionReported, at: datetime) -> Report:
    return Report(
        by=_one_of(session.people, event.by), present=event.present, partner_present=event.partner_present, at=at
    )


def _one_of(people: tuple[PersonId, PersonId], by: str) -> PersonId:
    return people[0] if people[0] == by else people[1]


def _not_agreed(session: Proposed, status: Literal["declined", "withdrawn"], by: str, at: datetime) -> NotAgreed:
    return _ended(NotAgreed, session, status=status, by=_one_of(session.people, by), settled_at=at)


def _ended(into: type[INTO], session: SessionBetween, **more: object) -> INTO:
    kept = {each.name: getattr(session, each.name) for each in fields(SessionBetween)}
    return into(**kept, **more)  # pyright: ignore[reportArgumentType]  # the fields of SessionBetween, by their names
