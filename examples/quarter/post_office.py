"""A real local mail server that keeps its mails, so that the demo can show one as it arrived."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from deploy.local.ports import free_ports


class PostOffice:
    """Accepts every mail on a loopback port."""

    def __init__(self, port: int) -> None:
        self.url = f"smtp://127.0.0.1:{port}"
        self._kept: list[EmailMessage] = []

    @property
    def mails(self) -> Sequence[EmailMessage]:
        """All mails, in the order of their arrival."""
        return self._kept

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep one mail."""
        self._kept.append(mail_of(envelope.content))
        return "250 Message accepted for delivery"

    def mail_with_id(self, message: str) -> EmailMessage | None:
        """The mail of a message."""
        return next((mail for mail in self.mails if message in mail["Message-ID"]), None)

    def mail_to(self, name: str, about: str) -> EmailMessage | None:
        """The first mail that greets a person with this name and has this text."""
        for mail in self.mails:
            greeting, _, text = text_of(mail).partition("\n")
            if name in greeting and about in text:
                return mail
        return None


@contextmanager
def post_office() -> Generator[PostOffice]:
    """The server for the length of a ``with`` block."""
    (port,) = free_ports(1)
    office = PostOffice(port)
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


def mail_of(content: bytes) -> EmailMessage:
    """A mail from its bytes."""
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def shown(mail: EmailMessage) -> str:
    """A mail as its reader sees it."""
    head = "\n".join(f"{name}: {mail[name]}" for name in ("From", "To", "Subject", "Date", "Message-ID"))
    return f"{head}\n\n{text_of(mail).rstrip()}"


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    body = mail.get_body(("plain",))
    return "" if body is None else str(body.get_content())
