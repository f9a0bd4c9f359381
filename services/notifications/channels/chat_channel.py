"""The chat channel: messages that have left a mailbox are sent to the chats of people who gave an address."""

from dataclasses import dataclass

from prometheus_client import Counter

from coaching_events.events.recipient import ChatAddress
from coaching_events.ids import PersonId
from eventlog.commands import EventLog
from notifications.channels.chat import ChatClient
from notifications.channels.delivering import Attempts, ChannelConfig, Outlet, Stopping, traced
from notifications.channels.letters import Letter, lines_of
from notifications.channels.results import Result
from notifications.links import LINKS, NoLink
from notifications.mailbox.rules.delivery import DELIVERY
from notifications.recipient import rules
from notifications.recipient.state import recipient_id

ATTEMPTS = Attempts(
    sent=Counter("tandem_chat_messages_sent_total", "Messages that a chat accepted"),
    failed=Counter(
        "tandem_chat_messages_failed_total", "Attempts to send to a chat that failed, by outcome", ["outcome"]
    ),
    retried=Counter("tandem_chat_messages_retried_total", "Attempts to send to a chat after an earlier attempt"),
)


@dataclass(frozen=True, kw_only=True)
class ChatConfig(ChannelConfig):
    """The settings for sending to chats."""

    client: ChatClient


class ChatChannel(Outlet[ChatConfig]):
    """The chat channel of this process."""

    channel = "chat"
    attempts = ATTEMPTS

    async def send(
        self, config: ChatConfig, letter: Letter, events: EventLog, attempt: int
    ) -> tuple[Result, Stopping | None]:
        """Send the message to the person's chat."""
        chat = letter.reader.reference_data.recipient(letter.person).chat
        if chat is None:
            return Result("refused", "no-address"), None
        address = await _opened(letter.person, chat.address, events)
        if address is None:
            result = Result("refused", "no-address", "no-address")
        else:
            sending = config.client.send(chat.address.service, address, lines_of(letter))
            result = await traced("send to chat", sending, attempt=attempt, service=chat.address.service)
        if result.refuses is None:
            return result, None
        return result, _stopping(letter.person, chat.address, result.refuses)


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
