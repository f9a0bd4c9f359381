"""The columns of a roster: a small file that the company writes once for its export."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from partnerships.person.details import Source
from service_kit.bodies import Body, Unfit
from service_kit.languages import Phrase

Column = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Cell = Annotated[str, StringConstraints(max_length=200)]


class Columns(Body):
    """For each field of a person, the name of the column with it.

    ``display_name`` can have several columns; they are joined by spaces. ``login`` is the id of the person in their
    tokens.
    ``active_from`` and ``active_until`` are the first and the last day of work, ``away_from`` and ``away_until`` those
    of a
    leave. A column that is not named here is not read, and its field does not change.
    """

    external_id: Column
    display_name: Column | Annotated[tuple[Column, ...], Field(min_length=1, max_length=5)]
    zone: Column | None = None
    email: Column | None = None
    locale: Column | None = None
    region: Column | None = None
    region_from: Column | None = None
    hours: Column | None = None
    hours_from: Column | None = None
    manager: Column | None = None
    login: Column | None = None
    active: Column | None = None
    away_from: Column | None = None
    away_until: Column | None = None
    unit: Column | None = None
    active_from: Column | None = None
    active_until: Column | None = None

    def read(self) -> Mapping[str, Sequence[str]]:
        """The columns to read, by field."""
        named: dict[str, str | tuple[str, ...] | None] = {name: getattr(self, name) for name in Columns.model_fields}
        return {name: (columns,) if isinstance(columns, str) else columns for name, columns in named.items() if columns}


Field_ = Literal[
    "zone",
    "email",
    "locale",
    "region",
    "region_from",
    "hours",
    "hours_from",
    "manager",
    "login",
    "active",
    "away_from",
    "away_until",
    "unit",
    "active_from",
    "active_until",
]


class RosterShape(Body):
    """How to read a roster file.

    ``source`` is the name of the HR system; its external ids belong to it alone. ``login_source`` is the issuer of the
    tokens. ``values`` has, by field, replacements for texts in the file (``{"region": {"Bayern": "DE-BY"}}``).
    ``defaults``
    has the value for an empty cell or a missing column. ``date_format`` is that of strptime.
    """

    source: Source
    login_source: Source | None = None
    delimiter: Literal[",", ";", "\t", "|"] = ","
    encoding: Literal["utf-8", "utf-16", "cp1252", "iso-8859-1"] = "utf-8"
    date_format: Annotated[str, StringConstraints(max_length=30)] = "%Y-%m-%d"
    columns: Columns
    values: Mapping[Field_, Mapping[Cell, Cell]] = {}
    defaults: Mapping[Field_, Cell] = {}

    @model_validator(mode="after")
    def _logins_have_a_source(self) -> "RosterShape":
        if self.columns.login is not None and self.login_source is None:
            raise Unfit("a column with logins needs login_source: the issuer of the tokens")
        return self


DAYS: Final[Mapping[str, str]] = {
    name: str(number)
    for number, names in enumerate(
        (
            "mo mon monday",
            "tu tue di tuesday",
            "we wed mi wednesday",
            "th thu do thursday",
            "fr fri friday",
            "sa sat saturday",
            "su sun so sunday",
        )
    )
    for name in names.split()
}
"""English names of days and their abbreviations, and the German ones of two letters."""

NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

MIDNIGHT: Final = "24:00:00"

_PART = re.compile(
    r"(?P<days>[A-Za-z,\s-]+?)\s*(?P<start>[0-9]{1,2}(:[0-5][0-9])?)\s*-\s*(?P<end>[0-9]{1,2}(:[0-5][0-9])?)"
)


class NotHours(Unfit):
    """A text that is no working time."""


def week_of(text: str) -> dict[str, dict[str, str]]:
    """The hours in ``Mo-Fr 9-17`` or ``Sun-Wed 8:00-16:30, Thu 8-12``. Raises NotHours.

    A part ends with its times, so commas and semicolons can also separate days.
    """
    week: dict[str, dict[str, str]] = {}
    rest = text.strip()
    while rest:
        part = _PART.match(rest)
        if part is None:
            raise NotHours(
                "{text} is no working time: write it as in Mo-Fr 9-17 or Mon-Wed 8:30-17, Thu 8:30-12", text=repr(text)
            )
        hours = {"start": _clock(part["start"]), "end": _clock(part["end"])}
        if not hours["start"] < hours["end"] < MIDNIGHT:
            raise NotHours(
                "{text} has hours that do not end after they start, on the same day, at 23:59 at the latest",
                text=repr(text),
            )
        days = _days(part["days"])
        if twice := week.keys() & days:
            raise NotHours(
                "{text} names {day} twice. Write one span for each day, from the first start to the last end",
                text=repr(text),
                day=Phrase(NAMES[int(min(twice))]),
            )
        week |= dict.fromkeys(days, hours)
        rest = rest[part.end() :].lstrip(" ,;/")
    return week


def _days(text: str) -> list[str]:
    found: list[str] = []
    for span in text.split(","):
        first, _, last = (_day(name) for name in span.partition("-"))
        if first is None:
            raise NotHours("{text} names no day of the week", text=repr(span.strip()))
        length = 0 if last is None else (int(last) - int(first)) % 7
        found += [str((int(first) + step) % 7) for step in range(length + 1)]
    return found


def _day(name: str) -> str | None:
    name = name.strip().lower()
    if name in ("", "-"):
        return None
    if name not in DAYS:
        raise NotHours("{text} is no day of the week", text=repr(name))
    return DAYS[name]


def _clock(text: str) -> str:
    hour, _, minute = text.partition(":")
    return f"{int(hour):02}:{minute or '00'}:00"
