"""A history as its owners read it."""

from collections.abc import Iterable
from typing import Any

from pydantic import JsonValue

from coaching_events.envelope import Recorded
from coaching_events.ids import Position
from coaching_events.moment import Moment
from service_kit.bodies import View


class Told(View):
    """One event: where it stands, what happened, when (UTC), what led to it, and its facts."""

    position: Position
    type: str
    at: Moment
    cause: Position | None
    facts: dict[str, JsonValue]


def told(history: Iterable[Recorded[Any]]) -> list[Told]:
    """A history in the order in which it happened."""
    return [
        Told(
            position=recorded.position, type=recorded.event.type, at=recorded.at, cause=recorded.cause,
            facts=recorded.event.model_dump(mode="json", exclude_none=True),
        )
        for recorded in history
    ]  # fmt: skip
