"""Sends messages that have left a mailbox by mail. Each attempt is recorded before and after it.

After a crash, the history shows an attempt without an end, and the next delivery of its cause finds it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

import structlog
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from coaching_events.envelope import Recorded
from coaching_events.events.mailbox import (
    DeliveryAttempted,
    DigestSent,
    MailboxEvent,
    MessageId,
    MessageReceived,
    NudgeSent,
)
from coaching_events.events.recipient import Channel, RecipientEvent
from coaching_events.ids import PersonId
from eventlog import Clock, Decision
from eventlog.commands import AppendResult, CommandContext, EventLog, no_earlier
from eventlog.tracing import fail, span
from notifications.channels.addresses import NoAddress
from notifications.channels.letters import Pages, render_text
from notifications.channels.mail import MailServer, Result, written
from notifications.links import LINKS
from notifications.mailbox import mailboxes
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.rules import delivery
from notifications.mailbox.rules.merging import kind_of_message
from notifications.mailbox.state import Mailbox, Message
from notifications.mailbox.views import message_view
from notifications.reading import reader_of
from notifications.recipient import recipients
from notifications.recipient import rules as recipient_rules
from notifications.recipient.state import Recipient, recipient_id

log = structlog.stdlib.get_logger(__name__)

SENT = Counter("tandem_mails_sent_total", "Mails that the mail server accepted")
FAILED = Counter("tandem_mails_failed_total", "Attempts to send a mail that failed, by outcome", ["outcome"])
RETRIED = Counter("tandem_mails_retried_total", "Attempts to send a mail after an earlier attempt")

Rule = Callable[[Mailbox, datetime, MailboxReferenceData], Decision[MailboxEvent]]
Leaving = NudgeSent | DigestSent | MessageReceived | DeliveryAttempted


@dataclass(frozen=True, kw_only=True)
class MailConfig:
    """The settings for sending. ``public_url`` is the address of this service for its users, without a final slash."""

    server: MailServer
    clock: Clock
    sender: str
    public_url: str


@dataclass
class MailChannel:
    """The mail channel of this process. Without a configuration only the inbox exists."""

    config: MailConfig | None = field(default=None)

    def channels(self) -> tuple[Channel, ...]:
        """The channels of this process."""
        return ("inbox",) if self.config is None else ("inbox", "mail")

    async def deliver(self, told: Recorded[Leaving], events: EventLog, name: str) -> None:
        """Send the message of an event, if it is due."""
        if self.config is None or (isinstance(told.event, DeliveryAttempted) and told.event.outcome != "begun"):
            return
        await _Delivery(self.config, events, told, name).run()


@dataclass(frozen=True)
class _Delivery:
    config: MailConfig
    events: EventLog
    told: Recorded[Leaving]
    name: str

    @property
    def message(self) -> MessageId:
        return self.told.event.message

    async def run(self) -> None:
        decided = await self._decide(
            "",
            lambda box, at, reference_data: delivery.begin(
                box, message=self.message, at=at, reference_data=reference_data
            ),
        )
        if decided.repeated:
            # An earlier run began the attempt. Its result is not known, unless its end was recorded.
            decided = await self._decide(
                f"|again|{decided.version}", lambda box, at, reference_data: delivery.cut_off(box, message=self.message)
            )
        box = decided.state
        told = None if box is None else box.message(self.message)
        if box is None or told is None or told.push is None or not decided.entries or told.push.status != "begun":
            return
        attempt = told.push.attempt
        result = await self._send(box, told, attempt)
        _count(attempt, result)
        log.info("mail", message=self.message, attempt=attempt, outcome=result.outcome, reason=result.reason)
        await self._decide(
            f"|ended|{attempt}",
            lambda box, at, reference_data: delivery.end(
                box,
                message=self.message,
                attempt=attempt,
                outcome=result.outcome,
                reason=result.reason,
                at=at,
                reference_data=reference_data,
            ),
        )

    async def _send(self, box: Mailbox, told: Message, attempt: int) -> Result:
        reader = await reader_of(self.events, box.person, box.entries_of(told))
        address = reader.reference_data.person(box.person).email
        view = message_view(box, told, reader)
        pages = Pages(self.config.public_url, box.person, view, kind_of_message(box, told))
        try:
            mail = written(
                message=told.id,
                sender=self.config.sender,
                to=address if isinstance(address, str) else None,
                subject=view.subject,
                at=told.at,
                text=render_text(view, reader.name, pages, reader.language),
                language=reader.language.tag,
                stop=pages.stop,
            )
        except NoAddress:
            return Result("refused", "no-address")
        result = await self._handed_over(mail, attempt)
        if result.refuses is not None and isinstance(address, str):
            await self._stop_mail(box.person, address, result.refuses)
        return result

    async def _handed_over(self, mail: EmailMessage, attempt: int) -> Result:
        with span("send mail", SpanKind.CLIENT, attributes={"tandem.attempt": attempt}) as sending:
            result = await self.config.server.send(mail)
            sending.set_attributes({"tandem.outcome": result.outcome})
            if result.outcome != "delivered":
                fail(sending, result.reason or result.outcome)
            return result

    async def _stop_mail(self, person: PersonId, address: str, status: str) -> None:
        """Record that the address is refused. No message is sent to it after this."""
        refused = LINKS.address(address)

        async def stop(recipient: Recipient | None) -> Decision[RecipientEvent]:
            return recipient_rules.refuse_address(
                recipient, by=delivery.DELIVERY, person=person, address=refused, status=status
            )

        await self.events.decide(recipients, recipient_id(person), await self._command("|refused"), stop)

    async def _command(self, role: str) -> CommandContext:
        at = await no_earlier(self.told.at, self.config.clock)
        return CommandContext(id=f"{self.told.position}|{self.name}{role}", at=at, cause=self.told.position)

    async def _decide(self, role: str, rule: Rule) -> AppendResult[Mailbox]:
        command = await self._command(role)

        async def decide(box: Mailbox | None) -> Decision[MailboxEvent]:
            return () if box is None else rule(box, command.at, await self.events.reference_data_for(mailboxes, box))

        return await self.events.decide(mailboxes, self.told.stream, command, decide)


def _count(attempt: int, result: Result) -> None:
    if attempt > 1:
        RETRIED.inc()
    if result.outcome == "delivered":
        SENT.inc()
    else:
        FAILED.labels(result.outcome).inc()
