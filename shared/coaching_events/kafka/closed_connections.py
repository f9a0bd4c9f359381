"""A mend for aiokafka on uvloop: a connection that has just closed is a broken one (aio-libs/aiokafka#1038).

uvloop raises RuntimeError for a write to a closed connection, where asyncio drops what is written. aiokafka 0.14
expects OSError alone. So a consumer or producer that met such a connection, after a restart of the broker say, ended
its own tasks for good: it got and sent nothing more until its process was started again.
"""

# aiokafka has few annotations.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from typing import Any

from aiokafka import conn
from aiokafka.errors import KafkaConnectionError


class _Connection(conn.AIOKafkaConnection):
    """Raises KafkaConnectionError where uvloop raises RuntimeError, and is closed then."""

    def send(self, request: Any, expect_response: bool = True) -> Any:
        return self._sent(super().send, request, expect_response)

    def _send_sasl_token(self, payload: Any, expect_response: bool = True) -> Any:
        return self._sent(super()._send_sasl_token, payload, expect_response)

    def _sent(self, send: Callable[..., Any], *what: Any) -> Any:
        try:
            return send(*what)
        except RuntimeError as closed:
            self.close(reason=conn.CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"Connection at {self.host}:{self.port} broken: {closed}") from closed


def survive_closed_connections() -> None:
    """Let the connections that aiokafka opens from now on in this process be such. A second call changes nothing."""
    conn.AIOKafkaConnection = _Connection
