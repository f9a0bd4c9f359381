"""Reasons for which a check-in is not expected: an absence, a pause, or the end of the partnership. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from coaching_events.ids import Position
from coaching_readmodels import PartnershipReadModel
from coaching_time import CORRECTED_WITHIN, PersonTime, absences_excusing
from goals.check_ins.state import Cause, Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """A reason, the position of its event, and when it became known (UTC)."""

    cause: Cause
    based_on: Position
    known_at: datetime


def excuse(occasion: Occasion, owner: PersonTime, pair: PartnershipReadModel) -> Excuse | None:
    """The reason that excuses the occasion, as known now. Of several, the one that became known first."""
    return _first([*_absences(occasion, owner), *_pauses(occasion, pair), *_end(occasion, pair)])


def correction(occasion: Occasion, owner: PersonTime, pair: PartnershipReadModel) -> Excuse | None:
    """The excuse for a recorded miss that became known within 60 days of the miss."""
    found = None if occasion.miss is None else excuse(occasion, owner, pair)
    return found if found is not None and found.known_at <= occasion.grace_end + CORRECTED_WITHIN else None


def _absences(occasion: Occasion, owner: PersonTime) -> Iterable[Excuse]:
    """Absences of a whole day that cover the due date or the workday before it, on which the owner would write."""
    return (
        Excuse(cause="absence", based_on=Position(absence.id), known_at=absence.known_at)
        for absence in absences_excusing(owner, occasion.occasion, occasion.due)
    )


def _pauses(occasion: Occasion, pair: PartnershipReadModel) -> Iterable[Excuse]:
    """A pause at any moment between the opening and the due moment."""
    return (
        Excuse(cause="pause", based_on=pause.taken, known_at=pause.known_at)
        for pause in pair.pauses
        if pause.start <= occasion.due and (pause.end is None or pause.end > occasion.opens)
    )


def _end(occasion: Occasion, pair: PartnershipReadModel) -> Iterable[Excuse]:
    """The end of the partnership before the end of the grace."""
    ended_at, based_on = pair.ended_at, pair.end_taken
    if ended_at is not None and based_on is not None and ended_at < occasion.grace_end:
        yield Excuse(cause="ended", based_on=based_on, known_at=ended_at)


def _first(excuses: Iterable[Excuse]) -> Excuse | None:
    return min(excuses, key=lambda each: (each.known_at, each.based_on), default=None)
