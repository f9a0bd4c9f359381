"""A real mail server on this machine, which keeps what it gets."""

from collections.abc import Generator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.ports import free_ports


class Letterbox:
    """A mail server's side that keeps what it gets."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.letters.append(message_from_bytes(cast("bytes", envelope.content), policy=policy.default))
        return "250 OK"


@pytest.fixture(scope="session")
def letterbox() -> Generator[tuple[str, Letterbox]]:
    """The address of a real mail server on this machine, and what it has got."""
    (port,) = free_ports(1)
    box = Letterbox()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield f"smtp://127.0.0.1:{port}", box
    server.stop()
