"""Mail over SMTP (RFC 5321), as plain text (RFC 5322)."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from coaching_events.mailbox import MessageId
from eventlog.clock import EPOCH, wall_in, wall_now
from notifications.mailbox.delivery import Outcome

PATIENCE: Final = 10.0
"""Seconds for each answer of the server."""
REST: Final = 15.0
"""Seconds for which a server that could not be reached is not asked again, so that it holds up nothing else."""


class NoAddress(ValueError):
    """The address in the directory is none that mail could be sent to."""


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt went; ``reason`` is a short text without names, addresses or words."""

    outcome: Outcome
    reason: str | None = None


@dataclass
class MailServer:
    """One server: ``smtp://`` (encrypted if it offers STARTTLS) or ``smtps://``, with a login in the URL if any."""

    url: str = field(repr=False)
    _rests_until: datetime = field(default=EPOCH, init=False)

    async def send(self, message: EmailMessage) -> Result:
        """Try once to hand a message over."""
        if wall_now() < self._rests_until:
            return Result("failed", "unreachable")
        client = self._client()
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError):
            self._rests_until = wall_in(REST)
            return Result("failed", "unreachable")
        try:
            await client.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            return _refused(max((each.code for each in refused.recipients), default=550))
        except aiosmtplib.SMTPResponseException as refused:
            return _refused(refused.code)
        except (aiosmtplib.SMTPException, OSError):
            return Result("cut-off", "connection-lost")
        else:
            return Result("delivered")
        finally:
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()

    def _client(self) -> aiosmtplib.SMTP:
        url = urlsplit(self.url)
        secure = url.scheme == "smtps"
        return aiosmtplib.SMTP(
            hostname=url.hostname, port=url.port or (465 if secure else 25), use_tls=secure, timeout=PATIENCE,
            username=unquote(url.username) if url.username else None,
            password=unquote(url.password) if url.password else None,
        )  # fmt: skip


def written(*, message: MessageId, sender: str, to: str | None, subject: str, text: str, at: datetime) -> EmailMessage:
    """A mail with an id that is the same whenever this message is sent; raises NoAddress."""
    mail = EmailMessage(policy=SMTP)
    try:
        mail["To"] = Address(addr_spec=to or "")
        mail["From"] = sender
        mail["Subject"] = subject
    except (ValueError, IndexError, MessageError) as wrong:
        raise NoAddress from wrong
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message}@{parseaddr(sender)[1].rpartition('@')[2] or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answers, please
    mail.set_content(text, cte="quoted-printable")
    return mail


def _refused(code: int) -> Result:
    return Result("refused" if code >= 500 else "failed", f"smtp-{code}")
