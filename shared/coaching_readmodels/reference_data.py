"""The reference data of a pair for the rules. Missing data raise an error and are never left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from coaching_events.events.person import HolidayRegion
from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_readmodels.calendar import CALENDAR_PROJECTION, calendar_id
from coaching_readmodels.partnership import PARTNERSHIP_PROJECTION, PartnershipReadModel
from coaching_readmodels.person import PERSON_PROJECTION, PersonReadModel
from coaching_time import Absence, Hours, Pattern, PersonTime, RegionFrom, RegionYear, region_time
from eventlog import CatchingUp, ReferenceData, all_known, required


@dataclass(frozen=True)
class PairReferenceData:
    """The partnerships and people that a service knows. Raises CatchingUp for what has not arrived yet."""

    streams: ReferenceData

    def partnership(self, partnership: PartnershipId) -> PartnershipReadModel:
        """The read model of the partnership."""
        return required(self.streams, PARTNERSHIP_PROJECTION, partnership)

    def partnership_position(self, partnership: PartnershipId) -> Position:
        """The position of the last event in the read model of the partnership."""
        entry = self.streams.get(partnership)
        if entry is None:
            raise CatchingUp(partnership)
        return entry.position

    def person(self, person: PersonId) -> PersonReadModel:
        """The read model of the person."""
        return required(self.streams, PERSON_PROJECTION, person)

    def time(self, person: PersonId) -> PersonTime:
        """The person's zone, hours, holidays, the week of their region, and absences."""
        found = self._times.get(person)
        if found is None:
            found = self._times[person] = self._time(person)
        return found

    @cached_property
    def _times(self) -> dict[PersonId, PersonTime]:
        """What was made already: a rule asks several times, and a batch of timers for the same people."""
        return {}

    def _time(self, person: PersonId) -> PersonTime:
        record = self.person(person)
        there = region_time([self._region(region) for region in record.regions])
        return PersonTime(
            zone=record.zone,
            patterns=tuple(
                Pattern(
                    holds_from=pattern.holds_from,
                    hours={day: Hours(start=hours.start, end=hours.end) for day, hours in pattern.hours.items()},
                )
                for pattern in record.patterns
            ),
            holidays=there.holidays,
            region_weeks=there.region_weeks,
            working_days=there.working_days,
            absences=tuple(
                Absence(id=absence.recorded, first=absence.first, last=absence.last, known_at=absence.known_at)
                for absence in record.absences
            ),
        )

    def _region(self, region: HolidayRegion) -> RegionFrom:
        years = self._calendars.get(region.region)
        if years is None:
            raise CatchingUp(calendar_id(region.region, region.holds_from.year))
        return RegionFrom(holds_from=region.holds_from, years=years)

    @cached_property
    def _calendars(self) -> Mapping[str, Sequence[RegionYear]]:
        """All calendars by region, computed once: a batch of timers uses the same data for hundreds of people."""
        found: dict[str, list[RegionYear]] = {}
        for calendar in all_known(self.streams, CALENDAR_PROJECTION):
            year = RegionYear(
                year=calendar.year, holidays=calendar.days, weekend=calendar.weekend, working_days=calendar.working_days
            )
            found.setdefault(calendar.region, []).append(year)
        return found
