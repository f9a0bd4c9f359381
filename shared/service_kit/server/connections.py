"""Connections with limits of time and size, which uvicorn has neither for headers nor for taking an answer.

A connection is ``receiving`` a request, is being answered, or is ``idle`` after an answer. A client that is too slow or
sends too much gets a problem, unless another answer is under way.
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

from service_kit.server.limits import ClientLimits
from service_kit.server.problem_details import MEDIA_TYPE, details
from service_kit.server.security_headers import PROTECTIVE

LARGEST_HEAD = 16 * 1024
"""Bytes of a request line and its headers together, and of trailers."""
LINGER = 2.0
"""Seconds in which a refused client may still send and read before its connection is cut."""

CLOSED = Counter("tandem_http_connections_cut_total", "Connections that were cut off, by reason", ["reason"])


@dataclass(frozen=True, slots=True)
class Refusal:
    """The problem that a client gets for a request that cannot be read."""

    status: int
    type: str
    detail: str

    def answer(self, default_headers: list[tuple[bytes, bytes]]) -> bytes:
        """The bytes of the answer, which closes the connection."""
        body = json.dumps(details(self.status, self.type, self.detail)).encode()
        own = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        lines = [b"%s: %s\r\n" % pair for pair in (*default_headers, *PROTECTIVE.items(), *own)]
        return b"".join((STATUS_LINE[self.status], *lines, b"\r\n", body))


MALFORMED = Refusal(400, "malformed-request", "This is not a valid HTTP/1.1 request.")
TOO_LONG = Refusal(
    431, "headers-too-large", f"A request line and its headers may have {LARGEST_HEAD // 1024} kB. Send fewer headers."
)
TOO_MANY = Refusal(503, "too-busy", "This process has as many connections as it can. Connect again.")


def _too_slow(seconds: float) -> Refusal:
    return Refusal(408, "request-timeout", f"The headers did not arrive within {seconds:g} s. Send the request again.")


class _Refused(Exception):
    """Ends the parser. The connection has the refusal."""


@dataclass
class OpenConnections:
    """The connections of one server without a complete request, in the order in which they began to wait."""

    limits: ClientLimits
    receiving: "dict[BoundedProtocol, None]" = field(default_factory=dict["BoundedProtocol", None])
    idle: "dict[BoundedProtocol, None]" = field(default_factory=dict["BoundedProtocol", None])

    def forget(self, connection: "BoundedProtocol") -> None:
        """Remove a connection that has a complete request or has ended."""
        self.receiving.pop(connection, None)
        self.idle.pop(connection, None)

    def make_room(self) -> bool:
        """Cut off the connection that has waited longest; False if all have complete requests."""
        oldest = next(iter(self.receiving or self.idle), None)
        if oldest is not None:
            oldest.cut("crowded")
        return oldest is not None


class BoundedProtocol(HttpToolsProtocol):
    """One connection with limits: the size and time of headers, and the time for taking an answer."""

    def __init__(
        self,
        open_connections: OpenConnections,
        *,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._open = open_connections
        self._limits = open_connections.limits
        self._deadline: asyncio.TimerHandle | None = None
        self._untaken: asyncio.TimerHandle | None = None
        self._refusal = MALFORMED
        self._refused = False
        self._number = 0
        self._in_head = self._in_message = False
        self._head = self._fed = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection. If there are too many, cut off another one that has no complete request."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections and not self._open.make_room():
            self._refused = True
            transport.write(TOO_MANY.answer(self.server_state.default_headers))
            transport.close()
            return
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up."""
        self._open.forget(self)
        self._clear_deadline()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse data unless the connection is refused already. A request begins with its first byte."""
        if self._refused:
            return
        if self._deadline is None and self._is_free:
            self._wait_for_head()
        number = self._number if self._in_message else self._number + 1
        super().data_received(data)
        # The parser shows a header or trailer only when it is complete, so all bytes of a request are counted.
        if self._in_message and number == self._number and not self._refused:
            self._fed += len(data)
            if self._in_head and self._fed > LARGEST_HEAD:
                self._refuse(TOO_LONG)
            elif self._fed > self._limits.largest_message:
                self.cut("oversized")

    def on_message_begin(self) -> None:
        """Start to count bytes."""
        super().on_message_begin()
        self._number += 1
        self._in_head = self._in_message = True
        self._head = self._fed = 0

    def on_url(self, url: bytes) -> None:
        """Count a part of the address."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a complete header or trailer."""
        super().on_header(name, value)
        self._count(len(name) + len(value) + 4)

    def on_headers_complete(self) -> None:
        """The headers arrived in time."""
        self._in_head = False
        self._clear_deadline()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._in_message = False
        self._open.forget(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The connection becomes idle, or closes when the client has taken the answer."""
        super().on_response_complete()
        self._open.forget(self)
        if self.transport.is_closing():
            self._set_deadline(self._limits.body_seconds, self.cut, "untaken")
        elif not self.pipeline:
            self._open.idle[self] = None

    def timeout_keep_alive_handler(self) -> None:
        """Cut an idle connection. Closing it would wait until the client has taken the last answer."""
        if not self.transport.is_closing():
            self.transport.abort()

    def pause_writing(self) -> None:
        """The client stops taking its answer."""
        super().pause_writing()
        self._untaken = self.loop.call_later(self._limits.body_seconds, self.cut, "untaken")

    def resume_writing(self) -> None:
        """The client takes its answer again."""
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser could not read."""
        self._refuse(self._refusal)

    def cut(self, reason: str) -> None:
        """End the connection at once."""
        CLOSED.labels(reason).inc()
        self._refused = True
        self._open.forget(self)
        self.transport.abort()

    @property
    def _is_free(self) -> bool:
        """Whether no request of this connection is being answered."""
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request
        return cycle is None or cycle.response_complete

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > LARGEST_HEAD:
            self._refusal = TOO_LONG
            raise _Refused

    def _wait_for_head(self) -> None:
        self._open.forget(self)
        self._open.receiving[self] = None
        self._set_deadline(self._limits.header_seconds, self._late)

    def _late(self) -> None:
        if self._in_head:
            self._refuse(_too_slow(self._limits.header_seconds))
        else:
            self.cut("silent")

    def _refuse(self, refusal: Refusal) -> None:
        """Send the problem unless another answer is under way. Close when the client has had time to read it."""
        self._refused = True
        if not self._is_free:
            self.cycle.keep_alive = False
            return
        self.transport.write(refusal.answer(self.server_state.default_headers))
        self.transport.write_eof()
        self._set_deadline(LINGER, self.transport.abort)

    def _set_deadline(self, seconds: float, then: Callable[..., None], *arguments: str) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(seconds, then, *arguments)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
