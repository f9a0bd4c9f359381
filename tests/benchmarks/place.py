"""A service inside this process and two partners who ask it, for counting what each of its commands costs."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from service_kit.http import DIRECTORY, IDENTITIES
from tests.benchmarks.in_process import InProcess
from tests.benchmarks.pairs import Pair


@dataclass(frozen=True, slots=True)
class Place:
    """The service; ``one`` and ``other`` are clients of the two, ``hr`` of the system that keeps the directory."""

    service: InProcess
    pair: Pair
    one: httpx.AsyncClient
    other: httpx.AsyncClient
    hr: httpx.AsyncClient

    @staticmethod
    @asynccontextmanager
    async def of(service: InProcess, pair: Pair) -> AsyncGenerator["Place"]:
        """With clients for the length of a ``with`` block."""
        async with AsyncExitStack() as open_ones:
            clients = [
                service.client(pair.login),
                service.client(pair.other_login),
                service.client("hr", DIRECTORY, IDENTITIES),
            ]
            for client in clients:
                await open_ones.enter_async_context(client)
            yield Place(service, pair, *clients)

    def in_days(self, days: int) -> str:
        """An instant so many days from now."""
        return (self.service.clock.at + timedelta(days=days)).isoformat()


Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is ready to be sent: who asks, and the values of its path, by name."""

    client: httpx.AsyncClient
    body: Body
    values: Mapping[str, str]


Prepared = Callable[[Place], Awaitable[Asked]]
"""Lets everything happen that must have happened before a command."""


async def posted(client: httpx.AsyncClient, path: str, body: Body | None = None) -> Any:
    """The answer to a command that was accepted."""
    return accepted(await client.post(path, json=body or {}))


def accepted(answer: httpx.Response) -> Any:
    """What was answered; raises RuntimeError for a refusal, which says nothing of what a command costs."""
    if answer.is_error:
        raise RuntimeError(f"{answer.request.url.path} was answered {answer.status_code}: {answer.text}")
    return answer.json()
