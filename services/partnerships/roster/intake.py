"""Taking a roster in: every row a command of its own, so that the wrong ones stop nobody else."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from coaching_events.ids import CalendarId, PersonId, RuleName
from coaching_events.person import PersonEvent
from coaching_rows import identity
from eventlog.aggregate import Refused
from eventlog.decide import Command, EventLog, LostRace
from partnerships.calendar.publishing import publish_missing
from partnerships.directory import find_all, holders, person_id
from partnerships.person import people, rules
from partnerships.person.state import Active
from partnerships.roster.columns import RosterShape
from partnerships.roster.rows import Row, Wrong, read_roster
from service_kit.bodies import View

AT_ONCE = 8
"""Rows that are written side by side."""
MANY = 10
SHARE = 0.05
"""More deactivations than this share of the active people, and at least MANY, wait for a confirmation."""


class WrongRow(View):
    """A line that was not taken in, and why."""

    line: int
    why: str


class Conflict(View):
    """A line about somebody unknown who may be ``person``: link the two by hand, or register somebody new."""

    line: int
    why: str
    person: PersonId


class Report(View):
    """What became of a roster. ``unchanged`` are people of whom it said what was known; ``calendars`` are new ones."""

    registered: int
    changed: int
    unchanged: int
    wrong: tuple[WrongRow, ...]
    conflicts: tuple[Conflict, ...]
    calendars: tuple[CalendarId, ...]


@dataclass
class Intake:
    """One roster on its way in. ``command`` tells its writes apart from those of every other.

    ``request`` is the fingerprint of what asked for it: the same command with another one is refused. Without one the
    command is new.
    """

    log: EventLog
    shape: RosterShape
    by: PersonId | RuleName
    at: datetime
    command: str
    request: str = ""
    _wrong: list[WrongRow] = field(default_factory=list[WrongRow], init=False)
    _conflicts: list[Conflict] = field(default_factory=list[Conflict], init=False)
    _counted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("new", "changed", "same"), 0), init=False)

    async def take(self, text: str, *, confirmed: int | None = None) -> Report:
        """Take in all rows that can be; refuses, with nothing changed, more deactivations than were confirmed.

        Raises AnotherRequest, with nothing changed, where one of its writes has been made for another request, and
        StoreUnavailable, with some rows taken in: what is in counts as unchanged when it is sent again.
        """
        rows: list[Row] = []
        for row in read_roster(text, self.shape):
            if isinstance(row, Wrong):
                self._say(row.line, row.why)
            else:
                rows.append(row)
        known = await holders(self.log, {name for row in rows for name in self._names(row)})
        people_of_rows = await self._placed(rows, known)
        await self._check_deactivations(people_of_rows, confirmed)
        await _side_by_side(self._check_request(place) for place in people_of_rows)
        regions = {row.details.region for row in rows if row.details.region is not None}
        calendars, unknown = await publish_missing(
            self.log, regions, by=self.by, at=self.at, command=self.command
        )  # fmt: skip
        for place in people_of_rows:
            if place.row.details.region in unknown:
                self._say(place.row.line, f"Nobody knows the public holidays of {place.row.details.region}.")
        await _side_by_side(self._take_in(place) for place in people_of_rows if place.row.details.region not in unknown)
        return Report(
            registered=self._counted["new"], changed=self._counted["changed"], unchanged=self._counted["same"],
            wrong=tuple(sorted(self._wrong, key=lambda each: each.line)), conflicts=tuple(self._conflicts),
            calendars=tuple(calendars),
        )  # fmt: skip

    def _names(self, row: Row) -> Iterable[str]:
        yield identity(self.shape.source, row.external_id)
        yield from (identity(*also) for also in self._also(row))
        if row.manager:
            yield identity(self.shape.source, row.manager)

    def _also(self, row: Row) -> Sequence[tuple[str, str]]:
        source = self.shape.login_source
        return () if source is None or row.login is None else ((source, row.login),)

    async def _placed(self, rows: Sequence[Row], known: dict[str, rules.Known]) -> list["_Place"]:
        """Whom each row is about; rows that may be about somebody else are conflicts."""
        by_email = {
            str(person.email): person.id
            for person in await find_all(self.log, "email", {row.details.email for row in rows if row.details.email})
        }
        in_file = {row.external_id for row in rows}
        places: list[_Place] = []
        for row in rows:
            person = known.get(identity(self.shape.source, row.external_id))
            id = person.id if person is not None else person_id(self.shape.source, row.external_id)
            rival = next((known[name].id for also in self._also(row) if (name := identity(*also)) in known), id)
            email = row.details.email
            if person is None and email is not None:
                rival = by_email.setdefault(email, id) if rival == id else rival
            if rival != id:
                why = f"{row.external_id} is unknown here, but somebody else has this email or login."
                self._conflicts.append(Conflict(line=row.line, why=why, person=rival))
                continue
            manager = known.get(identity(self.shape.source, row.manager)) if row.manager else None
            if row.manager and manager is None and row.manager not in in_file:
                self._say(row.line, f"The manager {row.manager} is neither in this file nor known.")
                continue
            places.append(_Place(id, person, self._with_manager(row, manager)))
        return places

    def _with_manager(self, row: Row, manager: rules.Known | None) -> Row:
        if row.manager is None:
            return row
        found = manager.id if manager is not None else None
        id = found or (person_id(self.shape.source, row.manager) if row.manager else None)
        return replace(row, details=row.details.model_copy(update={"manager": id}))

    async def _check_deactivations(self, places: Sequence["_Place"], confirmed: int | None) -> None:
        gone = sum(place.row.active is False and isinstance(place.person, Active) for place in places)
        if gone < MANY or gone == confirmed:
            return
        active = len(await find_all(self.log, "status", {"active"}))
        if gone > active * SHARE:
            sentence = f"This would deactivate {gone} of {active} people. If that is meant, confirm that number."
            raise Refused("confirm-deactivations", sentence, deactivations=gone, active=active)

    def _follows(self, person: rules.State, row: Row) -> Sequence[PersonEvent]:
        return rules.follow_directory(
            person, by=self.by, at=self.at, source=self.shape.source, external_id=row.external_id,
            details=row.details, active=row.active, absence=row.absence, also=self._also(row),
        )  # fmt: skip

    def _command(self, place: "_Place") -> Command:
        return Command(id=f"{self.command}|{place.id}", at=self.at, request=self.request)

    async def _check_request(self, place: "_Place") -> None:
        """Before anything is written: a row's write may be there already, but only for this request."""
        if self.request and place.person is not None and self._follows(place.person, place.row):
            await self.log.refuse_another_request(place.id, self._command(place))

    async def _take_in(self, place: "_Place") -> None:
        async def rule(person: rules.State) -> Sequence[PersonEvent]:
            return self._follows(person, place.row)

        if not self._follows(place.person, place.row):
            self._counted["same"] += 1
            return
        try:
            await self.log.decide(people, place.id, self._command(place), rule)
            self._counted["new" if place.person is None else "changed"] += 1
        except (Refused, LostRace) as wrong:
            self._say(place.row.line, str(wrong))

    def _say(self, line: int, why: str) -> None:
        self._wrong.append(WrongRow(line=line, why=why))


async def _side_by_side(tasks: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Some at a time; raises the first failure by itself once all have ended."""
    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(task: Coroutine[Any, Any, None]) -> None:
        async with at_once:
            await task

    done = await asyncio.gather(*(one(task) for task in tasks), return_exceptions=True)
    for failure in done:
        if failure is not None:
            raise failure


@dataclass(frozen=True, slots=True)
class _Place:
    """A row, and the person it is about as far as known before."""

    id: PersonId
    person: rules.State
    row: Row
