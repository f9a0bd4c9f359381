"""Mail over SMTP (RFC 5321), as plain text (RFC 5322)."""

import asyncio
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from coaching_events.events.mailbox import MessageId
from eventlog import EPOCH, wall_in, wall_now
from notifications.channels.addresses import MailAddress, address, sender_address
from notifications.channels.invitations import CalendarPart
from notifications.channels.results import Result
from service_kit.bodies import shown
from service_kit.languages import ENGLISH
from service_kit.process import SettingRefused

log = structlog.stdlib.get_logger(__name__)

PATIENCE: Final = 10.0
"""Seconds to wait for each answer of the server."""
REST: Final = 15.0
"""Seconds without a new attempt after a server could not be reached, so that it delays nothing else."""
_LOGIN_NEEDS_TLS: Final = (
    "SMTP_URL has a login, and the mail server offers no encryption for it: use smtps://, let the server offer "
    "STARTTLS, or set SMTP_LOGIN_WITHOUT_TLS=true"
)
OURS: Final = frozenset({530, 534, 535, 538})
"""Codes about our login or encryption (RFC 4954, RFC 3207): the settings are wrong, not the mail."""

_STATUS = re.compile(r"5\.[0-9]{1,3}\.[0-9]{1,3}")
NO_SUCH_ADDRESS: Final = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.1"})
"""Statuses of an address that accepts no mail (RFC 3463, 7505). 5.4.1 is Exchange Online's status of an unknown one.

Other statuses are about the mail, a full mailbox, or the sender. A later mail can be accepted.
"""
NO_SUCH_MAILBOX: Final = frozenset({550, 551, 553})
"""The same as reply codes (RFC 5321, section 4.2.3), of a server without statuses."""


class LoginNeedsTls(Exception):
    """The server needs a login, and the connection is not encrypted."""


@dataclass
class MailServer:
    """One server: ``smtp://`` (encrypted if it offers STARTTLS) or ``smtps://``, optionally with a login in the URL.

    The login is sent over an encrypted connection only, unless ``login_without_tls``.
    """

    url: str = field(repr=False)
    login_without_tls: bool = False
    _rests_until: datetime = field(default=EPOCH, init=False)

    async def check(self) -> None:
        """Raise SettingRefused if the server answers and would get the login unencrypted."""
        if not urlsplit(self.url).username:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                client = await self._connected()
        except LoginNeedsTls:
            raise SettingRefused(_LOGIN_NEEDS_TLS) from None
        except (aiosmtplib.SMTPException, OSError, ValueError):
            return  # the first mail reports this error
        await _leave(client)

    async def send(self, message: EmailMessage) -> Result:
        """Try once to send a message."""
        if wall_now() < self._rests_until:
            return Result("failed", "unreachable")
        try:
            client = await self._connected()
        except LoginNeedsTls:
            self._rests_until = wall_in(REST)
            log.error(f"{_LOGIN_NEEDS_TLS}.", server=urlsplit(self.url).hostname)
            return Result("failed", "login-needs-tls")
        except (aiosmtplib.SMTPException, OSError, ValueError) as away:
            self._rests_until = wall_in(REST)
            return self._not_let_in(away)
        try:
            return await _hand_over(client, message)
        finally:
            await _leave(client)

    async def _connected(self) -> aiosmtplib.SMTP:
        url = urlsplit(self.url)
        secure = url.scheme == "smtps"
        client = aiosmtplib.SMTP(
            hostname=url.hostname, port=url.port or (465 if secure else 25), use_tls=secure, timeout=PATIENCE
        )
        await client.connect()
        if not url.username:
            return client
        try:
            if client.get_transport_info("sslcontext") is None and not self.login_without_tls:
                raise LoginNeedsTls
            await client.login(unquote(url.username), unquote(url.password or ""))
        except BaseException:
            client.close()
            raise
        return client

    def _not_let_in(self, away: Exception) -> Result:
        """A fault of the settings or of the server, not of the mail. There is another attempt later."""
        server = urlsplit(self.url).hostname
        if isinstance(away, aiosmtplib.SMTPAuthenticationError) or type(away) is aiosmtplib.SMTPException:
            # the plain exception says that the server offers no login
            log.error("The mail server refuses the login: check user and password in SMTP_URL.", server=server)
            return Result("failed", "login-refused")
        if isinstance(away, ssl.SSLError) or isinstance(away.__cause__, ssl.SSLError):
            log.error("The connection to the mail server cannot be encrypted: check its certificate.", server=server)
            return Result("failed", "not-encrypted")
        return Result("failed", "unreachable")


async def _leave(client: aiosmtplib.SMTP) -> None:
    with suppress(aiosmtplib.SMTPException, OSError):
        await client.quit()


async def _hand_over(client: aiosmtplib.SMTP, message: EmailMessage) -> Result:
    sender, to = _of(message, "From"), _of(message, "To")
    options, encoding = ([], "ascii") if to.isascii() else (["SMTPUTF8"], "utf-8")
    try:
        if options and not await _offers(client, "smtputf8"):
            return Result("refused", "smtputf8-needed")
        await client.mail(sender, options=options, encoding=encoding)
        await client.rcpt(to, encoding=encoding)
    except aiosmtplib.SMTPRecipientRefused as refused:
        return _refused(refused.code, refused.message)
    except aiosmtplib.SMTPResponseException as refused:
        # The server refuses the sender, for every recipient. An operator must correct it, so try again later.
        log.error("The mail server does not accept mail from MAIL_FROM.", code=refused.code)
        return Result("failed", f"smtp-{refused.code}")
    except (aiosmtplib.SMTPException, OSError):
        return Result("failed", "connection-lost")  # no part of the mail was sent yet
    try:
        await client.data(message.as_bytes())
    except aiosmtplib.SMTPResponseException as refused:
        return _refused(refused.code, refused.message)
    except (aiosmtplib.SMTPException, OSError):
        return Result("cut-off", "connection-lost")
    return Result("delivered")


async def _offers(client: aiosmtplib.SMTP, extension: str) -> bool:
    if client.is_ehlo_or_helo_needed:
        with suppress(aiosmtplib.SMTPHeloError):
            await client.ehlo()
    return client.supports_extension(extension)


def _of(message: EmailMessage, header: str) -> str:
    (found,) = message[header].addresses
    return f"{found.username}@{found.domain}"


def _refused(code: int, said: str) -> Result:
    if code < 500 or code in OURS:
        return Result("failed", f"smtp-{code}")
    status = _STATUS.match(said)
    about_the_address = code in NO_SUCH_MAILBOX if status is None else status[0] in NO_SUCH_ADDRESS
    return Result("refused", f"smtp-{code}", (status[0] if status else str(code)) if about_the_address else None)


class _AsItIs(UnstructuredHeader):
    """A header with a web address. The standard folding would encode an address longer than a line."""

    def fold(self: Any, *, policy: "EmailPolicy[Any]") -> str:
        return f"{self.name}: {self}{policy.linesep}"


def _policy(to: MailAddress) -> "EmailPolicy[Any]":
    headers = HeaderRegistry()
    headers.map_to_type("list-unsubscribe", cast("Any", _AsItIs))
    return SMTP.clone(header_factory=headers, utf8=to.needs_utf8)


def written(
    *,
    message: MessageId,
    sender: str,
    to: str | None,
    subject: str,
    text: str,
    at: datetime,
    language: str = ENGLISH.tag,
    stop: str | None = None,
    html: str | None = None,
    calendar: CalendarPart | None = None,
) -> EmailMessage:
    """A mail. Its id is the same for every attempt to send this message. Raises NoAddress.

    ``language`` is that of its text (RFC 3282), ``stop`` the web address whose POST ends mails of this kind (RFC 8058).
    ``html`` is the same in HTML; without it the mail has the text only. ``calendar`` is the last part, and no
    attachment: so Gmail changes the date in place (RFC 6047).
    """
    whom, who = address(to), sender_address(sender)
    mail = EmailMessage(policy=_policy(whom))
    mail["To"] = whom.header
    mail["From"] = who.header
    mail["Subject"] = shown(" ".join(subject.split()))
    mail["Date"] = format_datetime(at.astimezone(UTC))
    mail["Message-ID"] = f"<{message}@{who.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: asks for no automatic answers
    if stop is not None:
        mail["List-Unsubscribe"] = f"<{stop}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(text, cte="quoted-printable")
    if html is not None:
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
    if calendar is not None:
        method = {"method": calendar.method}
        mail.add_alternative(calendar.text, subtype="calendar", cte="quoted-printable", params=method)
    mail["Content-Language"] = language  # set_content takes such headers away
    return mail
