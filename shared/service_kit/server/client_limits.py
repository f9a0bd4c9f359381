"""How long a process waits for what its clients send and take, and how many of them it hears at once."""

from dataclasses import dataclass

from starlette.types import Scope

HEADER_SECONDS = 10.0
BODY_SECONDS = 20.0
CONNECTIONS = 800


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLimits:
    """What one process allows its clients; times are in seconds.

    A request line and its headers have ``header_seconds``, from the connection or from their first byte. A body has
    ``body_seconds`` from the end of the headers, and so has a client for taking an answer. ``connections`` are open at
    once, at most.
    """

    header_seconds: float = HEADER_SECONDS
    body_seconds: float = BODY_SECONDS
    connections: int = CONNECTIONS


def announces_body(scope: Scope) -> bool:
    """Whether a request's headers say that a body follows (RFC 9112, section 6.3)."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0"))
        for name, value in scope["headers"]
    )
