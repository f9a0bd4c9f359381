"""How a server closes: nobody who is connected is cut off with a request on its way."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest

from service_kit.server import server as server_module
from service_kit.server.health import Health
from service_kit.server.server import Server, listening

HOST = "127.0.0.1"
LIVE = "/health/live"


@asynccontextmanager
async def serving() -> AsyncGenerator[tuple[Server, "asyncio.Task[None]", httpx.AsyncClient]]:
    """A server that answers, the task that ends with it, and a client that has asked once and stays connected."""
    door = listening(HOST, 0, "serve")
    server = Server(Health(None, {}))
    running = asyncio.create_task(server.serve([door]))
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{door.getsockname()[1]}") as client:
        assert (await client.get(LIVE)).headers.get("connection") != "close"
        yield server, running, client
        server.should_exit = True
        await asyncio.wait_for(running, 10)


async def closed(url: httpx.URL) -> None:
    """Return once nobody new is let in. Strangers ask nothing: one who is let in last might be cut off."""
    while True:
        try:
            _, stranger = await asyncio.open_connection(url.host, url.port)
        except ConnectionError:
            return
        stranger.close()
        await asyncio.sleep(0.01)


async def test_who_is_connected_is_answered_once_more_and_told_that_it_was_the_last_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_module, "LEAVE", 60.0)
    async with serving() as (server, running, client):
        server.should_exit = True
        await asyncio.wait_for(closed(client.base_url), 10)
        last = await client.get(LIVE)
        assert (last.status_code, last.headers["connection"]) == (200, "close")
        await asyncio.wait_for(running, 10)  # nobody is there any more: it waits for nothing


async def test_who_stays_and_asks_nothing_is_not_waited_for_longer_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "LEAVE", 0.3)
    async with serving() as (server, running, _):
        server.should_exit = True
        await asyncio.wait_for(running, 10)
