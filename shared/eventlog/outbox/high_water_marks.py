"""How far this process itself has brought streams: what it knows, it does not ask the database for."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress

from coaching_events.ids import StreamId

REMEMBERED = 10_000
"""Streams that are remembered: those that moved last."""


class HighWaterMarks:
    """The version that each stream has reached at least."""

    def __init__(self) -> None:
        self._reached: dict[StreamId, int] = {}
        self._moved = asyncio.Event()

    def of(self, stream: StreamId) -> int:
        """The version of a stream; 0 if it is not known here."""
        return self._reached.get(stream, 0)

    def note(self, reached: Mapping[StreamId, int]) -> None:
        """Note that these streams have reached these versions."""
        for stream, version in reached.items():
            self._reached[stream] = max(version, self._reached.pop(stream, 0))  # the last one to move is forgotten last
        while len(self._reached) > REMEMBERED:
            del self._reached[next(iter(self._reached))]
        self._moved.set()

    async def lacking(self, awaited: Mapping[StreamId, int], within: float) -> dict[StreamId, int]:
        """Wait until these versions are reached, so many seconds at most; those that are not reached then."""
        until = time.monotonic() + within
        while left := {stream: version for stream, version in awaited.items() if self.of(stream) < version}:
            seconds = until - time.monotonic()
            if seconds <= 0:
                break
            self._moved.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), seconds)
        return left
