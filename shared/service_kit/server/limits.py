"""What one process allows: how long it waits for clients, how many connect, and how many requests run at once."""

from dataclasses import dataclass

from starlette.types import Scope

from service_kit.server.health import NotReady

HEADER_SECONDS = 10.0
BODY_SECONDS = 20.0
CONNECTIONS = 800
LARGEST_MESSAGE = 2 * 1024 * 1024
"""Bytes of a request as sent, with the sizes of its chunks: more than any body that is read may have."""
MOST_AT_ONCE = 500
"""Requests that run at once. More of them, with their bodies, would only make the process slower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLimits:
    """What a process allows its clients; times are in seconds.

    A request line and its headers must arrive within ``header_seconds`` of the connection or of their first byte. A
    body must arrive within ``body_seconds`` of the headers, and a client must take its answer within the same time. At
    most ``connections`` are open at once. A request with more than ``largest_message`` bytes is cut.
    """

    header_seconds: float = HEADER_SECONDS
    body_seconds: float = BODY_SECONDS
    connections: int = CONNECTIONS
    largest_message: int = LARGEST_MESSAGE


@dataclass
class RequestSlots:
    """How many requests of a process run at once. A request takes a slot when it is complete, and not before."""

    most: int = MOST_AT_ONCE
    taken: int = 0

    def take(self) -> bool:
        """Take a slot; False if there is none."""
        if self.taken >= self.most:
            return False
        self.taken += 1
        return True

    def release(self) -> None:
        """Return a slot."""
        self.taken -= 1

    async def check(self) -> None:
        """Raise NotReady while all slots are taken: a load balancer then uses another process."""
        if self.taken >= self.most:
            raise NotReady(f"all {self.most} slots for requests are taken")


def announces_body(scope: Scope) -> bool:
    """Whether a request's headers announce a body (RFC 9112, section 6.3)."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0"))
        for name, value in scope["headers"]
    )
