"""The states of a partnership: proposed terms, terms in force, pauses, the end. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, TypedDict, assert_never

from pydantic import Field

from coaching_events.envelope import Recorded
from coaching_events.event import Cipher
from coaching_events.events.answers import AnswerExtended
from coaching_events.events.partnership import (
    PartnershipDeclined,
    PartnershipEnded,
    PartnershipEvent,
    PartnershipFormed,
    PartnershipLapsed,
    PartnershipPaused,
    PartnershipProposed,
    PartnershipResumed,
    PartnershipWithdrawn,
    SharingNarrowed,
    Terms,
    TermsAgreed,
    TermsLapsed,
    TermsProposed,
    TermsRejected,
    TermsWithdrawn,
)
from coaching_events.ids import PartnershipId, PersonId, Position, StreamId
from coaching_time import MOST_ROUNDS, Pause, asked_again
from eventlog import CannotFollow
from partnerships.partnership.figures import USUAL_DEPARTURE_DAYS

People = tuple[PersonId, PersonId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Terms that ``by`` has proposed and the other may accept. ``position`` is that of the event of the proposal.

    Without ``answer_by``, a pause or an absence without a known end delays the answer. It is decided again at ``due``.
    """

    position: Position
    by: PersonId
    terms: Terms
    asked_at: datetime
    answer_by: datetime | None
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A current pause: a partner's own, or the directory's (``whose`` is None).

    ``last`` is its last day in that partner's zone, and ``until`` the instant (UTC) at which that day ends. Both are
    None
    for an open pause. The directory's pause ends the partnership after ``departure_days``.
    """

    whose: PersonId | None
    since: datetime
    last: date | None
    until: datetime | None
    departure_days: int = USUAL_DEPARTURE_DAYS

    @property
    def acts_at(self) -> datetime | None:
        """When it ends (UTC). For the directory's pause: when it ends the partnership."""
        return self.since + timedelta(days=self.departure_days) if self.whose is None else self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The fields of every state. ``people`` begins with the proposer. ``pair`` is both ids, sorted, in one text."""

    id: PartnershipId
    people: People
    pair: str
    ordinal: int
    purpose: str | Cipher | None

    def other(self, person: PersonId) -> PersonId:
        """The partner of one of the two."""
        return self.people[1] if self.people[0] == person else self.people[0]


class _Pair(TypedDict):
    id: PartnershipId
    people: People
    pair: str
    ordinal: int
    purpose: str | Cipher | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed(Pair):
    """One person has proposed the terms in ``question`` and accepts them; after a counter-proposal, the other."""

    question: Question
    status: Literal["proposed"] = "proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formed(Pair):
    """Both accepted ``terms``. ``question`` has other terms that one of them has proposed.

    ``versions`` counts the versions of the terms so far. ``rested`` are past pauses that count for the open question.
    ``taken_back`` has the times of each person's latest withdrawals of terms (UTC).
    """

    formed_at: datetime
    terms: Terms
    versions: int
    question: Question | None = None
    pauses: tuple[Standing, ...] = ()
    rested: tuple[Pause, ...] = ()
    taken_back: Mapping[PersonId, tuple[datetime, ...]] = field(default_factory=dict[PersonId, tuple[datetime, ...]])
    status: Literal["formed"] = "formed"

    def pause_of(self, whose: PersonId | None) -> Standing | None:
        """The current pause of a partner, or of the directory (None)."""
        return next((pause for pause in self.pauses if pause.whose == whose), None)

    def all_pauses(self) -> tuple[Pause, ...]:
        """The times that do not count for an answer period."""
        return (*self.rested, *(Pause(start=pause.since, end=pause.until) for pause in self.pauses))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Pair):
    """The partnership was formed and has ended."""

    formed_at: datetime
    ended_at: datetime
    cause: Literal["partner", "departure"]
    terms: Terms
    versions: int
    status: Literal["ended"] = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Pair):
    """The partnership was never formed. ``by`` declined or withdrew."""

    how: Literal["declined", "withdrawn", "lapsed"]
    by: str
    closed_at: datetime
    status: Literal["closed"] = "closed"


AnyPartnership = Proposed | Formed | Ended | Closed
Partnership = Annotated[AnyPartnership, Field(discriminator="status")]


def pair_of(one: PersonId, other: PersonId) -> str:
    """Both ids, sorted, in one text. It does not depend on who proposes."""
    return " ".join(sorted((one, other)))


def wake_at(partnership: AnyPartnership) -> datetime | None:
    """The next deadline (UTC): the end of an answer period, of a pause, or of the time after a departure."""
    match partnership:
        case Proposed():
            return partnership.question.due
        case Formed():
            return min(_moments(partnership), default=None)
        case Ended() | Closed():
            return None


def _moments(formed: Formed) -> Iterator[datetime]:
    yield from (pause.acts_at for pause in formed.pauses if pause.acts_at is not None)
    if formed.question is not None:
        yield formed.question.due


def evolve(partnership: AnyPartnership | None, recorded: Recorded[PartnershipEvent]) -> AnyPartnership:
    """Fold one event of a partnership. Raises ValueError for an event that cannot follow."""
    event = recorded.event
    if isinstance(event, PartnershipProposed):
        asker = PersonId(StreamId(event.by))
        return Proposed(
            id=event.partnership,
            people=(asker, event.other),
            pair=pair_of(asker, event.other),
            ordinal=event.ordinal,
            purpose=event.purpose,
            question=_question(event, recorded),
        )
    match partnership:
        case Proposed():
            return _evolve_proposed(partnership, event, recorded)
        case Formed():
            return _evolve_formed(partnership, event, recorded)
        case _:
            raise CannotFollow(recorded)


def _evolve_proposed(
    proposed: Proposed, event: PartnershipEvent, recorded: Recorded[PartnershipEvent]
) -> AnyPartnership:
    match event:
        case TermsProposed():
            return replace(proposed, question=_question(event, recorded))
        case AnswerExtended():
            return replace(proposed, question=_extended(proposed.question, event, recorded.at))
        case PartnershipFormed():
            return Formed(**_pair(proposed), formed_at=recorded.at, terms=event.terms, versions=event.terms.version)
        case PartnershipDeclined():
            return Closed(**_pair(proposed), how="declined", by=event.by, closed_at=recorded.at)
        case PartnershipWithdrawn():
            return Closed(**_pair(proposed), how="withdrawn", by=event.by, closed_at=recorded.at)
        case PartnershipLapsed():
            return Closed(**_pair(proposed), how="lapsed", by=event.by, closed_at=recorded.at)
        case (
            PartnershipProposed()
            | PartnershipPaused()
            | PartnershipResumed()
            | PartnershipEnded()
            | TermsAgreed()
            | TermsRejected()
            | TermsWithdrawn()
            | TermsLapsed()
            | SharingNarrowed()
        ):
            raise CannotFollow(recorded)
        case _:
            assert_never(event)


def _evolve_formed(formed: Formed, event: PartnershipEvent, recorded: Recorded[PartnershipEvent]) -> AnyPartnership:
    match event:
        case TermsProposed():
            return replace(formed, question=_question(event, recorded), versions=event.terms.version, rested=())
        case TermsAgreed():
            return replace(formed, terms=event.terms, question=None, rested=())
        case TermsRejected() | TermsLapsed():
            return replace(formed, question=None, rested=())
        case TermsWithdrawn():
            return replace(formed, question=None, rested=(), taken_back=_taken_back(formed, event.by, recorded.at))
        case SharingNarrowed():
            return replace(formed, terms=event.terms, versions=event.terms.version)
        case AnswerExtended() if formed.question is not None:
            return replace(formed, question=_extended(formed.question, event, recorded.at))
        case PartnershipPaused():
            return paused(formed, event, recorded.at)
        case PartnershipResumed() if formed.pause_of(event.whose) is not None:
            return resumed(formed, event.whose, recorded.at)
        case PartnershipEnded():
            return Ended(
                **_pair(formed),
                formed_at=formed.formed_at,
                ended_at=recorded.at,
                cause=event.cause,
                terms=formed.terms,
                versions=formed.versions,
            )
        case (
            AnswerExtended()
            | PartnershipResumed()
            | PartnershipProposed()
            | PartnershipFormed()
            | PartnershipDeclined()
            | PartnershipWithdrawn()
            | PartnershipLapsed()
        ):
            raise CannotFollow(recorded)
        case _:
            assert_never(event)


def paused(formed: Formed, event: PartnershipPaused, at: datetime) -> Formed:
    """The partnership with a new pause, or with another end of the same person's current pause."""
    before = formed.pause_of(event.whose)
    pause = Standing(
        whose=event.whose,
        since=at if before is None else before.since,
        last=event.last,
        until=event.until,
        departure_days=event.departure_days or USUAL_DEPARTURE_DAYS,
    )
    return replace(formed, pauses=(*(each for each in formed.pauses if each.whose != event.whose), pause))


def resumed(formed: Formed, whose: PersonId | None, at: datetime) -> Formed:
    """The partnership without the pause of one person. An open question remembers the time of the pause."""
    over = [Pause(start=each.since, end=at) for each in formed.pauses if each.whose == whose]
    return replace(
        formed,
        pauses=tuple(each for each in formed.pauses if each.whose != whose),
        rested=() if formed.question is None else (*formed.rested, *over),
    )


def _taken_back(formed: Formed, by: str, at: datetime) -> Mapping[PersonId, tuple[datetime, ...]]:
    person = PersonId(StreamId(by))
    return {**formed.taken_back, person: (*formed.taken_back.get(person, ()), at)[-MOST_ROUNDS:]}


def _question(event: PartnershipProposed | TermsProposed, recorded: Recorded[PartnershipEvent]) -> Question:
    return Question(
        position=recorded.position,
        by=PersonId(StreamId(event.by)),
        terms=event.terms,
        asked_at=recorded.at,
        answer_by=event.answer_by,
        due=event.answer_by,
    )


def _extended(question: Question, event: AnswerExtended, at: datetime) -> Question:
    return replace(question, answer_by=event.answer_by, due=event.answer_by or at + asked_again(event.ask_again_days))


def _pair(partnership: Pair) -> _Pair:
    return {
        "id": partnership.id,
        "people": partnership.people,
        "pair": partnership.pair,
        "ordinal": partnership.ordinal,
        "purpose": partnership.purpose,
    }
