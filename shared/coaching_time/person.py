"""What is known of a person's time: zone, hours, holidays, absences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

WEEKDAYS: Final = "0123456"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Working hours of one day, local clock; they end after they start (night shifts come later).

    Raises ValueError for hours that do not.
    """

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("Working hours are local times and carry no offset.")
        if self.start >= self.end:
            raise ValueError("Working hours must end after they start, on the same day.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """The hours of a week from a local date on; keys "0" to "6" are Monday to Sunday, a day left out is free.

    Raises ValueError for another key and for a week without any hours: who never works has no moment to answer.
    """

    holds_from: date
    hours: Mapping[str, Hours]

    def __post_init__(self) -> None:
        if not self.hours:
            raise ValueError("A week needs working hours on at least one day.")
        if any(key not in WEEKDAYS or len(key) != 1 for key in self.hours):
            raise ValueError('The days of a week are named "0" (Monday) to "6" (Sunday).')


NO_END = date(2199, 12, 31)
"""The last day of an absence of which nobody knows the end: the last one that can be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Whole days away, both dates inclusive and local to the person; never the reason. `known_at` is an instant.

    A ``last`` day from ``NO_END`` on says that nobody knows the end.
    """

    id: str
    first: date
    last: date
    known_at: datetime

    @property
    def has_end(self) -> bool:
        """Whether it is known when it ends."""
        return self.last < NO_END


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTime:
    """A person's time: IANA zone, the week patterns, what follows from their holiday regions, their absences.

    ``region_weeks`` and ``working_days`` (dates with work on a weekend) hold for who has no pattern: see ``hours_on``.
    """

    zone: str
    patterns: tuple[Pattern, ...] = ()
    holidays: frozenset[date] = frozenset()
    absences: tuple[Absence, ...] = ()
    region_weeks: tuple[Pattern, ...] = ()
    working_days: frozenset[date] = frozenset()


NINE_TO_FIVE: Final = Hours(start=time(9), end=time(17))
USUAL_WEEK: Final = Pattern(holds_from=date.min, hours=dict.fromkeys(WEEKDAYS[:5], NINE_TO_FIVE))


def hours_on(person: PersonTime, day: date) -> Hours | None:
    """The hours of that local date, whether or not it is a holiday; None if it has none.

    They are those of the pattern that holds then. Without one they are 9:00 to 17:00 in the week of the region, also on
    its working days; without a region Monday to Friday. Somebody with a pattern keeps to it: a working Saturday of the
    region gives no hours to who never works on Saturdays.
    """
    pattern = _holding(person.patterns, day)
    if pattern is None:
        if day in person.working_days:
            return NINE_TO_FIVE
        pattern = _holding(person.region_weeks, day) or USUAL_WEEK
    return pattern.hours.get(WEEKDAYS[day.weekday()])


def _holding(patterns: tuple[Pattern, ...], day: date) -> Pattern | None:
    holding: Pattern | None = None
    for pattern in patterns:
        if pattern.holds_from <= day and (holding is None or holding.holds_from <= pattern.holds_from):
            holding = pattern
    return holding
