"""Suspensions: why a promise counts as not due, and until when. Pure."""

from dataclasses import dataclass
from datetime import datetime

from coaching_events.events.commitment import CommitmentSuspended, SuspensionCause
from coaching_events.ids import Position, RuleName
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_time import FIGURES, PersonTime, absence_covering, absence_end, promise_grace_end, suspension_until
from goals.commitment.state import Kept, Open, Overdue
from goals.owner import who


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why it is suspended, the position of that event, the end (None: not known), and when it became known (UTC)."""

    name: SuspensionCause
    based_on: Position | None
    end: datetime | None
    known_at: datetime


def cause_of(owner: PersonTime, pair: PartnershipReadModel, due: datetime, grace_end: datetime) -> Cause | None:
    """The owner's absence on the due date, or a pause then or at the end of the grace. The later end decides."""
    found: list[Cause] = []
    absence = absence_covering(owner, due)
    if absence is not None:
        end, based_on = absence_end(owner, absence), Position(absence.id)
        found.append(Cause(name="absence", based_on=based_on, end=end, known_at=absence.known_at))
    # A deadline in a pause suspends, too: nothing is asked of the two during a pause.
    pause = pair.pause_at(due) or pair.pause_at(grace_end)
    if pause is not None:
        found.append(Cause(name="pause", based_on=pause.taken, end=pause.end, known_at=pause.known_at))
    return max(found, key=lambda cause: (cause.end is None, cause.end or cause.known_at), default=None)


def suspended(
    promise: Open | Overdue | Kept,
    cause: Cause,
    *,
    by: RuleName,
    due: datetime,
    pair: PartnershipReadModel,
    reference_data: PairReferenceData,
    supersedes: Position | None = None,
) -> CommitmentSuspended:
    """The suspension of a promise due at ``due``, until the end of the owner's first working day after the cause.

    That day is after both the end of the cause and the time at which it became known. For a kept promise only the end
    counts, because nothing is left to do.
    """
    owner = reference_data.time(promise.owner)
    known_at = cause.end if isinstance(promise, Kept) and cause.end is not None else cause.known_at
    until = suspension_until(owner, cause.end, known_at)
    grace_end = None if until is None else promise_grace_end(owner, until, pair.terms.promise_grace)
    return CommitmentSuspended(
        **who(promise, by),
        due=due,
        cause=cause.name,
        based_on=cause.based_on,
        until=until,
        grace_end=grace_end,
        supersedes=supersedes,
        ask_again_days=FIGURES.days_for_event(until),
    )
