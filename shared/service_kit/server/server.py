"""The HTTP server of a process: where it listens, and how it closes without cutting anybody off."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import cast

import structlog
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service_kit.server.client_limits import ClientLimits, announces_body
from service_kit.server.connections import LINGER, BoundedProtocol, Crowd

log = structlog.stdlib.get_logger(__name__)

GRACE = 10
"""Seconds that requests in flight have to finish when the process stops."""
LEAVE = 2.0
"""Seconds before that in which whoever is connected may still ask, and is told that it was the last time."""
LOOK = 0.02
"""Seconds between two looks at who is still connected."""
KEEP_ALIVE = 75
"""Seconds for which an idle connection stays: longer than clients and proxies keep theirs, who would meet its end."""


class Server(uvicorn.Server):
    """Serves an application until ``should_exit``; signals are left to the process.

    A connection that is closed while a request is on its way to it takes that request with it, and its sender does not
    know what became of it. So nobody new is let in at first, every answer closes its connection (RFC 9112, section
    9.6), and only one that nobody has used for a while is closed from here.
    """

    def __init__(self, app: ASGIApp, patience: ClientLimits | None = None) -> None:
        connection = partial(BoundedProtocol, Crowd(patience or ClientLimits()))
        super().__init__(
            uvicorn.Config(
                _Closing(app, self),
                http=cast("type[asyncio.Protocol]", connection),
                ws="none",
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=GRACE,
                timeout_keep_alive=KEEP_ALIVE,
            )
        )

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave them alone."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in, answer those who are there, then close."""
        for door in (*self.servers, *(sockets or ())):
            door.close()
        for _ in range(round(LEAVE / LOOK)):
            if not self.server_state.connections:
                break
            await asyncio.sleep(LOOK)
        await super().shutdown()


class _Closing:
    """Answers say that their connection closes where the server is to end, or where the request is not whole.

    Then its sender may go on for LINGER seconds more: closed at once, it might not have read the answer.
    """

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self._app = app
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole = not announces_body(scope)
        last: Message | None = None

        async def part() -> Message:
            nonlocal whole
            message = await receive()
            whole = message["type"] == "http.disconnect" or not message.get("more_body", False)
            return message

        async def answer(message: Message) -> None:
            nonlocal last
            if message["type"] == "http.response.start":
                if self._server.should_exit or not whole:
                    message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            elif not whole and not message.get("more_body", False):
                last = {"type": "http.response.body", "body": b"", "more_body": False}
                message = {**message, "more_body": True}
            await send(message)

        await self._app(scope, receive if whole else part, answer)
        if last is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER):
                    while not whole:
                        await part()
            await send(last)


def listening(host: str, port: int, mode: str, port_file: Path | None = None) -> socket.socket:
    """A socket that listens; 0 is a free port. The file, if one is named, gets the port."""
    door = socket.create_server((host, port), backlog=2048)
    chosen = door.getsockname()[1]
    log.info("listening", host=host, port=chosen, mode=mode)
    if port_file is not None:
        _write_whole(port_file, str(chosen))
    return door


def _write_whole(path: Path, text: str) -> None:
    """Write so that a reader finds all of it or nothing."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text)
    beside.replace(path)
