"""The types of request and answer bodies. They are bounded, and accept only what JSON has and can be stored."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    JsonValue,
    Strict,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from coaching_events.moment import LocalTime as AnyLocalTime
from coaching_events.moment import Moment as AnyMoment
from service_kit.bodies.characters import ALWAYS_HIDDEN, Hidden, Kind, fault
from service_kit.bodies.faults import Unfit, shape
from service_kit.bodies.id_forms import WithIdForms

EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)
"""Dates and moments of requests lie between these, so that arithmetic cannot leave the calendar."""


def example(**fields: JsonValue) -> dict[str, JsonValue]:
    """An example for a body's class: ``class Keep(Body, json_schema_extra=example(kept_at=…))``."""
    return {"examples": [fields]}


class Body(BaseModel):
    """A request's body. Unknown fields are refused, so that a misspelt field is not taken for an absent one."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, given: object) -> object:
        # 45.0 is an integer in JSON Schema, but not in Python.
        if not isinstance(given, dict):
            return given
        fields = cast("dict[str, object]", given)
        return {
            name: int(each) if isinstance(each, float) and each.is_integer() else each for name, each in fields.items()
        }


class View(WithIdForms):
    """An answer's body, or a part of it."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


_SPACE = " \t\r\n"
"""Characters that are removed from the ends of a text first."""


def _visible_line(given: object) -> object:
    if isinstance(given, str) and (wrong := fault(given.strip(_SPACE))):
        raise _hidden(wrong)
    return given


def _visible(given: object) -> object:
    if isinstance(given, str) and (wrong := fault(given, allowed="\t\r\n")):
        raise _hidden(wrong)
    return given


_KINDS: Mapping[Kind, str] = {
    "line break": "has a line break ({name}) at place {place}: leave it out",
    "control": "has a control character ({name}) at place {place}: leave it out",
    "direction": "has a character that turns the direction of text ({name}) at place {place}: leave it out",
    "invisible": "has an invisible character ({name}) at place {place}: leave it out",
}


def _hidden(found: Hidden) -> Unfit:
    return Unfit(_KINDS[found.kind], name=found.name, place=found.place)


ONLY_SPACE = "is only space: write something, or leave it out"
_ONE_LINE = shape(rf"^[^{ALWAYS_HIDDEN}]*[^{ALWAYS_HIDDEN}\s][^{ALWAYS_HIDDEN}]*$", ONLY_SPACE)

_NOT_ONLY_SPACE = shape(r"[^\s\u0085]", ONLY_SPACE)
"""U+0085 is removed from the ends of a text as other space is, but is none in the patterns of JSON Schema."""

ShortText = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=_ONE_LINE), BeforeValidator(_visible_line)
]
"""One line: a title, a name. Deceptive characters are refused."""
PlaceText = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern=_ONE_LINE), BeforeValidator(_visible_line)
]
"""One line that says where: a room, or the link of a meeting, which can be long."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=_NOT_ONLY_SPACE)]
"""A paragraph or two, stored as typed. Whatever shows it leaves out deceptive characters."""

_LINES = shape(rf"^([^{ALWAYS_HIDDEN}]|[\t\r\n])*[^{ALWAYS_HIDDEN}\s]([^{ALWAYS_HIDDEN}]|[\t\r\n])*$", ONLY_SPACE)

VisibleText = Annotated[
    str, StringConstraints(min_length=1, max_length=2_000, pattern=_LINES), BeforeValidator(_visible)
]
"""A paragraph or two that others agree to. Deceptive characters are refused, except line breaks and tabs."""


class Note(Body, json_schema_extra=example(note="Thank you")):
    """An optional note to your partner: a reason, a place, a thank-you."""

    note: Text | None = None


NO_NOTE = Note()
"""The default of a command whose body may be left out."""


LongText = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=_NOT_ONLY_SPACE)]
"""A long text."""

WholeNumber = Annotated[int, Strict(), Field(ge=-(2**53) + 1, le=2**53 - 1)]
"""An integer that every JSON reader keeps exactly (RFC 8259, section 6). Narrow it with Field(ge=…, le=…)."""

Flag = Annotated[bool, Strict()]
"""true or false, and no other value that resembles them."""


_NUMBER = re.compile(r"\s*[-+]?[0-9_.]*([eE][-+]?[0-9]+)?\s*")


def _written(given: object) -> object:
    # pydantic also reads numbers, and texts with numbers, as seconds or milliseconds since 1970: 20260302 would be a
    # day in August 1970.
    if isinstance(given, date) or (isinstance(given, str) and not _NUMBER.fullmatch(given)):
        return given
    raise Unfit("is a text in ISO 8601, as in 2026-03-02T15:00:00Z or 2026-03-02")


def _bounded(given: datetime) -> datetime:
    if not EARLIEST <= given.astimezone(UTC).date() <= LATEST:
        raise Unfit("lies outside {earliest} to {latest}", earliest=str(EARLIEST), latest=str(LATEST))
    return given


def _bounded_date(given: date) -> date:
    if not EARLIEST <= given <= LATEST:
        raise Unfit("lies outside {earliest} to {latest}", earliest=str(EARLIEST), latest=str(LATEST))
    return given


_YEARS = "^(19[7-9][0-9]|2[01][0-9]{2})-"

Moment = Annotated[
    AnyMoment,
    BeforeValidator(_written),
    AfterValidator(_bounded),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _YEARS}),
]
"""An instant with a zone, turned to UTC and whole milliseconds, from 1970 to 2199."""

LocalDate = Annotated[
    date,
    BeforeValidator(_written),
    AfterValidator(_bounded_date),
    WithJsonSchema({"type": "string", "format": "date", "pattern": _YEARS}),
]
"""A day in a person's own calendar, from 1970 to 2199."""

LocalTime = Annotated[
    AnyLocalTime,
    WithJsonSchema(
        {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$", "examples": ["15:00:00"]}
    ),
]
"""A time of day on a person's own clock, in whole seconds, without a zone."""


@dataclass(frozen=True, slots=True)
class _IdOf:
    kinds: tuple[str, ...]

    @property
    def pattern(self) -> str:
        kind = self.kinds[0] if len(self.kinds) == 1 else f"({'|'.join(self.kinds)})"
        return rf"^{kind}_[!-~]{{1,150}}$"

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": self.pattern}

    def _check(self, given: str) -> str:
        if re.fullmatch(self.pattern[1:-1], given):
            return given
        if len(self.kinds) > 1:
            raise Unfit("is an id of another kind: these are {kinds}", kinds=", ".join(self.kinds))
        raise Unfit("is no {kind}'s id: those begin with {kind}_", kind="".join(self.kinds))


def id_of(*kinds: str) -> _IdOf:
    """The kinds of an id in a body: ``Annotated[PersonId, id_of("person")]`` takes ids of this kind only."""
    return _IdOf(kinds)
