"""When a message has left a mailbox, or another attempt is due, it is sent by mail to people who chose mail."""

from coaching_events.envelope import Recorded
from coaching_events.events.mailbox import DeliveryAttempted, DigestSent, MessageReceived, NudgeSent
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.channels.delivering import Leaving
from notifications.channels.mail_channel import MailChannel

NAME = "when_message_left_then_send_it_by_mail"


def reaction(channel: MailChannel) -> Reaction:
    """The reaction, with the mail channel of this process."""

    async def send(told: Recorded[Leaving], log: EventLog) -> None:
        await channel.deliver(told, log, NAME)

    return Reaction(name=NAME, on=(NudgeSent, DigestSent, MessageReceived, DeliveryAttempted), react=send)
