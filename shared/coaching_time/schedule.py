"""The occasions of check-ins under the terms of a partnership: the first, the next, and what excuses one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Protocol

from coaching_events.events.partnership import MeetingRhythm, Terms
from coaching_time.calendar import previous_workday
from coaching_time.instants import local_date
from coaching_time.lateness import check_in_grace_end
from coaching_time.occasions import Occasion, Rhythm, is_occasion, occasions_after, period_of
from coaching_time.person import Absence, PersonTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A future occasion: its local due date, and the instants (UTC) at which it opens, is due and its grace ends.

    ``terms`` is the version of the terms that it follows.
    """

    occasion: date
    opens: datetime
    due: datetime
    grace_end: datetime
    terms: int


class PastOccasion(Protocol):
    """What the next occasion follows from: its local due date, the end of its grace, the version of its terms."""

    @property
    def occasion(self) -> date:
        """Its local due date."""
        ...

    @property
    def grace_end(self) -> datetime:
        """The end of its grace (UTC)."""
        ...

    @property
    def terms(self) -> int:
        """The version of the terms that it follows."""
        ...


def first_occasion(owner: PersonTime, terms: Terms, formed_at: datetime) -> Planned:
    """The first occasion that opens after the partnership was formed."""
    return next(
        _planned(owner, terms, occasion, occasion.opens, following.due)
        for occasion, following in _pairs(owner, terms, formed_at)
        if occasion.opens > formed_at
    )


def next_occasion(
    owner: PersonTime, terms: Terms, previous: PastOccasion, *, opens_after: datetime | None = None
) -> Planned:
    """The first occasion that is due after the grace of the previous one; it opens after that grace, too.

    Its date is later than the previous date, even after a change of zone or terms. So a date names one occasion only.
    After a change of the rhythm it is in a later period of the new one: no week or month gets two for that reason.
    """
    rhythm = rhythm_of(terms)
    changed = previous.terms != terms.version and not is_occasion(rhythm, owner, previous.occasion)
    done = period_of(rhythm, previous.occasion)
    return next(
        _planned(owner, terms, occasion, max(occasion.opens, previous.grace_end), following.due)
        for occasion, following in _pairs(owner, terms, previous.grace_end)
        if occasion.day > previous.occasion
        and not (changed and period_of(rhythm, occasion.day) <= done)
        and (opens_after is None or occasion.opens > opens_after)
    )


def _pairs(owner: PersonTime, terms: Terms, after: datetime) -> Iterator[tuple[Occasion, Occasion]]:
    return pairwise(occasions_after(rhythm_of(terms), owner, after))


def rhythm_of(agreed: Terms | MeetingRhythm) -> Rhythm:
    """The rhythm of the check-ins of these terms, or of the meetings."""
    return Rhythm(rule=agreed.rhythm, clock=agreed.local_time, starting=agreed.starting)


def _planned(owner: PersonTime, terms: Terms, occasion: Occasion, opens: datetime, next_due: datetime) -> Planned:
    return Planned(
        occasion=occasion.day,
        opens=opens,
        due=occasion.due,
        grace_end=check_in_grace_end(owner, occasion.due, terms.check_in_grace, next_due),
        terms=terms.version,
    )


def absences_excusing(owner: PersonTime, occasion: date, due: datetime) -> tuple[Absence, ...]:
    """Absences of a whole day that cover the due date or the workday before it, on which the owner would write."""
    due_on = {occasion, local_date(owner.zone, due)}
    days = due_on | {previous_workday(owner, day) for day in due_on}
    return tuple(each for each in owner.absences if any(each.first <= day <= each.last for day in days))
