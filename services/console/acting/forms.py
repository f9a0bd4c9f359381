"""Forms become commands of the services. A page says in its form which command; the console adds nothing.

``POST /act/<service>/<path of the command>``. The name of a field is its place in the body, and may end with its type:
``due.on``, ``grace:int``, ``shared:flag``, ``start:moment`` (a local time in the zone of the person), ``terms:json``,
``days[]``, ``items:lines`` (one item a line), ``measures.0.name`` (numbers are places in a list). An empty field is
left out, unless it is a ``[]:line`` of a list. A field ``chat:null`` is null. Fields that begin with ``_`` are for the
console. With ``_look`` nothing is sent: the page is shown again, with what is typed and what it would bring.
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
UNREADABLE: Final = "This field cannot be read."


class Unreadable(ValueError):
    """A field cannot be read. ``sentence`` is for people."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True)
class Form:
    """The fields that a browser sent."""

    fields: Fields

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
        for name, text in self.typed:
            place, _, kind = name.partition(":")
            value = self._read(name, kind, text)
            if value is not None or kind in ("line", "null"):
                try:
                    _put(body, place, value)
                except (AttributeError, TypeError):  # a text or a list stands where a part should be
                    raise Unreadable(name, UNREADABLE) from None
        return {name: _with_lists(value) for name, value in body.items()}

    def _read(self, name: str, kind: str, text: str) -> Any:
        if kind == "moment":
            return self._moment(name, text)
        try:
            return _KINDS[kind](text) if text.strip() else None
        except (ValueError, KeyError):
            raise Unreadable(name, NO_NUMBER if kind in ("int", "number") else UNREADABLE) from None

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


def _put(body: dict[str, Any], place: str, value: Any) -> None:
    *path, last = place.split(".")
    for part in path:
        body = body.setdefault(part, _Parts())
    if last.endswith("[]"):
        body.setdefault(last.removesuffix("[]"), []).append(value)
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


def text_of(file: bytes) -> str:
    """The text of a file: UTF-8 or, with its mark at the beginning, UTF-16; else what Windows writes in the west."""
    if file.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return file.decode("utf-16", errors="replace")
    try:
        return file.decode("utf-8-sig")
    except UnicodeDecodeError:
        return file.decode("cp1252", errors="replace")


def faults_of(problem: Mapping[str, Any], fields: Fields) -> tuple[Mapping[str, str], Sequence[str]]:
    """The sentences of a problem about single fields: place in the body → sentence; and those without a field."""
    listed: Sequence[Mapping[str, str]] = problem.get("errors") or ()
    places = [name.partition(":")[0] for name, _ in fields]
    faults: dict[str, str] = {}
    others: list[str] = []
    for each in listed:
        where = each["where"].removeprefix("body.")
        at = next((place for place in places if place == where or place.startswith(f"{where}.")), None)
        if at is None:
            others.append(each["what"])
        else:
            faults[at] = each["what"]
    return faults, others
