"""Imports a roster. Every line is counted once, and a wrong line does not stop the others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, TypeVar

from coaching_events.events.conflict import ConflictEvent, ConflictFound
from coaching_events.events.person import PersonEvent
from coaching_events.ids import CalendarId, ConflictId, PersonId, RuleName, StreamId
from coaching_readmodels import compared, identity
from eventlog import Refused
from eventlog.commands import CommandContext, EventLog
from partnerships.calendar.publishing import publish_missing
from partnerships.conflict import conflict_id, conflicts
from partnerships.conflict import rules as conflict_rules
from partnerships.conflict.deciding import all_conflicts
from partnerships.directory import find_all, free_ids, holders, person_id
from partnerships.person import people, rules
from partnerships.person.following import Said, follow, retire
from partnerships.person.logins import Logins
from partnerships.person.state import Active
from partnerships.roster.columns import RosterShape
from partnerships.roster.contests import Contest, Place, contested
from partnerships.roster.report import ConflictView, LineView, Report
from partnerships.roster.rows import Row, Sheet, read_roster
from service_kit.http import IDENTITIES, missing, problem_of
from service_kit.languages import ENGLISH, Language, Phrase

TOGETHER = 200
"""The most people per write."""


@dataclass
class Cap:
    """More deactivations than this share of the active people, and at least ``many``, need a confirmation."""

    share: float = 0.05
    many: int = 10


CAP = Cap()

CONTESTS: Mapping[str, str] = {
    "email": "{id} is not known here, but another person has its email.",
    "login": "{id} is not known here, but another person has its login.",
}

T = TypeVar("T")
Mode = Literal["partial", "complete"]
"""partial: people who are not in the file do not change; complete: they are deactivated."""


@dataclass
class Intake:
    """The import of one roster. ``command`` identifies its writes.

    ``request`` is the fingerprint of the request: the same command with another request is refused. Empty, the command
    is
    new. ``dry`` writes nothing and reports the result. Without ``may_link_logins`` no known person gets a further
    login.
    """

    log: EventLog
    shape: RosterShape
    by: PersonId | RuleName
    at: datetime
    command: str
    request: str = ""
    mode: Mode = "partial"
    dry: bool = False
    logins: Logins = field(kw_only=True)
    may_link_logins: bool = field(kw_only=True)
    language: Language = field(default=ENGLISH, kw_only=True)
    _wrong: list[LineView] = field(default_factory=list[LineView], init=False)
    _warnings: list[LineView] = field(default_factory=list[LineView], init=False)
    _new: dict[str, PersonId] = field(default_factory=dict[str, PersonId], init=False)
    _found: dict[ConflictId, ConflictFound] = field(default_factory=dict[ConflictId, ConflictFound], init=False)
    _waiting: set[PersonId] = field(default_factory=set[PersonId], init=False)
    _conflicts: list[ConflictView] = field(default_factory=list[ConflictView], init=False)
    _counted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("new", "changed", "same"), 0), init=False)

    async def take(self, text: str, *, confirmed: int | None = None) -> Report:
        """Import all valid rows. Raises Refused, with nothing changed, for more deactivations than confirmed.

        Raises IdempotencyKeyReused, with nothing changed, if another request has made one of its writes, and
        StoreUnavailable,
        with some rows written: those count as unchanged when it is sent again.
        """
        sheet = read_roster(text, self.shape)
        for each in sheet.wrong:
            self._refuse(each.line, each.why)
        registered = [person_id(self.log.ids, self.shape.source, row.external_id) for row in sheet.rows]
        known = await holders(self.log, {name for row in sheet.rows for name in self._names(row)}, registered)
        places = await self._placed(sheet.rows, known)
        missing = await self._missing(sheet)
        gone = self._leavers(places)
        await self._check_deactivations(len(gone) + len(missing), confirmed)
        await self._check_requests(places)
        calendars = await self._regions(places)
        retired = [place for place in places if self._retires(place, place.person)]
        # Logins are retired before they are linked. Otherwise one login would find two people for a moment.
        await self._write(retired, "retire")
        await self._write(places, "")
        await self._deactivate(missing)
        await self._wait(sheet, places)
        return Report(
            lines=sheet.lines,
            registered=self._counted["new"],
            changed=self._counted["changed"],
            unchanged=self._counted["same"],
            deactivated=len(gone) + len(missing),
            wrong=_in_order(self._wrong),
            warnings=_in_order(self._warnings),
            conflicts=tuple(self._conflicts),
            missing=tuple(missing),
            calendars=tuple(calendars),
            dry_run=self.dry,
        )

    def _names(self, row: Row) -> Iterable[str]:
        yield identity(self.shape.source, row.external_id)
        yield from (identity(*also) for also in self._logins(row).items())
        if row.manager:
            yield identity(self.shape.source, row.manager)

    def _logins(self, row: Row) -> Mapping[str, str]:
        source = self.shape.login_source
        return {} if source is None or row.login is None else {source: row.login}

    async def _placed(self, rows: Sequence[Row], known: Mapping[str, rules.Known]) -> list[Place]:
        """The person of each row. A row that may be about another person is a conflict; some rows are wrong."""
        new = [row.external_id for row in rows if self._person_of(row, known) is None]
        self._new = await free_ids(self.log, self.shape.source, new)
        readable: list[Place] = []
        for row in rows:
            person = self._person_of(row, known)
            if row.faults and not (row.active is False if person is not None else row.if_known):
                self._refuse(row.line, *row.faults)
            else:
                id = self._new[row.external_id] if person is None else person.id
                place = Place(id, person, row, self._said(row, known=person is not None))
                readable += self._with_its_login(place)
        addresses = {compared(each.row.email) for each in readable if each.row.email and each.person is None}
        owners = await find_all(self.log, "email_key", addresses)
        contests = contested(readable, known, owners, by=self.by, at=self.at, logins=self.logins)
        taken = [each for each in readable if each.row.line not in contests or _leaves(each)]
        managers = {name: person.id for name, person in known.items()} | {
            identity(self.shape.source, each.row.external_id): each.id
            for each in taken
            if not each.is_refused and not each.says_nothing(self.by, self.at, self.logins)
        }
        places: list[Place] = []
        for each in readable:
            place, contest = self._with_manager(each, managers), contests.get(each.row.line)
            if contest is None and place.is_refused:
                self._refuse(each.row.line, *each.row.faults)
            elif contest is None:
                self._warn(each.row.line, *each.row.warnings, *each.row.faults)
                places.append(place)
            elif _leaves(each):  # no fault may keep a leaver active
                login = Phrase("Another person has the login {login}: it is left out.", login=each.row.login)
                self._warn(each.row.line, *each.row.warnings, *each.row.faults, login)
                places.append(replace(place, said=replace(place.said, logins={})))
            else:
                self._conflict(place, contest)
        return places

    def _person_of(self, row: Row, known: Mapping[str, rules.Known]) -> rules.State:
        return known.get(identity(self.shape.source, row.external_id))

    def _with_its_login(self, place: Place) -> Iterable[Place]:
        """The place with its login, or without it; nothing if the row is refused because of it.

        No fault may keep a leaver active, so a login that they may not get is left out.
        """
        line, login, person = place.row.line, place.row.login, place.person
        without = replace(place, said=replace(place.said, logins={}))
        if person is not None and any(identity(*each) in person.refused for each in place.said.logins.items()):
            self._warn(line, Phrase("The person has refused the login {login}: it is left out.", login=login))
            return (without,)
        if self.may_link_logins or not any(self.logins.is_further(person, *each) for each in place.said.logins.items()):
            return (place,)
        needs = missing(IDENTITIES).phrase
        if place.is_active(self.at) is False:
            self._warn(line, Phrase("The login {login} is left out. {needs}", login=login, needs=needs))
            return (without,)
        why = "{id} has another login, and {login} would be a further one. {needs}"
        self._refuse(line, Phrase(why, id=place.row.external_id, login=login, needs=needs))
        return ()

    def _said(self, row: Row, *, known: bool) -> Said:
        return Said(
            source=self.shape.source,
            external_id=row.external_id,
            details=row.details if known else row.details or row.if_known,
            logins=self._logins(row),
            active=row.active,
            leave=row.leave,
            speaks_of_leave=row.speaks_of_leave,
        )

    def _with_manager(self, place: Place, managers: Mapping[str, PersonId]) -> Place:
        """The place with the id of the row's manager."""
        row, details = place.row, place.said.details
        if details is None or row.manager is None:
            return place
        manager = managers.get(identity(self.shape.source, row.manager)) if row.manager else None
        if row.manager and manager is None:
            sentence = "The number of the manager, {manager}, is not known: the manager is left empty."
            self._warn(row.line, Phrase(sentence, manager=row.manager))
        details = details.model_copy(update={"manager": manager})
        details.model_fields_set.add("manager")
        return replace(place, said=replace(place.said, details=details))

    def _conflict(self, place: Place, contest: Contest) -> None:
        """A line that waits until an operator decides which person it is, or whose login it is."""
        row, person, said = place.row, place.person, place.said
        why = Phrase(CONTESTS[contest.because], id=row.external_id)
        if person is not None:
            why = Phrase(
                "Another person has the login {login}. Decide whose it is, or correct the line.", login=row.login
            )
        id = conflict_id(self.shape.source, row.external_id)
        self._conflicts.append(
            ConflictView(line=row.line, why=self.language.phrase(why), person=contest.rival, conflict=id)
        )
        self._waiting |= {contest.rival, place.id}
        if said.details is not None:
            self._found[id] = conflict_rules.found_of(
                said,
                said.details,
                by=self.by,
                at=self.at,
                person=contest.rival if person is None else person.id,
                because=contest.because,
                login_holder=contest.rival if contest.because == "login" else None,
            )

    async def _missing(self, sheet: Sheet) -> list[PersonId]:
        """The active people of this source who are not in a complete roster."""
        if self.mode == "partial":
            return []
        if sheet.wrong:
            lines = ", ".join(str(each.line) for each in sheet.wrong[:10])
            raise Refused(
                "incomplete-roster",
                "A complete roster deactivates the people who are not in it, so each line must be readable. "
                "Correct line {lines}, or import it as a partial roster. Nothing was changed.",
                lines=lines,
                wrong=len(sheet.wrong),
            )
        named = {identity(self.shape.source, row.external_id) for row in sheet.rows}
        mine = f"{self.shape.source}|"
        active = await find_all(self.log, "status", {"active"})
        return sorted(
            person.id
            for person in active
            if person.id not in self._waiting  # a line may be about them, with another number
            and any(name.startswith(mine) for name in person.identities)
            and not named.intersection(person.identities)
        )

    def _leavers(self, places: Sequence[Place]) -> list[PersonId]:
        return [place.id for place in places if isinstance(place.person, Active) and place.is_active(self.at) is False]

    async def _check_deactivations(self, gone: int, confirmed: int | None) -> None:
        if self.dry or gone < CAP.many or gone == confirmed:
            return
        active = len(await find_all(self.log, "status", {"active"}))
        if gone > CAP.share * active:
            sentence = (
                "{deactivations} of {active} active people would be deactivated. Nothing was changed. If this is "
                "right, import it again and confirm this number."
            )
            raise Refused("confirm-deactivations", sentence, deactivations=gone, active=active)

    async def _check_requests(self, places: Sequence[Place]) -> None:
        """Before any write: refuse a write that another request has already made."""
        if not self.request:
            return
        for place in places:
            if place.person is not None and self._follows(place, place.person):
                for step in ("retire", ""):
                    await self.log.refuse_reused_key(place.id, self._command(place.id, step))

    async def _regions(self, places: list[Place]) -> list[CalendarId]:
        """Publish the calendars of the regions in the roster. An unknown region is left out, with a warning."""
        regions = {place.said.details.region for place in places if place.said.details and place.said.details.region}
        regions |= {each.region for found in self._found.values() for each in found.regions}
        calendars, unknown = await publish_missing(
            self.log, regions, by=self.by, at=self.at, command=self.command, dry=self.dry
        )
        for number, place in enumerate(places):
            details = place.said.details
            if details is not None and details.region in unknown:
                sentence = (
                    "The public holidays of {region} are not known: the region does not change. Publish its calendar, "
                    "or write another region."
                )
                self._warn(place.row.line, Phrase(sentence, region=details.region))
                said = replace(place.said, details=details.model_copy(update={"region": None}))
                places[number] = replace(place, said=said)
        for id, found in self._found.items():
            known = tuple(each for each in found.regions if each.region not in unknown)
            self._found[id] = found.model_copy(update={"regions": known})
        return calendars

    def _follows(self, place: Place, person: rules.State) -> Sequence[PersonEvent]:
        return follow(person, by=self.by, at=self.at, said=place.said, logins=self.logins)

    def _retires(self, place: Place, person: rules.State) -> Sequence[PersonEvent]:
        return retire(person, by=self.by, at=self.at, said=place.said, logins=self.logins)

    def _command(self, id: StreamId, step: str) -> CommandContext:
        return CommandContext(id=f"{self.command}|{id}{step and '|' + step}", at=self.at, request=self.request)

    async def _write(self, places: Sequence[Place], step: Literal["retire", ""]) -> None:
        """Write the events, many people at a time. Only the last step is counted."""
        for some in _some(places):
            by_id: dict[StreamId, Place] = {place.id: place for place in some}

            def rule(
                stream: StreamId, person: rules.State, by_id: Mapping[StreamId, Place] = by_id
            ) -> Sequence[PersonEvent]:
                place = by_id[stream]
                return self._retires(place, person) if step else self._follows(place, person)

            if self.dry:
                self._count_dry(some, step)
                continue
            answers = await self.log.decide_many(
                people, {place.id: self._command(place.id, step) for place in some}, rule
            )
            for place in some:
                answer = answers[place.id]
                if isinstance(answer, Exception):
                    self._wrong.append(LineView(line=place.row.line, why=self._why(answer)))
                elif not step:
                    self._count(place, something=bool(answer.entries))

    def _count_dry(self, places: Sequence[Place], step: str) -> None:
        if not step:
            for place in places:
                self._count(place, something=bool(self._follows(place, place.person)))

    def _count(self, place: Place, *, something: bool) -> None:
        changed = something or bool(self._retires(place, place.person))
        self._counted["same" if not changed else "new" if place.person is None else "changed"] += 1

    async def _wait(self, sheet: Sheet, places: Sequence[Place]) -> None:
        """Open the conflicts of this roster, and close those that it no longer has."""
        if self.dry:
            return
        source = self.shape.source
        known = await all_conflicts(self.log, source, "open")
        named = {conflict_id(source, row.external_id) for row in sheet.rows}
        settled = {conflict_id(source, place.row.external_id) for place in places}
        gone = [each.id for each in known if each.id in settled or (self.mode == "complete" and each.id not in named)]
        for some in _some([*self._found, *gone]):
            await self.log.decide_many(
                conflicts,
                {id: self._command(id, "") for id in some},
                lambda id, conflict: self._becomes(conflict, self._found.get(ConflictId(id))),
            )

    def _becomes(self, conflict: conflict_rules.State, found: ConflictFound | None) -> Sequence[ConflictEvent]:
        if found is None:
            return conflict_rules.close(conflict, by=self.by)
        return conflict_rules.find(conflict, by=self.by, found=found)

    async def _deactivate(self, missing: Sequence[PersonId]) -> None:
        if self.dry:
            return
        for some in _some(missing):
            await self.log.decide_many(
                people,
                {id: self._command(id, "missing") for id in some},
                lambda _, person: rules.deactivate(rules.known(person), by=self.by),
            )

    def _refuse(self, line: int, *faults: Phrase) -> None:
        self._wrong.append(LineView(line=line, why=" ".join(map(self.language.phrase, faults))))

    def _warn(self, line: int, *sentences: Phrase) -> None:
        self._warnings += [LineView(line=line, why=self.language.phrase(each)) for each in sentences]

    def _why(self, error: Exception) -> str:
        problem = problem_of(error)
        return str(error) if problem is None else problem.said(self.language)


def _leaves(place: Place) -> bool:
    """Whether a known person is a leaver by this row."""
    return place.person is not None and place.row.active is False


def _some(everybody: Sequence[T]) -> Iterable[Sequence[T]]:
    return (everybody[first : first + TOGETHER] for first in range(0, len(everybody), TOGETHER))


def _in_order(lines: Iterable[LineView]) -> tuple[LineView, ...]:
    return tuple(sorted(lines, key=lambda each: each.line))
