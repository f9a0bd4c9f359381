"""Pairs that go on promising while something happens to the processes under them."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from httpx import Response

from eventlog import fresh_id
from tests.delivery.company import Company, Insistent, Somebody, eventually

PAIRS = 4
PACE = 0.5
"""Seconds between two commands of one pair: a small load, so that other things are what is tested."""

Pair = tuple[Somebody, Somebody, str]


async def some_pairs(company: Company) -> list[Pair]:
    """People who have just formed their partnerships."""
    people = await company.hire(*(f"r{number}" for number in range(2 * PAIRS)), mail=False)
    couples = list(zip(people[::2], people[1::2], strict=True))
    return [(one, other, await company.pair(one, other)) for one, other in couples]


@dataclass
class Load:
    """Pairs that make promises and keep them, each command sent until it is accepted.

    ``processes`` answer them in turn, and have ``answered`` so many.
    """

    company: Company
    pairs: Sequence[Pair]
    processes: Sequence[str] = ("goals",)
    insist: Insistent = field(default_factory=lambda: Insistent(within=60))
    accepted: list[str] = field(default_factory=list[str])
    answered: Counter[str] = field(default_factory=Counter[str])
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def under_way(self) -> AsyncGenerator["Load"]:
        """Let them begin, and when the block ends finish what they are at; then all is quiet."""
        async with asyncio.TaskGroup() as group:
            for pair in self.pairs:
                group.create_task(self._go_on(*pair))
            await self.grows()
            yield self
            self._over.set()
        await self.company.stage.settle()

    async def grows(self, by: int = 2 * PAIRS) -> None:
        """Wait until some more commands are accepted."""
        wanted = len(self.accepted) + by

        async def more() -> bool:
            return len(self.accepted) >= wanted

        await eventually("more commands are accepted", more, within=60)

    async def _go_on(self, one: Somebody, other: Somebody, partnership: str) -> None:
        run = fresh_id()
        due = {"on": str(self.company.today() + timedelta(days=90))}
        number = 0
        while not self._over.is_set():
            number += 1
            who, text = (one, other)[number % 2], f"Promise {number}"
            path = f"/partnerships/{partnership}/commitments"
            made = await self._accepted(who, path, {"text": text, "due": due}, f"{run}-{number}")
            await asyncio.sleep(PACE)
            await self._accepted(who, f"/commitments/{made['id']}/keep", {}, f"{run}-{number}-kept")
            await asyncio.sleep(PACE)

    async def _accepted(self, who: Somebody, path: str, body: Any, key: str) -> Any:
        process = self.processes[len(self.accepted) % len(self.processes)]

        def send() -> Awaitable[Response]:
            return who.post(process, path, body, key=key)

        answer = await self.insist(send)
        assert answer.status_code in (200, 201), answer.text
        self.answered[process] += 1
        told = answer.json()
        self.accepted += [each["position"] for each in told["events"]]
        return told
