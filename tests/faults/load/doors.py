"""Where the services are asked: several instances of each, and a request that is sent until it is answered."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from httpx import AsyncClient, Response


class Unanswered(Exception):
    """Nobody answered in time; what came instead."""


@dataclass
class Doors:
    """The instances of each service. ``again`` counts what came instead of answers, by kind of failure.

    What may be sent again: a 503 that says when (``Retry-After``), a connection that was refused, and one that was cut:
    commands have a key, so that sending one again is safe.
    """

    instances: Mapping[str, Sequence[AsyncClient]]
    within: float = 120.0
    again: Counter[str] = field(default_factory=Counter[str])
    slowest: float = 0.0
    _turn: int = 0

    async def ask(
        self, service: str, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> Response:
        """The first answer that is no refusal to answer now; raises Unanswered."""
        begun = time.monotonic()
        while True:
            self._turn += 1
            doors = self.instances[service]
            client = doors[self._turn % len(doors)]
            try:
                answer = await client.request(method, path, headers=dict(headers), json=body)
            except httpx.TransportError as failure:
                self.again[type(failure).__name__] += 1
                pause = 0.2
            else:
                if answer.status_code != 503:
                    self.slowest = max(self.slowest, time.monotonic() - begun)
                    return answer
                pause = self._told_to_wait(answer)
            if time.monotonic() > begun + self.within:
                raise Unanswered(f"{method} {path} was not answered within {self.within} s: {dict(self.again)}")
            await asyncio.sleep(pause)

    def _told_to_wait(self, answer: Response) -> float:
        if "Retry-After" not in answer.headers:
            raise Unanswered(f"{answer.request.url} answered 503 without Retry-After: {answer.text[:200]}")
        self.again[answer.json()["type"].rpartition(":")[2]] += 1
        return float(answer.headers["Retry-After"])
