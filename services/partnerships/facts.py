"""What this service's rules know of people and their time. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeGuard

from coaching_events.ids import PersonId, StreamId
from coaching_time import Hours, Pattern, PersonTime
from eventlog.aggregate import CatchingUp, Facts
from partnerships.calendar.state import Calendar
from partnerships.person.state import Active, Inactive, Record


@dataclass(frozen=True, slots=True)
class PeopleFacts:
    """The rules' view: who is active, and when people work. Somebody who is not in the directory is not active."""

    facts: Facts

    def person(self, person: PersonId) -> Active | Inactive | None:
        """The person as the directory knows them."""
        fact = self.facts.get(person)
        return fact.value if fact is not None and isinstance(fact.value, Active | Inactive) else None

    def time(self, person: PersonId) -> PersonTime:
        """When somebody works; raises CatchingUp for one of whose region no calendar is known."""
        somebody = self.person(person)
        if somebody is None:
            raise CatchingUp(person)
        return time_of(somebody, self._holidays)

    def _holidays(self, region: str) -> Iterable[date]:
        known: Iterable[Any] = (fact.value for fact in self.facts.values())
        calendars = [value for value in known if is_of(value, region)]
        if not calendars:
            raise CatchingUp(StreamId(f"calendar_{region}"))
        return [holiday.day for calendar in calendars for holiday in calendar.days]


def time_of(person: Record, holidays: Callable[[str], Iterable[date]]) -> PersonTime:
    """A person's time, with the holidays of each region in the days in which it is theirs."""
    days: set[date] = set()
    for number, region in enumerate(person.regions):
        until = person.regions[number + 1].holds_from if number + 1 < len(person.regions) else date.max
        days.update(day for day in holidays(region.region) if region.holds_from <= day < until)
    return PersonTime(
        zone=person.zone,
        patterns=tuple(
            Pattern(
                holds_from=pattern.holds_from,
                hours={day: Hours(start=hours.start, end=hours.end) for day, hours in pattern.hours.items()},
            )
            for pattern in person.patterns
        ),
        holidays=frozenset(days),
        absences=person.absences,
    )


def is_of(value: Any, region: str) -> TypeGuard[Calendar]:
    """Whether this is a calendar of the region."""
    return isinstance(value, Calendar) and value.region == region
