"""What this service's rules know of people and their time: facts of its own, read from its own documents."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from coaching_events.ids import PersonId, StreamId, kind_of
from coaching_time import Hours, Pattern, PersonTime
from eventlog.aggregate import AnyAggregate, CatchingUp, Fact, Facts
from eventlog.clock import wall_in, wall_now
from eventlog.decide import recorded
from eventlog.store import Document, Store
from partnerships.calendar import CALENDAR
from partnerships.calendar.state import Calendar
from partnerships.person import PERSON
from partnerships.person.state import Active, Inactive, Record

OWN: Mapping[str, AnyAggregate] = {PERSON.kind: PERSON, CALENDAR.kind: CALENDAR}
HOLD = 60.0
"""Seconds for which calendars stay in the process: they are few, slow, and asked for by nearly every rule."""
LOOK_AGAIN = timedelta(seconds=1)
"""A region without calendars is looked for again after this."""


@dataclass(frozen=True, slots=True)
class PeopleFacts:
    """The rules' view: who is active, and when people work. Somebody who is not in the directory is not active."""

    facts: Facts

    def person(self, person: PersonId) -> Active | Inactive | None:
        """The person as the directory knows them."""
        fact = self.facts.get(person)
        return fact.value if fact is not None and isinstance(fact.value, Record) else None

    def time(self, person: PersonId) -> PersonTime:
        """When somebody works; raises CatchingUp for one of whose region no calendar is known."""
        somebody = self.person(person)
        if somebody is None:
            raise CatchingUp(person)
        return time_of(somebody, self._holidays)

    def _holidays(self, region: str) -> Iterable[date]:
        calendars: list[Calendar] = [fact.value for fact in self.facts.values() if _is_of(fact.value, region)]
        if not calendars:
            raise CatchingUp(StreamId(f"calendar_{region}"))
        return [holiday.day for calendar in calendars for holiday in calendar.days]


class DocumentFacts:
    """Facts from this service's documents. With each person come the calendars of their regions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[str, tuple[datetime, tuple[Fact, ...]]] = {}

    async def read(self, streams: Sequence[StreamId]) -> Facts:
        """The documents as they are now; those that do not exist are left out."""
        facts = {found.stream: await self._fact(found) for found in await self._store.states(streams)}
        regions = {
            each.region for fact in facts.values() if isinstance(fact.value, Record) for each in fact.value.regions
        }
        for calendar in await self._calendars(regions):
            facts.setdefault(calendar.stream, calendar)
        return facts

    def forget(self, region: str) -> None:
        """Read the calendars of a region anew next time: one was published."""
        self._held.pop(region, None)

    async def _calendars(self, regions: Iterable[str]) -> list[Fact]:
        wanted = sorted(regions)
        missing = [region for region in wanted if region not in self._held or self._held[region][0] <= wall_now()]
        if missing:
            found = [await self._fact(each) for each in await self._store.find("calendar", {"region": missing})]
            for region in missing:
                of_region = tuple(fact for fact in found if _is_of(fact.value, region))
                self._held[region] = (wall_in(HOLD) if of_region else wall_now() + LOOK_AGAIN, of_region)
        return [fact for region in wanted for fact in self._held[region][1]]

    async def _fact(self, document: Document) -> Fact:
        aggregate = OWN[kind_of(document.stream)]
        return Fact(document.stream, document.version, await self._state(aggregate, document))

    async def _state(self, aggregate: AnyAggregate, document: Document) -> Any:
        if document.shape == aggregate.shape:
            return aggregate.states.validate_python(document.state)
        state = None
        for entry in await self._store.history(document.stream):
            state = aggregate.evolve(state, recorded(aggregate, document.stream, entry))
        return state


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


def _is_of(value: Any, region: str) -> bool:
    return isinstance(value, Calendar) and value.region == region
