"""The read model of a partnership: its people, terms, pauses and end."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never

from pydantic import TypeAdapter

from coaching_events.envelope import Recorded
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
from coaching_events.ids import PersonId, Position, StreamId
from coaching_events.registry import EVENTS
from coaching_time import Pause
from eventlog import Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseReadModel:
    """A pause of one partner (``whose``), or of the directory (None). ``end`` is None while it is open.

    ``taken`` is the position of the last event about its length, ``known_at`` the instant (UTC) of that event.
    """

    whose: PersonId | None
    start: datetime
    end: datetime | None
    taken: Position
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnershipReadModel:
    """A partnership. ``people`` begins with the proposer; ``terms_taken`` is the position of the event of the terms.

    ``question`` is the position of the open question: the proposal itself, or new terms.
    """

    status: Literal["proposed", "formed", "ended", "closed"]
    people: tuple[PersonId, PersonId]
    terms: Terms
    terms_taken: Position
    formed_at: datetime | None = None
    ended_at: datetime | None = None
    end_taken: Position | None = None
    pauses: tuple[PauseReadModel, ...] = ()
    question: Position | None = None

    def other(self, person: PersonId) -> PersonId:
        """The partner of one of the two."""
        return self.people[1] if self.people[0] == person else self.people[0]

    def all_pauses(self) -> tuple[Pause, ...]:
        """Every past, current and future pause, as times."""
        return tuple(Pause(start=pause.start, end=pause.end) for pause in self.pauses)

    def pause_at(self, instant: datetime) -> PauseReadModel | None:
        """The pause that covers an instant. Of several, the one that ends last."""
        covering = [p for p in self.pauses if p.start <= instant and (p.end is None or instant < p.end)]
        return max(covering, key=lambda p: (p.end is None, p.end or p.start), default=None)


def evolve(pair: PartnershipReadModel | None, recorded: Recorded[PartnershipEvent]) -> PartnershipReadModel | None:
    """Fold one event of a partnership."""
    event = recorded.event
    if isinstance(event, PartnershipProposed):
        return PartnershipReadModel(
            status="proposed",
            people=(PersonId(StreamId(event.by)), event.other),
            terms=event.terms,
            terms_taken=recorded.position,
            question=recorded.position,
        )
    if pair is None:
        return None
    match event:
        case PartnershipFormed():
            return replace(
                pair,
                status="formed",
                people=event.people,
                terms=event.terms,
                terms_taken=recorded.position,
                formed_at=recorded.at,
                question=None,
            )
        case PartnershipDeclined() | PartnershipWithdrawn() | PartnershipLapsed():
            return replace(pair, status="closed", question=None)
        case TermsProposed():
            return replace(pair, question=recorded.position)
        case TermsRejected() | TermsWithdrawn() | TermsLapsed():
            return replace(pair, question=None)
        case TermsAgreed():
            return replace(pair, terms=event.terms, terms_taken=recorded.position, question=None)
        case SharingNarrowed():
            return replace(pair, terms=event.terms, terms_taken=recorded.position)
        case PartnershipPaused():
            return replace(pair, pauses=_paused(pair.pauses, recorded.position, recorded.at, event))
        case PartnershipResumed():
            return replace(pair, pauses=_resumed(pair.pauses, recorded.position, recorded.at, event))
        case PartnershipEnded():
            return replace(pair, status="ended", ended_at=recorded.at, end_taken=recorded.position, question=None)
        case AnswerExtended():
            return pair
        case _:
            assert_never(event)


def _paused(
    pauses: tuple[PauseReadModel, ...], position: Position, at: datetime, event: PartnershipPaused
) -> tuple[PauseReadModel, ...]:
    standing = [pause for pause in pauses if pause.whose == event.whose and (pause.end is None or pause.end > at)]
    start = min((pause.start for pause in standing), default=at)
    changed = PauseReadModel(whose=event.whose, start=start, end=event.until, taken=position, known_at=at)
    return (*(pause for pause in pauses if pause not in standing), changed)


def _resumed(
    pauses: tuple[PauseReadModel, ...], position: Position, at: datetime, event: PartnershipResumed
) -> tuple[PauseReadModel, ...]:
    return tuple(
        replace(pause, end=at, taken=position, known_at=at)
        if pause.whose == event.whose and (pause.end is None or pause.end > at)
        else pause
        for pause in pauses
    )


PARTNERSHIP_PROJECTION = Projection[PartnershipReadModel](
    kind="partnership",
    values=TypeAdapter(PartnershipReadModel),
    events=EVENTS["partnership"],
    evolve=evolve,
    indexes=("people",),
    parties=lambda _, partnership: partnership.people,
)
