"""Sends messages that have left a mailbox, over any channel. Each attempt is recorded before and after it.

After a crash, the history shows an attempt without an end, and the next delivery of its cause finds it.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

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
from coaching_events.events.recipient import Channel, PushChannel, RecipientEvent
from eventlog import Clock, Decision
from eventlog.commands import AppendResult, CommandContext, EventLog, no_earlier
from eventlog.tracing import fail, span
from notifications.channels.letters import Letter, letter_of
from notifications.channels.results import Result
from notifications.mailbox import mailboxes, rules
from notifications.mailbox.reading import reader_of
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.rules import delivery
from notifications.mailbox.state import Mailbox, Message
from notifications.recipient import recipients
from notifications.recipient.state import Recipient, recipient_id

log = structlog.stdlib.get_logger(__name__)

Rule = Callable[[Mailbox, datetime, MailboxReferenceData], Decision[MailboxEvent]]
Stopping = Callable[[Recipient | None], Decision[RecipientEvent]]
Leaving = NudgeSent | DigestSent | MessageReceived | DeliveryAttempted


@dataclass(frozen=True, slots=True)
class Attempts:
    """The metrics of a channel: messages that were accepted, attempts that failed, and attempts after the first."""

    sent: Counter
    failed: Counter
    retried: Counter

    def count(self, attempt: int, result: Result) -> None:
        """Count the attempt with this number."""
        if attempt > 1:
            self.retried.inc()
        if result.outcome == "delivered":
            self.sent.inc()
        else:
            self.failed.labels(result.outcome).inc()


@dataclass(frozen=True, kw_only=True)
class ChannelConfig:
    """The settings for sending. ``public_url`` is the address of this service for its users, without a final slash."""

    clock: Clock
    public_url: str


Config = TypeVar("Config", bound=ChannelConfig)


@dataclass
class Outlet(ABC, Generic[Config]):
    """One channel of this process. Without a configuration it sends nothing. A new channel needs a reaction, too."""

    channel: ClassVar[PushChannel]
    attempts: ClassVar[Attempts]

    config: Config | None = None

    def channels(self) -> Sequence[Channel]:
        """The channel, if this process sends over it."""
        return () if self.config is None else (self.channel,)

    async def deliver(self, told: Recorded[Leaving], events: EventLog, name: str) -> None:
        """Send the message of an event, if it is due. ``name`` is that of the reaction."""
        if self.config is not None:
            await Delivery(outlet=self, config=self.config, events=events, told=told, name=name).run()

    @abstractmethod
    async def send(
        self, config: Config, letter: Letter, events: EventLog, attempt: int
    ) -> tuple[Result, Stopping | None]:
        """Try once. The rule stops the channel for this person, if the address is refused for good."""


async def traced(name: str, sending: Awaitable[Result], **attributes: str | int) -> Result:
    """Wait for an attempt to send, in a span with its outcome."""
    with span(name, SpanKind.CLIENT, attributes={f"tandem.{key}": value for key, value in attributes.items()}) as sent:
        result = await sending
        sent.set_attributes({"tandem.outcome": result.outcome})
        if result.outcome != "delivered":
            fail(sent, result.reason or result.outcome)
        return result


@dataclass(frozen=True, kw_only=True)
class Delivery(Generic[Config]):
    """The delivery of the message of one event over one channel. ``name`` is that of the reaction."""

    outlet: Outlet[Config]
    config: Config
    events: EventLog
    told: Recorded[Leaving]
    name: str

    @property
    def message(self) -> MessageId:
        """The message of the event."""
        return self.told.event.message

    @property
    def concerns_the_channel(self) -> bool:
        """Whether the event lets the message leave over this channel."""
        match self.told.event:
            case DeliveryAttempted() as attempted:
                return attempted.outcome == "begun" and attempted.channel == self.outlet.channel
            case left:
                return self.outlet.channel in left.channels

    async def run(self) -> None:
        """Send the message, if it is due."""
        if not self.concerns_the_channel:
            return
        message, channel = self.message, self.outlet.channel
        decided = await self._decide(
            "",
            lambda box, at, reference_data: delivery.begin(
                box, message=message, channel=channel, at=at, reference_data=reference_data
            ),
        )
        if decided.repeated:
            # An earlier run began the attempt. Its result is not known, unless its end was recorded.
            decided = await self._decide(
                f"|again|{decided.version}",
                lambda box, at, reference_data: delivery.cut_off(box, message=message, channel=channel),
            )
        box = decided.state
        told = None if box is None else box.message(message)
        push = None if told is None else told.push(channel)
        if box is None or told is None or push is None or not decided.entries or push.status != "begun":
            return
        result = await self._send(box, told, push.attempt)
        self.outlet.attempts.count(push.attempt, result)
        log.info(channel, message=message, attempt=push.attempt, outcome=result.outcome, reason=result.reason)
        await self._decide(
            f"|ended|{push.attempt}",
            lambda box, at, reference_data: delivery.end(
                box,
                message=message,
                channel=channel,
                attempt=push.attempt,
                outcome=result.outcome,
                reason=result.reason,
                at=at,
                reference_data=reference_data,
                retry_after=result.retry_after,
            ),
        )

    async def _send(self, box: Mailbox, told: Message, attempt: int) -> Result:
        channel = self.outlet.channel
        reader = await reader_of(self.events, box.person, box.entries_of(told))
        told = _over(box, told, channel, reader.reference_data.recipient(box.person))
        letter = letter_of(box, told, reader, channel, self.config.public_url)
        result, stopping = await self.outlet.send(self.config, letter, self.events, attempt)
        if stopping is not None:
            await self._stop(box, stopping)
        return result

    async def _stop(self, box: Mailbox, rule: Stopping) -> None:
        """Record that the address is refused. No message is sent to it after this."""

        async def stop(recipient: Recipient | None) -> Decision[RecipientEvent]:
            return rule(recipient)

        await self.events.decide(recipients, recipient_id(box.person), await self._command("|refused"), stop)

    async def _command(self, role: str) -> CommandContext:
        at = await no_earlier(self.told.at, self.config.clock)
        return CommandContext(id=f"{self.told.position}|{self.name}{role}", at=at, cause=self.told.position)

    async def _decide(self, role: str, rule: Rule) -> AppendResult[Mailbox]:
        command = await self._command(role)

        async def decide(box: Mailbox | None) -> Decision[MailboxEvent]:
            return () if box is None else rule(box, command.at, await self.events.reference_data_for(mailboxes, box))

        return await self.events.decide(mailboxes, self.told.stream, command, decide)


def _over(box: Mailbox, told: Message, channel: PushChannel, choices: Recipient) -> Message:
    """A digest without the entries whose kind is switched off over this channel."""
    if told.kind != "digest":
        return told
    wanted = [entry.id for entry in box.entries_of(told) if rules.is_wanted_over(entry, channel, choices)]
    return replace(told, entries=tuple(wanted) or told.entries)
