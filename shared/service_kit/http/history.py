"""Events as answers and histories show them, in one shape; and what an accepted command answers.

They are made from what was stored, so that the same command again reads the same.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

from pydantic import JsonValue

from coaching_events.ids import Position, StreamId, position
from coaching_events.moment import Moment
from eventlog.commands import AppendResult
from eventlog.stores import Entry
from service_kit.bodies.types import View


class HistoryEntry(View):
    """One event: where it stands, the instant it speaks of (UTC), the position that led to it, and its facts."""

    position: Position
    type: str
    at: Moment
    cause: Position | None = None
    data: dict[str, JsonValue]


class NoteView(View):
    """What one of the two said to the other with something they did. ``about`` is the type of that event."""

    position: Position
    about: str
    by: str
    at: Moment
    note: str


class MovedView(View):
    """A date that a rule moved: the one that was asked for, the one that holds, and why."""

    asked: date
    to: date
    because: Literal["holiday", "no-working-hours"]


class Accepted(View):
    """``position`` is the last event, also the ETag; another service takes it as ``After``. ``events`` may be empty.

    ``moved`` tells of dates that are not as asked.
    """

    id: StreamId
    position: Position
    events: tuple[HistoryEntry, ...]
    moved: tuple[MovedView, ...] = ()


def accepted(decided: AppendResult[Any]) -> Accepted:
    """The answer to a decision. It is made from what was stored, so a repeated command gets the same bytes."""
    events = history_entries(decided.stream, decided.entries)
    moved = tuple(MovedView.model_validate(event.data["moved"]) for event in events if event.data.get("moved"))
    return Accepted.model_construct(id=decided.stream, position=decided.position, events=events, moved=moved)


def history_entries(stream: StreamId, entries: Iterable[Entry]) -> tuple[HistoryEntry, ...]:
    """Entries of a history, in their order."""
    # Stored events were valid when they were written: they are not judged again.
    return tuple(
        HistoryEntry.model_construct(
            position=position(stream, entry.version),
            type=entry.type,
            at=entry.at,
            cause=entry.cause,
            data=json.loads(entry.data),
        )
        for entry in entries
    )


def notes(events: Iterable[HistoryEntry]) -> tuple[NoteView, ...]:
    """What was said with these events. A note that was erased, or of which a cipher is left, is not among them."""
    return tuple(
        NoteView.model_construct(
            position=event.position, about=event.type, by=event.data["by"], at=event.at, note=event.data["note"]
        )
        for event in events
        if isinstance(event.data.get("note"), str)
    )


def etag(last: Position) -> str:
    """A position as an entity tag (RFC 9110, section 8.8.3)."""
    return f'"{last}"'
