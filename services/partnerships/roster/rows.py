"""The rows of a roster with valid data about people, and the wrong ones. Pure."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from coaching_readmodels import compared
from coaching_time import NO_END
from eventlog import Refused
from partnerships.person.details import ExternalId, NewDetails, plain_local_part
from partnerships.person.following import Leave
from partnerships.roster.columns import NotHours, RosterShape, week_of
from partnerships.roster.lines import Line, Wrong, lines_of
from service_kit.bodies import fault_of
from service_kit.languages import Phrase, Value

MOST_ROWS = 50_000
LONGEST_CELL = 300
YES = frozenset({"yes", "true", "active", "1"})
NO = frozenset({"no", "false", "inactive", "0"})
NEEDED = ("display_name", "email", "zone")
"""Fields that a person needs to be reached: a fault in one refuses the row. A fault elsewhere is a warning."""
_EXTERNAL_ID: TypeAdapter[str] = TypeAdapter(ExternalId)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The data of one line. ``manager`` is an external id of the same source.

    With ``faults`` the person would be unusable, and ``details`` are None. ``warnings`` name what was left out.
    """

    line: int
    external_id: str
    details: NewDetails | None
    login: str | None = None
    manager: str | None = None
    active: bool | None = None
    leave: Leave = None
    speaks_of_leave: bool = False
    faults: tuple[Phrase, ...] = ()
    warnings: tuple[Phrase, ...] = ()
    email: str | None = None
    if_known: NewDetails | None = None
    """The details if the only fault is in the letters of the address, with the address in the form for comparison."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole roster: its rows, its wrong lines, and the number of its lines."""

    rows: Sequence[Row]
    wrong: Sequence[Wrong]
    lines: int


def read_roster(text: str, shape: RosterShape) -> Sheet:
    """The rows in the order of their lines. Raises Refused for missing columns, or a file that is no table."""
    found = lines_of(text, shape.delimiter)
    first = next(found, Line(1, ()))
    if isinstance(first, Wrong):
        sentence = (
            "The first line, with the names of the columns, cannot be read. Export the file as plain text, each name "
            "on one line, and each quotation mark closed."
        )
        raise Refused("unreadable-roster", sentence)
    header = [name.strip() for name in first.cells]
    _check(header, shape)
    read = [each if isinstance(each, Wrong) else _row(each, header, shape) for each in found]
    if len(read) > MOST_ROWS:
        raise Refused("too-many-rows", "A roster has at most {most} rows: send it in parts.", most=MOST_ROWS)
    read = _once([*read])
    return Sheet(
        [each for each in read if isinstance(each, Row)], [each for each in read if isinstance(each, Wrong)], len(read)
    )


def _once(read: list[Row | Wrong]) -> list[Row | Wrong]:
    """An id in two rows: an equal second row is left out. If the two differ, both are wrong."""
    by_id: dict[str, list[int]] = {}
    for place, row in enumerate(read):
        if isinstance(row, Row):
            by_id.setdefault(compared(row.external_id), []).append(place)
    for places in by_id.values():
        rows = [row for place in places if isinstance(row := read[place], Row)]
        same = all(replace(row, line=0) == replace(rows[0], line=0) for row in rows)
        for place, row in zip(places[1:] if same else places, rows[1:] if same else rows, strict=True):
            read[place] = Wrong(row.line, _twice(row, rows, same=same))
    return read


def _twice(row: Row, rows: Sequence[Row], *, same: bool) -> Phrase:
    if same:
        return Phrase("{id} is already in line {line}.", id=row.external_id, line=rows[0].line)
    others = ", ".join(str(each.line) for each in rows if each is not row)
    sentence = "{id} is also in line {lines}, with other content. Keep one, and import it again."
    return Phrase(sentence, id=row.external_id, lines=others)


def _check(header: Sequence[str], shape: RosterShape) -> None:
    wanted = {column for columns in shape.columns.read().values() for column in columns}
    if missing := sorted(wanted - {*header}):
        sentence = "The first line has no column {columns}. Correct the columns, or the delimiter."
        raise Refused("missing-columns", sentence, columns=", ".join(missing))
    if twice := sorted({name for name in wanted if header.count(name) > 1}):
        raise Refused("ambiguous-columns", "The first line has {columns} more than once.", columns=", ".join(twice))


def _row(line: Line, header: Sequence[str], shape: RosterShape) -> Row | Wrong:
    surplus = line.cells[len(header) :]
    if len(line.cells) < len(header) or any(cell.strip() for cell in surplus):
        sentence = (
            "The line has {fields} fields where the first line has {columns}. Look for a missing or surplus separator."
        )
        return Wrong(line.number, Phrase(sentence, fields=len(line.cells), columns=len(header)))
    try:
        return _Reading(shape, _told(dict(zip(header, line.cells, strict=False)), shape)).row(line.number)
    except _Unreadable as wrong:
        return Wrong(line.number, wrong.why)


def _told(cells: Mapping[str, str], shape: RosterShape) -> dict[str, str]:
    """The text of each field. A field without a text is empty."""
    told = {name: shape.defaults[name] for name in shape.defaults}
    for name, columns in shape.columns.read().items():
        text = " ".join(part for column in columns if (part := cells[column].strip()))
        values: Mapping[Any, Mapping[str, str]] = shape.values
        if len(text) > LONGEST_CELL:
            sentence = "{column} has more than {most} characters."
            raise _Unreadable(Phrase(sentence, column=_joined(columns), most=LONGEST_CELL))
        text = values.get(name, {}).get(text, text)
        told[name] = text or told.get(name, "")
    return told


class _Unreadable(Exception):
    """The line cannot be read."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why)
        self.why = why


class _NotRead(Exception):
    """A field is wrong. There is a warning, and the field is left out."""


@dataclass(slots=True)
class _Reading:
    """One line on its way to a row. Its faults are collected, not raised."""

    shape: RosterShape
    told: Mapping[str, str]
    faults: list[Phrase] = field(default_factory=list[Phrase])
    warnings: list[Phrase] = field(default_factory=list[Phrase])

    def row(self, line: int) -> Row:
        """The row. Raises _Unreadable if its id cannot be read, or whether the person works here."""
        told = self.told
        if not told["external_id"]:
            raise _Unreadable(
                Phrase("{column} is empty: it is the id of the person.", column=self._column("external_id"))
            )
        try:
            external_id = _EXTERNAL_ID.validate_python(told["external_id"])
        except ValidationError:
            sentence = "{column} has more than 200 characters, or one that is no text."
            raise _Unreadable(Phrase(sentence, column=self._column("external_id"))) from None
        active = _yes_or_no(told.get("active", ""), self._column("active"))
        details = self._details()
        email = told.get("email") or None
        if details is not None and details.email is not None and not plain_local_part(details.email):
            sentence = (
                "{column}: many mail servers do not take {email}. Give an address with plain letters before the @."
            )
            self.faults.append(Phrase(sentence, column=self._column("email"), email=details.email))
        if_known = self._if_known(email) if self.faults and email else None
        speaks_of_leave, leave = self._leave()
        return Row(
            line=line,
            external_id=external_id,
            details=None if self.faults else details,
            login=told.get("login") or None,
            manager=told.get("manager") or ("" if "manager" in told else None),
            active=active,
            leave=leave,
            speaks_of_leave=speaks_of_leave,
            faults=tuple(self.faults),
            warnings=tuple(self.warnings),
            email=email,
            if_known=if_known,
        )

    def _if_known(self, email: str) -> NewDetails | None:
        other = _Reading(self.shape, {**self.told, "email": compared(email)})
        details = other._details()
        return None if other.faults else details

    def _details(self) -> NewDetails | None:
        told: dict[str, Any] = {"display_name": self.told["display_name"] or None}
        if "email" in self.told:
            told["email"] = self.told["email"] or None
        told |= {name: self.told[name] for name in ("zone", "locale", "region", "unit") if self.told.get(name)}
        told |= {name: self.told[name] or None for name in ("unit",) if name in self.told}
        if hours := self.told.get("hours"):
            try:
                told["hours"] = week_of(hours)
            except NotHours as wrong:
                fault = Phrase(wrong.sentence, **wrong.values)
                sentence = "{column}: {fault}. The hours do not change."
                self.warnings.append(Phrase(sentence, column=self._column("hours"), fault=fault))
        for name in ("hours_from", "region_from", "active_from", "active_until"):
            if name in self.told:
                with suppress(_NotRead):
                    told[name] = self._date(name)
        return self._fitting({name: value for name, value in told.items() if value is not None or name in _EMPTIED})

    def _fitting(self, told: dict[str, Any]) -> NewDetails | None:
        """The details without the faulty fields. None if a required field is faulty."""
        try:
            return NewDetails.model_validate(told)
        except ValidationError as wrong:
            by_name: dict[str, Any] = {}
            for each in wrong.errors():
                by_name.setdefault(str(each["loc"][0]), each)
            for name, each in by_name.items():
                if name in NEEDED or name not in told:
                    self.faults.append(self._sentence(name, each))
                else:
                    sentence = "{column}: {fault}. It does not change."
                    self.warnings.append(Phrase(sentence, column=self._column(name), fault=_reason(each)))
                    told.pop(name, None)
        return None if self.faults else self._fitting(told)

    def _sentence(self, name: str, wrong: Any) -> Phrase:
        given = wrong["input"]
        if wrong["type"] == "missing" or given in (None, ""):
            return Phrase("{column} is empty.", column=self._column(name))
        return Phrase("{column}: {fault}.", column=self._column(name), fault=_reason(wrong))

    def _leave(self) -> tuple[bool, Leave]:
        """Whether the line has a readable leave, and which one."""
        if not self.told.get("away_from"):
            if self.told.get("away_until"):
                sentence = "{column} is empty, and the leave has a last day. It is left out."
                self.warnings.append(Phrase(sentence, column=self._column("away_from")))
                return False, None
            return "away_from" in self.told, None
        try:
            first = self._date("away_from") or NO_END
            last = (self._date("away_until") if self.told.get("away_until") else None) or NO_END
        except _NotRead:
            return False, None
        if last < first:
            sentence = "{column}: the leave ends on {last}, before it begins on {first}. It is left out."
            column = self._column("away_until")
            self.warnings.append(Phrase(sentence, column=column, last=str(last), first=str(first)))
            return False, None
        return True, (first, min(last, NO_END))

    def _date(self, name: str) -> date | None:
        text = self.told[name]
        try:
            return datetime.strptime(text, self.shape.date_format).replace(tzinfo=UTC).date() if text else None
        except ValueError:
            example = date(2026, 12, 31).strftime(self.shape.date_format)
            sentence = "{column}: {text} is no date. Write it as in {example}."
            self.warnings.append(Phrase(sentence, column=self._column(name), text=repr(text), example=example))
            raise _NotRead from None

    def _column(self, name: str) -> Value:
        return _joined(self.shape.columns.read().get(name, (name,)))


def _joined(columns: Sequence[str]) -> Value:
    """The names of columns as a text."""
    if len(columns) == 1:
        return columns[0]
    return Phrase("{first} and {last}", first=_joined(columns[:-1]), last=columns[-1])


_EMPTIED = ("display_name", "email", "unit", "active_from", "active_until")
"""Fields for which an empty cell means that there is no value. For the others it means no change."""


def _yes_or_no(text: str, column: Value) -> bool | None:
    if not text:
        return None
    if text.lower() not in YES | NO:
        sentence = "{column}: {text} is neither yes nor no: define it in values.active."
        raise _Unreadable(Phrase(sentence, column=column, text=repr(text)))
    return text.lower() in YES


def _reason(wrong: Any) -> Phrase:
    """The fault of a value, in words, without technical patterns."""
    given = repr(str(wrong["input"])[:60])
    match str(wrong["loc"][0]), wrong["type"]:
        case "locale", _:
            return Phrase("{given} is no language. Write its code, as in de or pt-BR", given=given)
        case "region", _:
            return Phrase("{given} is no region. Write a country or one of its parts, as in DE or DE-BY", given=given)
        case _, "string_too_long":
            return Phrase("{given} has more than {most} characters", given=given, most=wrong["ctx"]["max_length"])
        case _:
            return Phrase("{given} {fault}", given=given, fault=fault_of(wrong))
