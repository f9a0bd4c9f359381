"""The chat channel: messages that have left a mailbox are sent to the chats of people who gave an address."""

from dataclasses import dataclass, field

from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from coaching_events.envelope import Recorded
from coaching_events.events.recipient import Channel, ChatAddress, PushChannel
from coaching_events.ids import PersonId
from eventlog import Clock
from eventlog.commands import EventLog
from eventlog.tracing import fail, span
from notifications.channels.chat import ChatClient
from notifications.channels.delivering import Delivery, Leaving, Stopping
from notifications.channels.letters import Letter, lines_of
from notifications.channels.results import Result
from notifications.links import LINKS, NoLink
from notifications.mailbox.rules.delivery import DELIVERY
from notifications.recipient import rules
from notifications.recipient.state import recipient_id

SENT = Counter("tandem_chat_messages_sent_total", "Messages that a chat accepted")
FAILED = Counter("tandem_chat_messages_failed_total", "Attempts to send to a chat that failed, by outcome", ["outcome"])
RETRIED = Counter("tandem_chat_messages_retried_total", "Attempts to send to a chat after an earlier attempt")


@dataclass(frozen=True, kw_only=True)
class ChatConfig:
    """The settings for sending. ``public_url`` is the address of this service for its users, without a final slash."""

    client: ChatClient
    clock: Clock
    public_url: str


@dataclass
class ChatChannel:
    """The chat channel of this process. Without a configuration it sends nothing."""

    config: ChatConfig | None = field(default=None)

    def channels(self) -> tuple[Channel, ...]:
        """The chat, if this process sends to it."""
        return () if self.config is None else ("chat",)

    async def deliver(self, told: Recorded[Leaving], events: EventLog, name: str) -> None:
        """Send the message of an event, if it is due."""
        if self.config is not None:
            config = self.config
            delivery = Delivery(
                sending=_Messages(config),
                clock=config.clock,
                public_url=config.public_url,
                events=events,
                told=told,
                name=name,
            )
            await delivery.run()


@dataclass(frozen=True)
class _Messages:
    config: ChatConfig
    channel: PushChannel = "chat"

    async def send(self, letter: Letter, events: EventLog, attempt: int) -> tuple[Result, Stopping | None]:
        chat = letter.reader.reference_data.recipient(letter.person).chat
        if chat is None:
            return Result("refused", "no-address"), None
        address = await _opened(letter.person, chat.address, events)
        result = (
            Result("refused", "no-address", "no-address")
            if address is None
            else await self._handed_over(chat.address, address, letter, attempt)
        )
        if result.refuses is None:
            return result, None
        return result, _stopping(letter.person, chat.address, result.refuses)

    async def _handed_over(self, chat: ChatAddress, address: str, letter: Letter, attempt: int) -> Result:
        attributes = {"tandem.attempt": attempt, "tandem.service": chat.service}
        with span("send to chat", SpanKind.CLIENT, attributes=attributes) as sending:
            result = await self.config.client.send(chat.service, address, lines_of(letter))
            sending.set_attributes({"tandem.outcome": result.outcome})
            if result.outcome != "delivered":
                fail(sending, result.reason or result.outcome)
            return result

    def count(self, attempt: int, result: Result) -> None:
        if attempt > 1:
            RETRIED.inc()
        if result.outcome == "delivered":
            SENT.inc()
        else:
            FAILED.labels(result.outcome).inc()


async def _opened(person: PersonId, chat: ChatAddress, events: EventLog) -> str | None:
    """The web address. None if it was erased, or sealed with another key."""
    texts = await events.store.personal_texts(recipient_id(person))
    try:
        whose, address = LINKS.webhook_of(texts.get(chat.personal_texts, ""))
    except NoLink:
        return None
    return address if whose == person else None


def _stopping(person: PersonId, chat: ChatAddress, status: str) -> Stopping:
    return lambda recipient: rules.refuse_chat(
        recipient, by=DELIVERY, person=person, personal_texts=chat.personal_texts, status=status
    )
