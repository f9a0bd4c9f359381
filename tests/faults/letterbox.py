"""A real mail server on this machine that keeps the ids of what it gets."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.ports import LOOPBACK, free_ports


@dataclass
class Letterbox:
    """A mail server's side that keeps the ids of what it gets, in order."""

    ids: list[str] = field(default_factory=list[str])

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        for line in cast("bytes", envelope.content).splitlines():
            if line.lower().startswith(b"message-id:"):
                self.ids.append(line.partition(b"<")[2].partition(b"@")[0].decode())
                break
        return "250 OK"


@contextmanager
def mail_server(letterbox: Letterbox) -> Generator[int]:
    """Its port, for the length of a ``with`` block."""
    (port,) = free_ports(1)
    server = Controller(letterbox, hostname=LOOPBACK, port=port)
    server.start()
    try:
        yield port
    finally:
        server.stop()
