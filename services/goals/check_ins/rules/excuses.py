"""Why a check-in is not expected: an absence, a pause, or the end of the partnership. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from coaching_events.ids import Position
from coaching_readmodels import PartnershipReadModel
from coaching_time import PersonTime, local_date, previous_workday
from goals.check_ins.state import CORRECTED_WITHIN, Cause, Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """A fact that excuses, by its position, and when it became known (UTC)."""

    cause: Cause
    based_on: Position
    known_at: datetime


def excuse(occasion: Occasion, owner: PersonTime, pair: PartnershipReadModel) -> Excuse | None:
    """What excuses the occasion, as known now; of several reasons the one that was known first."""
    return _first([*_absences(occasion, owner), *_pauses(occasion, pair), *_end(occasion, pair)])


def correction(occasion: Occasion, owner: PersonTime, pair: PartnershipReadModel) -> Excuse | None:
    """What puts a recorded miss right: an excuse that became known within 60 days of it."""
    found = None if occasion.miss is None else excuse(occasion, owner, pair)
    return found if found is not None and found.known_at <= occasion.grace_end + CORRECTED_WITHIN else None


def _absences(occasion: Occasion, owner: PersonTime) -> Iterable[Excuse]:
    """Whole days away on a day on which it is due, or on the workday before, when it would have been written."""
    due_on = {occasion.occasion, local_date(owner.zone, occasion.due)}
    days = due_on | {previous_workday(owner, day) for day in due_on}
    return (
        Excuse(cause="absence", based_on=Position(absence.id), known_at=absence.known_at)
        for absence in owner.absences
        if any(absence.first <= day <= absence.last for day in days)
    )


def _pauses(occasion: Occasion, pair: PartnershipReadModel) -> Iterable[Excuse]:
    """A pause that stands at some moment between its opening and its being due."""
    return (
        Excuse(cause="pause", based_on=pause.taken, known_at=pause.known_at)
        for pause in pair.pauses
        if pause.start <= occasion.due and (pause.end is None or pause.end > occasion.opens)
    )


def _end(occasion: Occasion, pair: PartnershipReadModel) -> Iterable[Excuse]:
    """The partnership was over before the grace was."""
    ended_at, based_on = pair.ended_at, pair.end_taken
    if ended_at is not None and based_on is not None and ended_at < occasion.grace_end:
        yield Excuse(cause="ended", based_on=based_on, known_at=ended_at)


def _first(excuses: Iterable[Excuse]) -> Excuse | None:
    return min(excuses, key=lambda each: (each.known_at, each.based_on), default=None)
