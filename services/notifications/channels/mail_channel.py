"""The mail channel: messages that have left a mailbox are sent by mail."""

from dataclasses import dataclass

from prometheus_client import Counter

from coaching_events.ids import PersonId
from eventlog.commands import EventLog
from notifications.channels.addresses import NoAddress
from notifications.channels.delivering import Attempts, ChannelConfig, Outlet, Stopping, traced
from notifications.channels.html_mail import render_html
from notifications.channels.letters import Letter, render_text
from notifications.channels.mail import MailServer, written
from notifications.channels.results import Result
from notifications.links import LINKS
from notifications.mailbox.rules.delivery import DELIVERY
from notifications.recipient import rules

ATTEMPTS = Attempts(
    sent=Counter("tandem_mails_sent_total", "Mails that the mail server accepted"),
    failed=Counter("tandem_mails_failed_total", "Attempts to send a mail that failed, by outcome", ["outcome"]),
    retried=Counter("tandem_mails_retried_total", "Attempts to send a mail after an earlier attempt"),
)


@dataclass(frozen=True, kw_only=True)
class MailConfig(ChannelConfig):
    """The settings for sending mails."""

    server: MailServer
    sender: str


class MailChannel(Outlet[MailConfig]):
    """The mail channel of this process."""

    channel = "mail"
    attempts = ATTEMPTS

    async def send(
        self, config: MailConfig, letter: Letter, events: EventLog, attempt: int
    ) -> tuple[Result, Stopping | None]:
        """Hand the mail over to the server."""
        email = letter.reader.reference_data.person(letter.person).email
        address = email if isinstance(email, str) else None
        try:
            mail = written(
                message=letter.view.id,
                sender=config.sender,
                to=address,
                subject=letter.view.subject,
                at=letter.view.at,
                text=render_text(letter),
                language=letter.reader.language.tag,
                stop=letter.stop,
                html=render_html(letter),
            )
        except NoAddress:
            return Result("refused", "no-address"), None
        result = await traced("send mail", config.server.send(mail), attempt=attempt)
        if result.refuses is None or address is None:
            return result, None
        return result, _stopping(letter.person, LINKS.address(address), result.refuses)


def _stopping(person: PersonId, address: str, status: str) -> Stopping:
    return lambda recipient: rules.refuse_address(recipient, by=DELIVERY, person=person, address=address, status=status)
