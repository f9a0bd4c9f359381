"""What an accepted command answers: the events that followed, told so that the same command again reads the same."""

import json
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue

from coaching_events.ids import Position, StreamId, position
from coaching_events.moment import Moment
from eventlog.decide import Decided


class Happened(BaseModel):
    """One event of an answer. ``at`` is the instant it speaks of, UTC."""

    model_config = ConfigDict(frozen=True)

    position: Position
    type: str
    at: Moment
    data: dict[str, JsonValue]


class Accepted(BaseModel):
    """``position`` is the last event, also the ETag; another service takes it as ``After``. ``events`` may be empty."""

    model_config = ConfigDict(frozen=True)

    id: StreamId
    position: Position
    events: tuple[Happened, ...]


def accepted(decided: Decided[Any]) -> Accepted:
    """The answer to a decision. It is made from what was stored, so a repeated command gets the same bytes."""
    return Accepted.model_construct(
        id=decided.stream,
        position=decided.position,
        events=tuple(
            _happened(position(decided.stream, entry.version), entry.type, entry.at, entry.data)
            for entry in decided.entries
        ),
    )


def _happened(where: Position, type: str, at: datetime, data: str) -> Happened:
    # Stored events were valid when they were written: they are not judged again.
    return Happened.model_construct(position=where, type=type, at=at, data=json.loads(data))


def etag(last: Position) -> str:
    """A position as an entity tag (RFC 9110, section 8.8.3)."""
    return f'"{last}"'
