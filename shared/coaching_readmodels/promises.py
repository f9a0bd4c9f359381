"""What goals and sessions share of a promise: its due moment, and the id of one that follows from a session. Pure.

A service that calls ``due_moment`` lists the types of its refusals in its problems.py.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from pydantic import model_validator

from coaching_events.events.commitment import DueMoved
from coaching_events.ids import CommitmentId, PersonId, Position
from coaching_readmodels.reference_data import PairReferenceData
from coaching_time import NoWorkingTime, due_on, next_workday
from eventlog import Refused, derived_stream
from service_kit.bodies import Body, LocalDate, Moment, Unfit, example

FURTHEST = timedelta(days=2 * 366)
"""The longest time from now to a due moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When something is due: an instant (UTC), or a local date of the owner."""

    instant: datetime | None = None
    day: date | None = None


class DueBody(Body, json_schema_extra=example(on="2026-03-13")):
    """The due moment: ``at`` an instant, or ``on`` a local date of the owner (the end of their work on that date)."""

    at: Moment | None = None
    on: LocalDate | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.at is None) == (self.on is None):
            raise Unfit("names one of the two: a date (on), or a moment (at)")
        return self

    def due(self) -> Due:
        """The due moment in the form that the rules use."""
        return Due(instant=self.at, day=self.on)


def due_moment(owner: PersonId, due: Due, at: datetime, reference_data: PairReferenceData) -> datetime:
    """The instant (UTC). For a date: the end of the owner's work on it or on the next workday. Raises Refused."""
    if due.instant is not None:
        moment = due.instant
    elif due.day is not None:
        moment = _on(due.day, owner, reference_data)
    else:
        raise Refused("no-due-moment", "Say until when: a date, or a moment.")
    if moment <= at:
        raise Refused("due-in-the-past", "A promise is about the future: name a later date.", due=moment)
    if moment > at + FURTHEST:
        raise Refused("due-too-far", "Promise something within the next two years.", due=moment)
    return moment


def _on(day: date, owner: PersonId, reference_data: PairReferenceData) -> datetime:
    try:
        return due_on(reference_data.time(owner), day)
    except NoWorkingTime:
        sentence = "Name a date by which it can be done: there is no working time so far ahead."
        raise Refused("no-due-moment", sentence, day=day) from None


def due_moved(owner: PersonId, due: Due, reference_data: PairReferenceData) -> DueMoved | None:
    """Why the due moment is not on the requested date. None if the owner works on it, or without a requested date."""
    if due.instant is not None or due.day is None:
        return None
    person = reference_data.time(owner)
    to = next_workday(person, due.day)
    if to == due.day:
        return None
    return DueMoved(asked=due.day, to=to, because="holiday" if due.day in person.holidays else "no-working-hours")


def follow_up_id(agreed: Position) -> CommitmentId:
    """The stream of the promise or request that follows from ``follow-up-agreed`` at this position."""
    return CommitmentId(derived_stream("commitment", "follow-up", agreed))
