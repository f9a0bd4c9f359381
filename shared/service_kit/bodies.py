"""The types of request and answer bodies: bounded, strict where JSON is, and nothing that cannot be stored."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints

from coaching_events.moment import LocalTime
from coaching_events.moment import Moment as AnyMoment
from service_kit.id_forms import WithIdForms

__all__ = [
    "NO_NOTE",
    "Body",
    "Flag",
    "LocalDate",
    "LocalTime",
    "Moment",
    "Note",
    "ShortText",
    "Text",
    "View",
    "WholeNumber",
    "Words",
    "id_of",
]  # fmt: skip

EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)
"""Dates and moments of requests lie between these, so that no arithmetic on them can leave the calendar."""


class Body(BaseModel):
    """A request's body. Unknown fields are refused, so that a misspelt one is never taken for an absent one."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class View(WithIdForms):
    """An answer's body, or a part of one."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\r\n]*$")]
"""One line: a title, a name."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
"""A paragraph or two."""


class Note(Body):
    """A word to your partner that goes with it, if wanted: a reason, a place, a thank-you."""

    note: Text | None = None


NO_NOTE = Note()
"""For commands that need no body: it may be left out."""


Words = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
"""What somebody wrote at length."""

WholeNumber = Annotated[int, Strict(), Field(ge=-(2**53) + 1, le=2**53 - 1)]
"""An integer that every JSON reader keeps exactly (RFC 8259, section 6). Narrow it with Field(ge=…, le=…)."""

Flag = Annotated[bool, Strict()]
"""true or false, and nothing that looks like it."""


_NUMBER = re.compile(r"\s*[-+]?[0-9_.]*([eE][-+]?[0-9]+)?\s*")


def _written(given: Any) -> Any:
    # pydantic also reads numbers as instants and dates, as texts too (20260302 is a day in August 1970): nobody means
    # that, and they are easily wrong by a thousand.
    if isinstance(given, date) or (isinstance(given, str) and not _NUMBER.fullmatch(given)):
        return given
    raise ValueError("is a text in ISO 8601, as in 2026-03-02T15:00:00Z or 2026-03-02")


def _bounded(given: datetime) -> datetime:
    if not EARLIEST <= given.astimezone(UTC).date() <= LATEST:
        raise ValueError(f"lies outside {EARLIEST} to {LATEST}")
    return given


def _bounded_date(given: date) -> date:
    if not EARLIEST <= given <= LATEST:
        raise ValueError(f"lies outside {EARLIEST} to {LATEST}")
    return given


Moment = Annotated[AnyMoment, BeforeValidator(_written), AfterValidator(_bounded)]
"""An instant with a zone, turned to UTC and whole milliseconds, from 1970 to 2199."""

LocalDate = Annotated[date, BeforeValidator(_written), AfterValidator(_bounded_date)]
"""A day on somebody's own calendar, from 1970 to 2199."""


def id_of(kind: str) -> AfterValidator:
    """For an id in a body: ``Annotated[PersonId, id_of("person")]`` takes ids of this kind only."""
    form = re.compile(rf"{kind}_[!-~]{{1,150}}")

    def fitting(given: str) -> str:
        if not form.fullmatch(given):
            raise ValueError(f"is no {kind}'s id: those begin with {kind}_")
        return given

    return AfterValidator(fitting)
