"""Connections to clients, none of which is waited for without end: uvicorn by itself bounds neither heads nor answers.

A connection waits for a request (``waited_for``), has a whole one that is being answered, or is ``idle`` after one. A
client that is not in time, or sends more than it may, is told so where an answer can be told from one before.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from prometheus_client import Counter
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from service_kit.server.client_limits import ClientLimits
from service_kit.server.problem_details import MEDIA_TYPE, details
from service_kit.server.security_headers import PROTECTIVE

LARGEST_HEAD = 16 * 1024
"""Bytes of a request line and its headers together, and of trailers."""
LARGEST_MESSAGE = 2 * 1024 * 1024
"""Bytes of a request as it is sent, with the sizes of its chunks: more than any body may have that is read."""
LINGER = 2.0
"""Seconds in which a client that was refused may still send and read, before its connection is cut."""

CLOSED = Counter("tandem_http_connections_cut_total", "Connections that were cut off, by the reason", ["reason"])


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a client is told whose request did not become one."""

    status: int
    type: str
    detail: str

    def answer(self, default_headers: list[tuple[bytes, bytes]]) -> bytes:
        """As it goes over the wire; it closes the connection."""
        body = json.dumps(details(self.status, self.type, self.detail)).encode()
        told = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        lines = [b"%s: %s\r\n" % pair for pair in (*default_headers, *PROTECTIVE.items(), *told)]
        return b"".join((STATUS_LINE[self.status], *lines, b"\r\n", body))


MALFORMED = Refusal(400, "malformed-request", "This is not a request in HTTP/1.1. Look at what sends it.")
TOO_LONG = Refusal(
    431, "headers-too-large", f"A request line and its headers may have {LARGEST_HEAD // 1024} kB. Send fewer of them."
)
TOO_MANY = Refusal(503, "too-busy", "This process has as many connections as it can. Connect again.")


def _too_slow(seconds: float) -> Refusal:
    return Refusal(408, "request-timeout", f"The headers did not come within {seconds:g} s. Send the request again.")


class _Refused(Exception):
    """Ends the parser; the connection knows why."""


@dataclass
class Crowd:
    """The connections of one server that have no whole request, the one that has been so for the longest first."""

    patience: ClientLimits
    waited_for: "dict[BoundedProtocol, None]" = field(default_factory=dict["BoundedProtocol", None])
    idle: "dict[BoundedProtocol, None]" = field(default_factory=dict["BoundedProtocol", None])

    def forget(self, connection: "BoundedProtocol") -> None:
        """It has a whole request, or has ended."""
        self.waited_for.pop(connection, None)
        self.idle.pop(connection, None)

    def make_room(self) -> bool:
        """Cut off the one that has been waited for the longest, or been idle; False if all have whole requests."""
        oldest = next(iter(self.waited_for or self.idle), None)
        if oldest is not None:
            oldest.cut("crowded")
        return oldest is not None


class BoundedProtocol(HttpToolsProtocol):
    """One connection: bounded in the size of heads, in the time for them, and in the time for taking an answer."""

    def __init__(
        self,
        crowd: Crowd,
        *,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._crowd = crowd
        self._patience = crowd.patience
        self._deadline: asyncio.TimerHandle | None = None
        self._untaken: asyncio.TimerHandle | None = None
        self._refusal = MALFORMED
        self._over = False
        self._number = 0
        self._in_head = self._in_message = False
        self._head = self._fed = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let it in; where there are too many, for another one that has no whole request."""
        super().connection_made(transport)
        if len(self.connections) > self._patience.connections and not self._crowd.make_room():
            self._over = True
            transport.write(TOO_MANY.answer(self.server_state.default_headers))
            transport.close()
            return
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._crowd.forget(self)
        self._in_time()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, unless the connection is refused already; a request begins with the first byte of it."""
        if self._over:
            return
        if self._deadline is None and self._is_free:
            self._wait_for_head()
        number = self._number if self._in_message else self._number + 1
        super().data_received(data)
        # A header or trailer is shown by the parser only when it is whole: so what belongs to one request is counted.
        if self._in_message and number == self._number and not self._over:
            self._fed += len(data)
            if self._in_head and self._fed > LARGEST_HEAD:
                self._refuse(TOO_LONG)
            elif self._fed > LARGEST_MESSAGE:
                self.cut("oversized")

    def on_message_begin(self) -> None:
        """Count the bytes of this one."""
        super().on_message_begin()
        self._number += 1
        self._in_head = self._in_message = True
        self._head = self._fed = 0

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header that is whole, or a trailer."""
        super().on_header(name, value)
        self._count(len(name) + len(value) + 4)

    def on_headers_complete(self) -> None:
        """The head was in time."""
        self._in_head = False
        self._in_time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._in_message = False
        self._crowd.forget(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The connection is idle, or closes as soon as the client has taken the answer."""
        super().on_response_complete()
        self._crowd.forget(self)
        if self.transport.is_closing():
            self._give(self._patience.body_seconds, self.cut, "untaken")
        elif not self.pipeline:
            self._crowd.idle[self] = None

    def timeout_keep_alive_handler(self) -> None:
        """Nothing was asked for long. Not closed but cut: closing would wait until the last answer is taken."""
        if not self.transport.is_closing():
            self.transport.abort()

    def pause_writing(self) -> None:
        """The client does not take its answer."""
        super().pause_writing()
        self._untaken = self.loop.call_later(self._patience.body_seconds, self.cut, "untaken")

    def resume_writing(self) -> None:
        """It does."""
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """The parser has ended."""
        self._refuse(self._refusal)

    def cut(self, reason: str) -> None:
        """End the connection at once."""
        CLOSED.labels(reason).inc()
        self._over = True
        self._crowd.forget(self)
        self.transport.abort()

    @property
    def _is_free(self) -> bool:
        """Whether no request of it is being answered."""
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request
        return cycle is None or cycle.response_complete

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > LARGEST_HEAD:
            self._refusal = TOO_LONG
            raise _Refused

    def _wait_for_head(self) -> None:
        self._crowd.forget(self)
        self._crowd.waited_for[self] = None
        self._give(self._patience.header_seconds, self._late)

    def _late(self) -> None:
        if self._in_head:
            self._refuse(_too_slow(self._patience.header_seconds))
        else:
            self.cut("silent")

    def _refuse(self, refusal: Refusal) -> None:
        """Say why, if no other answer is under way, and close once the client has had time to read it."""
        self._over = True
        if not self._is_free:
            self.cycle.keep_alive = False
            return
        self.transport.write(refusal.answer(self.server_state.default_headers))
        self.transport.write_eof()
        self._give(LINGER, self.transport.abort)

    def _give(self, seconds: float, then: Callable[..., None], *told: str) -> None:
        self._in_time()
        self._deadline = self.loop.call_later(seconds, then, *told)

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
