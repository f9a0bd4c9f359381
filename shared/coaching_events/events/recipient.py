"""A person's choices about messages."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from coaching_events.event import Event, Value
from coaching_events.ids import PersonalTextsId, PersonId
from coaching_events.moment import Moment

__all__ = [
    "AddressConfirmed",
    "AddressRefused",
    "Channel",
    "ChatAddress",
    "ChatRefused",
    "ChatService",
    "InboxRead",
    "MessageKind",
    "OptIn",
    "PushChannel",
    "RecipientChanged",
    "RecipientEvent",
    "Switch",
]

Channel = Literal["inbox", "mail", "chat"]
PushChannel = Literal["mail", "chat"]
"""A channel over which messages are pushed. The inbox has them in any case."""
ChatService = Literal["slack", "teams"]
OptIn = Literal["heads-up", "invitations"]
"""What is off unless a person wants it: a reminder before a promise is due, and invitations to sessions by mail."""

MessageKind = Literal["check-ins-open", "reminders", "questions", "answers", "invitations", "digests"]
"""What can be switched off: openings of check-ins, the other reminders, questions of the partner, news, invitations to
sessions, digests.
"""


class Switch(Value):
    """Messages of this kind are not sent over this channel. They are in the inbox all the same."""

    kind: MessageKind
    channel: PushChannel


class ChatAddress(Value):
    """Where a person gets messages in a chat. The web address is a secret: it is kept beside the events."""

    service: ChatService
    personal_texts: PersonalTextsId


class RecipientChanged(Event):
    """All choices of ``person`` after the event.

    ``ceiling`` is the most reminders a week that they want over all partnerships. The inbox is always on.
    ``news_in_digest``: what the partner did without a question comes with the digest; otherwise it is in the inbox
    only. ``chat`` is absent for a person who gave no address of a chat.
    """

    type: ClassVar[str] = "recipient-changed"

    person: PersonId
    opt_ins: tuple[OptIn, ...] = ()
    channels: tuple[Channel, ...]
    ceiling: Annotated[int, Field(ge=0, le=100)]
    switched_off: tuple[Switch, ...] = ()
    news_in_digest: bool = False
    chat: ChatAddress | None = None


class InboxRead(Event):
    """``person`` has read everything that came into the inbox until this instant."""

    type: ClassVar[str] = "inbox-read"

    person: PersonId
    until: Moment


class AddressRefused(Event):
    """A mail server refuses the address of ``person`` for good. No mail is sent there until the directory has another
    address, or the person confirms this one.

    ``address`` is a seal: only its service, with the key, can compare it. ``status`` is the server's answer: a status
    such as 5.1.1 (RFC 3463), or its reply code.
    """

    type: ClassVar[str] = "address-refused"

    person: PersonId
    address: str
    status: str


class AddressConfirmed(Event):
    """``person`` says that the refused address takes mail."""

    type: ClassVar[str] = "address-confirmed"

    person: PersonId


class ChatRefused(Event):
    """A chat refuses messages to the address of ``person`` for good. No message is sent there until they give an
    address again.

    ``status`` is the answer of the chat, such as http-404.
    """

    type: ClassVar[str] = "chat-refused"

    person: PersonId
    personal_texts: PersonalTextsId
    status: str


RecipientEvent = RecipientChanged | InboxRead | AddressRefused | AddressConfirmed | ChatRefused
