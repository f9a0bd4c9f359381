"""A gate before batches, for a rebalance that must wait until no batch is half done."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class DrainGate:
    """Many batches may run at once. While the gate is closed none begins."""

    def __init__(self) -> None:
        self._in_flight = 0
        self._gate = asyncio.Event()
        self._gate.set()
        self._none = asyncio.Event()
        self._none.set()

    @asynccontextmanager
    async def batch(self) -> AsyncGenerator[None]:
        """A batch, for the length of a ``with`` block; waits at the gate first."""
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
        """Close the gate, and return when no batch runs."""
        self._gate.clear()
        await self._none.wait()

    @property
    def is_draining(self) -> bool:
        """Whether the gate is closed."""
        return not self._gate.is_set()

    def open(self) -> None:
        """Open the gate."""
        self._gate.set()
