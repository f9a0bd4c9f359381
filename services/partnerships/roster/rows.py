"""A roster's text as rows that say something about people, and those that do not say it well. Pure."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

from pydantic import TypeAdapter, ValidationError

from coaching_time import NO_END
from eventlog.aggregate import Refused
from partnerships.person.details import ExternalId, NewDetails
from partnerships.roster.columns import RosterShape, week_of

MOST_ROWS = 50_000
LONGEST_CELL = 300
YES = frozenset({"yes", "true", "active", "1"})
NO = frozenset({"no", "false", "inactive", "0"})
_EXTERNAL_ID: TypeAdapter[str] = TypeAdapter(ExternalId)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one line says. ``manager`` is an external id of the same source."""

    line: int
    external_id: str
    details: NewDetails
    login: str | None = None
    manager: str | None = None
    active: bool | None = None
    absence: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that was not taken in, and why."""

    line: int
    why: str


def read_roster(text: str, shape: RosterShape) -> Iterator[Row | Wrong]:
    """The rows in the order of their lines; refuses a file whose columns are not there, or that is no table."""
    try:
        yield from _rows(text, shape)
    except csv.Error as unreadable:
        raise Refused("unreadable-roster", f"This is no table that can be read: {unreadable}.") from None


def _rows(text: str, shape: RosterShape) -> Iterator[Row | Wrong]:
    lines = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=shape.delimiter)
    first: list[str] = next(lines, list[str]())
    header = [name.strip() for name in first]
    _check(header, shape)
    seen: dict[str, int] = {}
    line = lines.line_num + 1
    for number, cells in enumerate(lines, 1):
        if number > MOST_ROWS:
            raise Refused("too-many-rows", f"A roster has at most {MOST_ROWS} rows: send it in parts.")
        if any(cell.strip() for cell in cells):
            row = _row(line, header, cells, shape)
            if isinstance(row, Row) and row.external_id in seen:
                row = Wrong(line, f"{row.external_id} stands in line {seen[row.external_id]} already.")
            elif isinstance(row, Row):
                seen[row.external_id] = line
            yield row
        line = lines.line_num + 1


def _check(header: Sequence[str], shape: RosterShape) -> None:
    wanted = {column for columns in shape.columns.read().values() for column in columns}
    if missing := sorted(wanted - {*header}):
        sentence = f"The first line has no column {', '.join(missing)}. Correct the columns, or the delimiter."
        raise Refused("missing-columns", sentence, columns=", ".join(missing))
    if twice := sorted({name for name in wanted if header.count(name) > 1}):
        raise Refused("ambiguous-columns", f"The first line has {', '.join(twice)} more than once.")


def _row(line: int, header: Sequence[str], cells: Sequence[str], shape: RosterShape) -> Row | Wrong:
    if len(cells) != len(header):
        return Wrong(line, f"The line has {len(cells)} fields where the first line has {len(header)}.")
    try:
        return _understood(line, _told(dict(zip(header, cells, strict=True)), shape), shape)
    except ValidationError as wrong:
        return Wrong(line, " ".join(_sentence(each, shape) for each in wrong.errors()[:5]))
    except ValueError as wrong:
        return Wrong(line, f"{str(wrong)[:300]}.")


def _told(cells: Mapping[str, str], shape: RosterShape) -> dict[str, str]:
    """Our field → the text for it, in our words; a field of which nothing is told has an empty one."""
    told = {name: shape.defaults[name] for name in shape.defaults}
    for field, columns in shape.columns.read().items():
        text = " ".join(part for column in columns if (part := cells[column].strip()))
        values: Mapping[Any, Mapping[str, str]] = shape.values
        if len(text) > LONGEST_CELL:
            raise ValueError(f"{' and '.join(columns)} has more than {LONGEST_CELL} characters")
        text = values.get(field, {}).get(text, text)
        told[field] = text or told.get(field, "")
    return told


def _understood(line: int, told: Mapping[str, str], shape: RosterShape) -> Row:
    details: dict[str, Any] = {"display_name": told["display_name"] or None}
    if "email" in told:
        details["email"] = told["email"] or None
    details |= {name: told[name] for name in ("zone", "locale", "region") if told.get(name)}
    if told.get("hours"):
        details["hours"] = week_of(told["hours"])
    for name in ("hours_from", "region_from"):
        if told.get(name):
            details[name] = _date(told[name], shape, name)
    return Row(
        line=line, external_id=_EXTERNAL_ID.validate_python(told["external_id"]),
        details=NewDetails.model_validate(details), login=told.get("login") or None,
        manager=told.get("manager") or ("" if "manager" in told else None),
        active=_yes_or_no(told.get("active", "")), absence=_absence(told, shape),
    )  # fmt: skip


def _absence(told: Mapping[str, str], shape: RosterShape) -> tuple[date, date] | None:
    if not told.get("away_from"):
        return None
    first = _date(told["away_from"], shape, "away_from")
    last = _date(told["away_until"], shape, "away_until") if told.get("away_until") else NO_END
    if last < first:
        raise ValueError(f"The absence ends on {last} before it begins on {first}")
    return first, min(last, NO_END)


def _date(text: str, shape: RosterShape, field: str) -> date:
    try:
        return datetime.strptime(text, shape.date_format).replace(tzinfo=UTC).date()
    except ValueError:
        raise ValueError(f"{_column(field, shape)}: {text!r} is no date like {shape.date_format}") from None


def _yes_or_no(text: str) -> bool | None:
    if not text:
        return None
    if text.lower() not in YES | NO:
        raise ValueError(f"{text!r} says neither yes nor no: say in values.active what it means")
    return text.lower() in YES


def _sentence(wrong: Any, shape: RosterShape) -> str:
    field = str(wrong["loc"][0]) if wrong["loc"] else "external_id"
    given = wrong["input"]
    if wrong["type"] == "missing" or given in (None, ""):
        return f"{_column(field, shape)} is empty."
    why = str(wrong["ctx"]["error"]) if wrong["type"] == "value_error" else str(wrong["msg"]).removeprefix("Input ")
    shown = f"{given[:60]!r} " if isinstance(given, str) else ""
    return f"{_column(field, shape)}: {shown}{why}."


def _column(field: str, shape: RosterShape) -> str:
    return " and ".join(shape.columns.read().get(field, (field,)))
