"""The state of a person's choices about messages, and until when they have read their inbox. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, assert_never

from coaching_events.envelope import Recorded
from coaching_events.events.recipient import (
    AddressConfirmed,
    AddressRefused,
    Channel,
    ChatAddress,
    ChatRefused,
    InboxRead,
    MessageKind,
    OptIn,
    PushChannel,
    RecipientChanged,
    RecipientEvent,
    Switch,
)
from coaching_events.ids import PersonId, RecipientId
from eventlog import derived_stream

PUSH_CHANNELS: Final[tuple[PushChannel, ...]] = ("mail", "chat")


@dataclass
class UsualCeiling:
    """Reminders a week over all partnerships of a person who has not chosen, in this process."""

    reminders: int = 5


USUAL_CEILING: Final = UsualCeiling()
"""Set from the settings when a process opens. No fold reads it."""
USUAL_CHANNELS: Final[tuple[Channel, ...]] = ("inbox", "mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Where the person gets messages in a chat. ``refused`` is the chat's answer if it refuses the address."""

    address: ChatAddress
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One person's choices. The inbox is always on.

    ``ceiling`` counts reminders a week over all partnerships; None: they have not chosen, and the usual one counts.

    Messages until ``read_until`` (UTC) count as read. ``refused`` is the encrypted name (``links.py``) of an address
    that a mail server refuses.
    """

    status: Literal["choosing"] = "choosing"
    person: PersonId
    opt_ins: tuple[OptIn, ...] = ()
    channels: tuple[Channel, ...] = USUAL_CHANNELS
    ceiling: int | None = None
    switched_off: tuple[Switch, ...] = ()
    news_in_digest: bool = False
    read_until: datetime | None = None
    refused: str | None = None
    chat: Chat | None = None

    def is_unreachable(self, channel: PushChannel) -> bool:
        """Whether no message can be sent over a channel: its address is refused, or there is none for the chat."""
        if channel == "mail":
            return self.refused is not None
        return self.chat is None or self.chat.refused is not None

    @property
    def reminders(self) -> int:
        """The most reminders a week over all partnerships."""
        return USUAL_CEILING.reminders if self.ceiling is None else self.ceiling

    def channels_for(self, kind: MessageKind) -> tuple[Channel, ...]:
        """The channels for messages of a kind. Invitations go by mail, to people who want them."""
        off = {switch.channel for switch in self.switched_off if switch.kind == kind}
        if kind == "invitations":
            off |= {"chat"} if "invitations" in self.opt_ins else {*PUSH_CHANNELS}
        return tuple(channel for channel in self.channels if channel not in off)

    @property
    def is_invited(self) -> bool:
        """Whether they get their sessions as invitations by mail."""
        return "mail" in self.channels_for("invitations")


def recipient_id(person: PersonId) -> RecipientId:
    """The only stream of a person's choices."""
    return RecipientId(derived_stream("recipient", person))


def evolve(recipient: Recipient | None, recorded: Recorded[RecipientEvent]) -> Recipient:
    """Fold one event."""
    event = recorded.event
    before = recipient or Recipient(person=event.person)
    match event:
        case RecipientChanged():
            return replace(
                before,
                opt_ins=event.opt_ins,
                channels=event.channels,
                ceiling=event.ceiling,
                switched_off=event.switched_off,
                news_in_digest=event.news_in_digest,
                chat=chat_at(before.chat, event.chat),
            )
        case InboxRead():
            return replace(before, read_until=event.until)
        case AddressRefused():
            return replace(before, refused=event.address)
        case AddressConfirmed():
            return replace(before, refused=None)
        case ChatRefused():
            return replace(before, chat=_refused(before.chat, event))
        case _:
            assert_never(event)


def chat_at(before: Chat | None, address: ChatAddress | None) -> Chat | None:
    """The chat of a person who gave this address. A new address is not refused."""
    if before is not None and before.address == address:
        return before
    return None if address is None else Chat(address=address)


def _refused(chat: Chat | None, event: ChatRefused) -> Chat | None:
    if chat is None or chat.address.personal_texts != event.personal_texts:
        return chat
    return replace(chat, refused=event.status)
