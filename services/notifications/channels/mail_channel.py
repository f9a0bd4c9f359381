"""The mail channel: messages that have left a mailbox are sent by mail."""

from dataclasses import dataclass, field
from email.message import EmailMessage

from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from coaching_events.envelope import Recorded
from coaching_events.events.recipient import Channel, PushChannel
from coaching_events.ids import PersonId
from eventlog import Clock
from eventlog.commands import EventLog
from eventlog.tracing import fail, span
from notifications.channels.addresses import NoAddress
from notifications.channels.delivering import Delivery, Leaving, Stopping
from notifications.channels.html_mail import render_html
from notifications.channels.letters import Letter, render_text
from notifications.channels.mail import MailServer, written
from notifications.channels.results import Result
from notifications.links import LINKS
from notifications.mailbox.rules.delivery import DELIVERY
from notifications.recipient import rules

SENT = Counter("tandem_mails_sent_total", "Mails that the mail server accepted")
FAILED = Counter("tandem_mails_failed_total", "Attempts to send a mail that failed, by outcome", ["outcome"])
RETRIED = Counter("tandem_mails_retried_total", "Attempts to send a mail after an earlier attempt")


@dataclass(frozen=True, kw_only=True)
class MailConfig:
    """The settings for sending. ``public_url`` is the address of this service for its users, without a final slash."""

    server: MailServer
    clock: Clock
    sender: str
    public_url: str


@dataclass
class MailChannel:
    """The mail channel of this process. Without a configuration it sends nothing."""

    config: MailConfig | None = field(default=None)

    def channels(self) -> tuple[Channel, ...]:
        """The channels of this process, with the inbox."""
        return ("inbox",) if self.config is None else ("inbox", "mail")

    async def deliver(self, told: Recorded[Leaving], events: EventLog, name: str) -> None:
        """Send the message of an event, if it is due."""
        if self.config is not None:
            config = self.config
            delivery = Delivery(
                sending=_Mails(config),
                clock=config.clock,
                public_url=config.public_url,
                events=events,
                told=told,
                name=name,
            )
            await delivery.run()


@dataclass(frozen=True)
class _Mails:
    config: MailConfig
    channel: PushChannel = "mail"

    async def send(self, letter: Letter, events: EventLog, attempt: int) -> tuple[Result, Stopping | None]:
        email = letter.reader.reference_data.person(letter.person).email
        address = email if isinstance(email, str) else None
        try:
            mail = written(
                message=letter.view.id,
                sender=self.config.sender,
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
        result = await self._handed_over(mail, attempt)
        if result.refuses is None or address is None:
            return result, None
        return result, _stopping(letter.person, LINKS.address(address), result.refuses)

    async def _handed_over(self, mail: EmailMessage, attempt: int) -> Result:
        with span("send mail", SpanKind.CLIENT, attributes={"tandem.attempt": attempt}) as sending:
            result = await self.config.server.send(mail)
            sending.set_attributes({"tandem.outcome": result.outcome})
            if result.outcome != "delivered":
                fail(sending, result.reason or result.outcome)
            return result

    def count(self, attempt: int, result: Result) -> None:
        _count(attempt, result)


def _stopping(person: PersonId, address: str, status: str) -> Stopping:
    return lambda recipient: rules.refuse_address(recipient, by=DELIVERY, person=person, address=address, status=status)


def _count(attempt: int, result: Result) -> None:
    if attempt > 1:
        RETRIED.inc()
    if result.outcome == "delivered":
        SENT.inc()
    else:
        FAILED.labels(result.outcome).inc()
