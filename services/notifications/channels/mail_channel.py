"""The mail channel: messages that have left a mailbox are sent by mail."""

from dataclasses import dataclass

from prometheus_client import Counter

from coaching_events.ids import PersonId
from eventlog.commands import EventLog
from notifications.channels.addresses import NoAddress, address, sender_address
from notifications.channels.delivering import Attempts, ChannelConfig, Outlet, Stopping, traced
from notifications.channels.html_mail import render_html
from notifications.channels.invitations import CalendarPart, calendar_part, is_out_of_date
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
        to = email if isinstance(email, str) else None
        if is_out_of_date(letter):
            return Result("refused", "no-longer-needed"), None
        try:
            mail = written(
                message=letter.view.id,
                sender=config.sender,
                to=to,
                subject=letter.view.subject,
                at=letter.view.at,
                text=render_text(letter),
                language=letter.reader.language.tag,
                stop=letter.stop,
                html=render_html(letter),
                calendar=_calendar_part(letter, config.sender, to),
            )
        except NoAddress:
            return Result("refused", "no-address"), None
        result = await traced("send mail", config.server.send(mail), attempt=attempt)
        if result.refuses is None or to is None:
            return result, None
        return result, _stopping(letter.person, LINKS.address(to), result.refuses)


def _calendar_part(letter: Letter, sender: str, to: str | None) -> CalendarPart | None:
    """The calendar part of an invitation. Raises NoAddress."""
    if letter.invitation is None:
        return None
    return calendar_part(letter, letter.invitation, sender=sender_address(sender).text, to=address(to).text)


def _stopping(person: PersonId, address: str, status: str) -> Stopping:
    return lambda recipient: rules.refuse_address(recipient, by=DELIVERY, person=person, address=address, status=status)
