"""Forms become commands of the services. A page says in its form which command; the console adds nothing.

``POST /act/<service>/<path of the command>``. The name of a field is its place in the body, and may end with its type:
``due.on``, ``grace:int``, ``shared:flag``, ``start:moment`` (a local time in the zone of the person), ``terms:json``,
``days[]``, ``items:lines`` (one item a line), ``measures.0.name`` (numbers are places in a list). An empty field is
left out, unless it is a ``[]:line`` of a list. A field ``chat:null`` is null. A field ``measure:int?value`` is left out
while ``value`` is empty. Fields that begin with ``_`` are for the console. With ``_look`` nothing is sent: the page is
shown again, with what is typed and what it would bring.
"""

import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from coaching_events.moment import written
from console.acting.outcomes import Fields

MOST_FIELDS: Final = 2000
LARGEST: Final = 1_000_000
"""Bytes of a form, files included."""

NO_SUCH_TIME: Final = (
    "On that day the clocks are put forward, so this time does not exist. Choose an earlier or a later one."
)
NO_TIME: Final = "This is no date with a time. Write it like 2026-03-12T15:00."
NO_NUMBER: Final = "This is no number."
NO_WHOLE_NUMBER: Final = "This is no whole number."
NO_TEXT: Final = "This file is no text. Save the table as CSV, and send that file."
UNREADABLE: Final = "This field cannot be read."


class Unreadable(ValueError):
    """A field cannot be read. ``sentence`` is for people."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True)
class Form:
    """The fields that a browser sent. ``no_texts`` are the names of those whose file is no text."""

    fields: Fields
    no_texts: Sequence[str] = ()

    def control(self, name: str) -> str | None:
        """A field for the console, without its underscore."""
        return next((value for each, value in reversed(self.fields) if each == f"_{name}" and value), None)

    @property
    def typed(self) -> Fields:
        """What the person sent, without the fields for the console."""
        return [(name, value) for name, value in self.fields if not name.startswith("_")]

    @property
    def looked_at(self) -> Fields:
        """The same, with the field that the button ``_look`` may name: ``due.on=2026-03-12``."""
        name, _, value = (self.control("look") or "").rpartition("=")
        return [*self.typed, (name, value)] if name else self.typed

    def body(self) -> Mapping[str, Any]:
        """The body of the command. Raises Unreadable."""
        body: dict[str, Any] = {}
        for name in self.no_texts:
            raise Unreadable(name, NO_TEXT)
        for name, text in self.typed:
            place, _, kind = name.partition(":")
            kind, _, needed = kind.partition("?")
            if needed and not self._has_text(needed):
                continue
            value = self._read(name, kind, text)
            if value is not None or kind in ("line", "null"):
                try:
                    _put(body, place, value)
                except (AttributeError, TypeError):  # a text or a list stands where a part should be
                    raise Unreadable(name, UNREADABLE) from None
        return {name: _with_lists(value) for name, value in body.items()}

    def has(self, place: str) -> bool:
        """Whether this place has a field, or is a part with fields."""
        return any(f"{name}.".startswith(f"{place}.") for name in self._places)

    def _has_text(self, place: str) -> bool:
        return any(name.partition(":")[0] == place and text.strip() for name, text in self.typed)

    @property
    def _places(self) -> Sequence[str]:
        return list(dict.fromkeys(name.partition(":")[0].removesuffix("[]") for name, _ in self.typed))

    def place_of(self, where: str) -> str:
        """The place of the field that became this part of the body.

        A list has no gaps: without a text in ``days.0.day``, what is in ``days.1.day`` became ``days.0.day``. All lines
        of a field ``:lines`` are in the same field. A part with a single field is that field.
        """
        given = [name for name, text in self.typed if text.strip()]
        lists = {name.removesuffix(":lines") for name in given if name.endswith(":lines")}
        path: list[str] = []
        for part in where.split("."):
            before = "".join(f"{each}." for each in path)
            if before[:-1] in lists:
                break
            numbers = {int(number) for name in given if (number := _number_after(before, name))}
            in_order = sorted(numbers)
            is_place = part.isdecimal() and int(part) < len(in_order)
            path.append(str(in_order[int(part)]) if is_place else part)
        place = ".".join(path)
        below = [name for name in self._places if name.startswith(f"{place}.")]
        return below[0] if len(below) == 1 else place

    def _read(self, name: str, kind: str, text: str) -> Any:
        if kind == "moment":
            return self._moment(name, text)
        try:
            return _KINDS[kind](text) if text.strip() else None
        except (ValueError, KeyError):
            if kind == "int":
                raise Unreadable(name, NO_WHOLE_NUMBER) from None
            raise Unreadable(name, NO_NUMBER if kind == "number" else UNREADABLE) from None

    def _moment(self, name: str, text: str) -> str | None:
        """An instant in UTC. A local time that occurs twice is the first one; one that does not exist is refused."""
        if not text.strip():
            return None
        try:
            zone = ZoneInfo(self.control("zone") or "UTC")
            local = datetime.fromisoformat(text.strip()).replace(tzinfo=zone)
            instant = local.astimezone(UTC)
        except (ValueError, OverflowError, ZoneInfoNotFoundError):  # year 1 may be year 0 in UTC
            raise Unreadable(name, NO_TIME) from None
        if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise Unreadable(name, NO_SUCH_TIME)
        return written(instant)


_KINDS: Final[Mapping[str, Callable[[str], Any]]] = {
    "": str,
    "line": str,
    "int": int,
    "number": float,
    "flag": lambda text: text == "true",
    "json": json.loads,
    "lines": lambda text: [line.strip() for line in text.splitlines() if line.strip()],
    "null": lambda text: None,
}


class _Parts(dict[str, Any]):
    """A part of a body, from fields with a point in their names."""


class _Items(list[Any]):
    """A list in a body, from fields of the same name. It takes the place of one that was typed as ``json``."""


def _number_after(before: str, name: str) -> str:
    """The place in a list that a name of a field has after these parts; empty if it has none."""
    number = name.removeprefix(before).partition(".")[0] if name.startswith(before) else ""
    return number if number.isdecimal() else ""


def _put(body: dict[str, Any], place: str, value: Any) -> None:
    *path, last = place.split(".")
    for part in path:
        if body.get(part) == []:  # typed as json, for when none of its fields has a text
            del body[part]
        body = body.setdefault(part, _Parts())
    if last.endswith("[]"):
        name = last.removesuffix("[]")
        if not isinstance(body.get(name), _Items):
            body[name] = _Items()
        body[name].append(value)
    else:
        body[last] = value


def _with_lists(value: Any) -> Any:
    """The same, with a list for each part whose places are numbers. A ``json`` stays as it was typed."""
    if not isinstance(value, _Parts):
        return value
    parts = {name: _with_lists(each) for name, each in value.items()}
    if parts and all(name.isdecimal() for name in parts):
        return [parts[name] for name in sorted(parts, key=int)]
    return parts


def text_of(file: bytes) -> str | None:
    """The text of a file: UTF-8 or, with its mark at the beginning, UTF-16; else what Windows writes in the west.

    None if it is no text: a workbook, a picture.
    """
    if file.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return file.decode("utf-16", errors="replace")
    if b"\0" in file:
        return None
    try:
        return file.decode("utf-8-sig")
    except UnicodeDecodeError:
        return file.decode("cp1252", errors="replace")


def faults_of(problem: Mapping[str, Any], form: Form) -> Mapping[str, str]:
    """The sentences of a problem about single fields of a form: place of the field → sentence."""
    listed: Sequence[Mapping[str, str]] = problem.get("errors") or ()
    return {form.place_of(each["where"].removeprefix("body.")): each["what"] for each in listed}
