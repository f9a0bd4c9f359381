"""Batches in flight, and a gate before the next ones: for who must wait until nothing is half done."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class DrainGate:
    """Many may be in flight at once. While the gate is shut none begins."""

    def __init__(self) -> None:
        self._in_flight = 0
        self._gate = asyncio.Event()
        self._gate.set()
        self._none = asyncio.Event()
        self._none.set()

    @asynccontextmanager
    async def batch(self) -> AsyncGenerator[None]:
        """A batch, for the length of a ``with`` block; waits at the gate."""
        await self._gate.wait()
        self._in_flight += 1
        self._none.clear()
        try:
            yield
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._none.set()

    async def drain(self) -> None:
        """Let no batch begin, and return when none is in flight."""
        self._gate.clear()
        await self._none.wait()

    @property
    def is_draining(self) -> bool:
        """Whether somebody waits for those in flight."""
        return not self._gate.is_set()

    def open(self) -> None:
        """Let batches begin again."""
        self._gate.set()
