"""The HTTP server of a process: it listens, and it closes without cutting off a request."""

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

from service_kit.server.connections import LINGER, BoundedProtocol, OpenConnections
from service_kit.server.limits import ClientLimits, announces_body

log = structlog.stdlib.get_logger(__name__)

GRACE = 10
"""Seconds in which running requests can finish when the process stops."""
LEAVE = 2.0
"""Seconds before GRACE in which open connections may send one more request. Its answer closes the connection."""
LOOK = 0.02
"""Seconds between two checks for open connections."""
KEEP_ALIVE = 75
"""Seconds for which an idle connection stays open: longer than clients and proxies keep it."""


class Server(uvicorn.Server):
    """Serves an application until ``should_exit``. The process handles signals.

    If a connection closes while a request is on its way, the client does not know the outcome. So the server first
    accepts no new connection, every answer closes its connection (RFC 9112, section 9.6), and the server closes a
    connection only after it has been idle for a while.
    """

    def __init__(self, app: ASGIApp, limits: ClientLimits | None = None) -> None:
        connection = partial(BoundedProtocol, OpenConnections(limits or ClientLimits()))
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
        """Capture none."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no connection, answer the open ones, then close them."""
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for _ in range(round(LEAVE / LOOK)):
            if not self.server_state.connections:
                break
            await asyncio.sleep(LOOK)
        await super().shutdown()


class _Closing:
    """Makes answers close their connection when the server stops or the request is not complete.

    The client may then go on sending for LINGER seconds: if the connection closed at once, the client might not read
    the answer.
    """

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self._app = app
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        complete = not announces_body(scope)
        last: Message | None = None

        async def part() -> Message:
            nonlocal complete
            message = await receive()
            complete = message["type"] == "http.disconnect" or not message.get("more_body", False)
            return message

        async def answer(message: Message) -> None:
            nonlocal last
            if message["type"] == "http.response.start":
                if self._server.should_exit or not complete:
                    message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            elif not complete and not message.get("more_body", False):
                last = {"type": "http.response.body", "body": b"", "more_body": False}
                message = {**message, "more_body": True}
            await send(message)

        await self._app(scope, receive if complete else part, answer)
        if last is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER):
                    while not complete:
                        await part()
            await send(last)


def listening(host: str, port: int, mode: str, port_file: Path | None = None) -> socket.socket:
    """A listening socket; port 0 takes a free one. ``port_file`` gets the number of the port."""
    listener = socket.create_server((host, port), backlog=2048)
    chosen = listener.getsockname()[1]
    log.info("listening", host=host, port=chosen, mode=mode)
    if port_file is not None:
        _write_atomically(port_file, str(chosen))
    return listener


def _write_atomically(path: Path, text: str) -> None:
    """Write so that a reader finds the complete text or nothing."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text)
    beside.replace(path)
