"""Two people who agreed to count on each other, or may: what is on the table, what holds, what rests. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from coaching_events.event import Cipher
from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_events.partnership import Terms
from coaching_time import Pause

ASK_AGAIN = timedelta(days=7)
"""How often a question without a known end is looked at again."""
DEPARTURE = timedelta(days=30)
"""How long the directory's pause stands before it ends the partnership."""

People = tuple[PersonId, PersonId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Terms that ``by`` has proposed and the other may agree to; ``position`` names the event that asked.

    Without ``answer_by`` something without a known end holds the answer up, and it is looked at again at ``due``.
    """

    position: Position
    by: PersonId
    terms: Terms
    asked_at: datetime
    answer_by: datetime | None
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A pause that stands: a partner's own, or the directory's (``whose`` is None).

    ``last`` is its last day in that partner's zone and ``until`` the instant at which that ends; None while open.
    """

    whose: PersonId | None
    since: datetime
    last: date | None
    until: datetime | None

    @property
    def acts_at(self) -> datetime | None:
        """When it ends by itself, or, the directory's, ends the partnership."""
        return self.since + DEPARTURE if self.whose is None else self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What every state has. ``people`` has the one who proposed first; ``pair`` is the two in order, in one text."""

    id: PartnershipId
    people: People
    pair: str
    ordinal: int
    purpose: str | Cipher | None

    def other(self, person: PersonId) -> PersonId:
        """The partner of one of the two."""
        return self.people[1] if self.people[0] == person else self.people[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed(Pair):
    """One has asked, and consents to the terms in ``question``; after a counter-proposal the other has."""

    question: Question
    status: Literal["proposed"] = "proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formed(Pair):
    """Both agreed to ``terms``. ``question`` are other terms that one of them would like instead.

    ``versions`` counts the texts that were ever on the table. ``rested`` are pauses that are over, as far as they
    count for the open question. ``taken_back`` says when each of the two has withdrawn terms, the last times.
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
        """The pause that stands for a partner, or for the directory."""
        return next((pause for pause in self.pauses if pause.whose == whose), None)

    def all_pauses(self) -> tuple[Pause, ...]:
        """The times that do not count for an answer."""
        return (*self.rested, *(Pause(start=pause.since, end=pause.until) for pause in self.pauses))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Pair):
    """It was, and is over."""

    formed_at: datetime
    ended_at: datetime
    cause: Literal["partner", "departure"]
    terms: Terms
    versions: int
    status: Literal["ended"] = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Pair):
    """It never came to be. ``by`` is the one who declined or withdrew."""

    how: Literal["declined", "withdrawn", "lapsed"]
    by: str
    closed_at: datetime
    status: Literal["closed"] = "closed"


AnyPartnership = Proposed | Formed | Ended | Closed
Partnership = Annotated[AnyPartnership, Field(discriminator="status")]


def pair_of(one: PersonId, other: PersonId) -> str:
    """The two in order, in one text: the same whoever asks."""
    return " ".join(sorted((one, other)))


def wake_at(partnership: AnyPartnership) -> datetime | None:
    """When it next needs attention: an answer is due, a pause ends, somebody has been gone for long enough."""
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
