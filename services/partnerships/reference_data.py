"""The reference data for the rules of this service: people and their working times. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coaching_events.ids import PersonId, StreamId
from coaching_time import Hours, Pattern, PersonTime, RegionFrom, RegionYear, region_time
from eventlog import CatchingUp, ReferenceData, all_known, known
from partnerships.calendar import calendars
from partnerships.calendar.state import Calendar
from partnerships.person import people
from partnerships.person.state import Active, Inactive, Record


@dataclass(frozen=True, slots=True)
class PeopleReferenceData:
    """Which people are active, and when they work. A person who is not in the directory is not active."""

    reference_data: ReferenceData

    def person(self, person: PersonId) -> Active | Inactive | None:
        """The person in the directory, or None."""
        return known(self.reference_data, people, person)

    def time(self, person: PersonId) -> PersonTime:
        """When a person works. Raises CatchingUp for a region without a calendar."""
        somebody = self.person(person)
        if somebody is None:
            raise CatchingUp(person)
        return time_of(somebody, self._years)

    def _years(self, region: str) -> Sequence[RegionYear]:
        years = [_year(each) for each in all_known(self.reference_data, calendars) if each.region == region]
        if not years:
            raise CatchingUp(StreamId(f"calendar_{region}"))
        return years


def time_of(person: Record, years: Callable[[str], Sequence[RegionYear]]) -> PersonTime:
    """A person's time, with the calendar of each region for the days on which the person has it."""
    there = region_time([RegionFrom(holds_from=each.holds_from, years=years(each.region)) for each in person.regions])
    return PersonTime(
        zone=person.zone,
        patterns=tuple(
            Pattern(
                holds_from=pattern.holds_from,
                hours={day: Hours(start=hours.start, end=hours.end) for day, hours in pattern.hours.items()},
            )
            for pattern in person.patterns
        ),
        holidays=there.holidays,
        absences=person.absences,
        region_weeks=there.region_weeks,
        working_days=there.working_days,
    )


def _year(calendar: Calendar) -> RegionYear:
    days = tuple(holiday.day for holiday in calendar.days)
    return RegionYear(year=calendar.year, holidays=days, weekend=calendar.weekend, working_days=calendar.working_days)
