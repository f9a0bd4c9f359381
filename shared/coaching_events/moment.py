"""Instants and local times as they stand in events."""

from datetime import UTC, datetime, time
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, PlainSerializer, WithJsonSchema


def _whole_milliseconds(given: datetime) -> datetime:
    # Databases keep milliseconds: what is read back must equal what was written.
    try:
        instant = given.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the years 1 to 9999 in UTC") from None
    beyond = instant.microsecond % 1000
    return instant.replace(microsecond=instant.microsecond - beyond) if beyond else instant


def written(instant: datetime) -> str:
    """The text of an instant, ``2026-01-01T00:00:00.000Z``: always UTC with milliseconds, so that texts sort."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _local(given: time) -> time:
    if given.tzinfo is not None:
        raise ValueError("is a local time: write it without a zone, as in 15:00:00")
    return given.replace(microsecond=0)


Moment = Annotated[
    AwareDatetime,
    AfterValidator(_whole_milliseconds),
    PlainSerializer(written, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant in UTC, whole milliseconds. A time without a zone is refused."""

LocalTime = Annotated[
    time,
    AfterValidator(_local),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}:[0-9]{2}$", "examples": ["15:00:00"]}),
]
"""A time of day on a person's own clock, whole seconds, without a zone."""
