"""The form of events in answers and histories, and the answer to an accepted command.

It is made from what is stored, so a repeated command gets the same answer.
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
    """One event: its position, time (UTC), the position of its cause, and its data."""

    position: Position
    type: str
    at: Moment
    cause: Position | None = None
    data: dict[str, JsonValue]


class NoteView(View):
    """A note from one partner to the other with an event. ``about`` is the type of the event."""

    position: Position
    about: str
    by: str
    at: Moment
    note: str


class MovedView(View):
    """A date that a rule moved: the requested date, the valid date, and the reason."""

    asked: date
    to: date
    because: Literal["holiday", "no-working-hours"]


class Accepted(View):
    """``position`` is the last event and the ETag; another service takes it as ``After``. ``events`` may be empty.

    ``moved`` has the dates that differ from the request.
    """

    id: StreamId
    position: Position
    events: tuple[HistoryEntry, ...]
    moved: tuple[MovedView, ...] = ()


def accepted(decided: AppendResult[Any]) -> Accepted:
    """The answer to a decision."""
    events = history_entries(decided.stream, decided.entries)
    moved = tuple(MovedView.model_validate(event.data["moved"]) for event in events if event.data.get("moved"))
    return Accepted.model_construct(id=decided.stream, position=decided.position, events=events, moved=moved)


def history_entries(stream: StreamId, entries: Iterable[Entry]) -> tuple[HistoryEntry, ...]:
    """Entries of a history, in their order."""
    # Stored events were valid when they were written, so they are not validated again.
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
    """The notes with these events. Erased and encrypted notes are left out."""
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
