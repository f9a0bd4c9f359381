"""The due moment of a promise. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coaching_events.events.commitment import DueMoved
from coaching_events.ids import PersonId
from coaching_readmodels import PairReferenceData
from coaching_time import due_on, next_workday
from eventlog import Refused

FURTHEST = timedelta(days=2 * 366)
"""The longest time from now to a due moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When something is due: an instant (UTC), or a local date of the owner."""

    instant: datetime | None = None
    day: date | None = None


def due_moment(owner: PersonId, due: Due, at: datetime, reference_data: PairReferenceData) -> datetime:
    """The instant (UTC). For a date: the end of the owner's work on it or on the next workday. Raises Refused."""
    if due.instant is not None:
        moment = due.instant
    elif due.day is not None:
        moment = due_on(reference_data.time(owner), due.day)
    else:
        raise Refused("no-due-moment", "Say until when: a date, or a moment.")
    if moment <= at:
        raise Refused("due-in-the-past", "A promise is about the future: name a later date.", due=moment)
    if moment > at + FURTHEST:
        raise Refused("due-too-far", "Promise something within the next two years.", due=moment)
    return moment


def due_moved(owner: PersonId, due: Due, reference_data: PairReferenceData) -> DueMoved | None:
    """Why the due moment is not on the requested date. None if the owner works on it, or without a requested date."""
    if due.instant is not None or due.day is None:
        return None
    person = reference_data.time(owner)
    to = next_workday(person, due.day)
    if to == due.day:
        return None
    return DueMoved(asked=due.day, to=to, because="holiday" if due.day in person.holidays else "no-working-hours")
