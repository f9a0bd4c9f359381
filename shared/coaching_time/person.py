"""A person's time: zone, hours, holidays, absences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

WEEKDAYS: Final = "0123456"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Working hours of one day in local time. The end is after the start; night shifts are not supported.

    Raises ValueError for other hours.
    """

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("Working hours are local times and have no offset.")
        if self.start >= self.end:
            raise ValueError("Working hours must end after they start, on the same day.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """The hours of a week from a local date on. Keys "0" to "6" are Monday to Sunday. A day without a key is free.

    Raises ValueError for another key, and for a week without any hours: there would be no moment to answer.
    """

    holds_from: date
    hours: Mapping[str, Hours]

    def __post_init__(self) -> None:
        if not self.hours:
            raise ValueError("A week needs working hours on at least one day.")
        if any(key not in WEEKDAYS or len(key) != 1 for key in self.hours):
            raise ValueError('The days of a week are named "0" (Monday) to "6" (Sunday).')


NO_END = date(2199, 12, 31)
"""The last day of an absence without a known end: the last date that exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Whole local days of an absence, first and last included, without the reason. `known_at` is an instant (UTC).

    With a ``last`` day of ``NO_END`` or later, the end is not known.
    """

    id: str
    first: date
    last: date
    known_at: datetime

    @property
    def has_end(self) -> bool:
        """Whether the end is known."""
        return self.last < NO_END


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTime:
    """A person's time: IANA zone, week patterns, the data of their holiday regions, absences.

    ``region_weeks`` and ``working_days`` (dates with work on a weekend) apply without a pattern: see ``hours_on``.
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
    """The hours of that local date, whether or not it is a holiday. None if it has none.

    They are those of the pattern of that date. Without a pattern they are 9:00 to 17:00 in the week of the region, also
    on
    its working days; without a region Monday to Friday. With a pattern, a working Saturday of the region changes
    nothing.
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
