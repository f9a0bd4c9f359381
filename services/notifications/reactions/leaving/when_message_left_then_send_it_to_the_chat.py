"""When a message has left a mailbox, or another attempt is due, it is sent to the chat of people who chose that."""

from coaching_events.envelope import Recorded
from coaching_events.events.mailbox import DeliveryAttempted, DigestSent, MessageReceived, NudgeSent
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.channels.chat_channel import ChatChannel
from notifications.channels.delivering import Leaving

NAME = "when_message_left_then_send_it_to_the_chat"


def reaction(channel: ChatChannel) -> Reaction:
    """The reaction, with the chat channel of this process."""

    async def send(told: Recorded[Leaving], log: EventLog) -> None:
        await channel.deliver(told, log, NAME)

    return Reaction(name=NAME, on=(NudgeSent, DigestSent, MessageReceived, DeliveryAttempted), react=send)
