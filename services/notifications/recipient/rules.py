"""The rules for a person's choices about messages. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import get_args

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
    Switch,
)
from coaching_events.ids import PersonalTextsId, PersonId, RuleName
from notifications.recipient.state import PUSH_CHANNELS, Recipient, chat_at


def choose(
    recipient: Recipient | None,
    *,
    by: PersonId,
    opt_ins: Collection[OptIn],
    channels: Collection[Channel],
    ceiling: int,
    switched_off: Collection[Switch] = (),
    news_in_digest: bool = False,
    chat: ChatAddress | None = None,
) -> Sequence[RecipientChanged]:
    """Choose how one gets messages. No event without a difference. The inbox is always on."""
    before = recipient or Recipient(person=by)
    chosen = replace(
        before,
        opt_ins=tuple(each for each in get_args(OptIn) if each in opt_ins),
        channels=tuple(each for each in get_args(Channel) if each == "inbox" or each in channels),
        ceiling=ceiling,
        switched_off=_in_order(switched_off),
        news_in_digest=news_in_digest,
        chat=chat_at(before.chat, chat),
    )
    return [] if chosen == recipient else [_changed(chosen)]


def stop(
    recipient: Recipient | None, *, person: PersonId, kind: MessageKind, channel: PushChannel = "mail"
) -> Sequence[RecipientChanged]:
    """Switch messages of one kind over one channel off. No event if they are off."""
    before = recipient or Recipient(person=person)
    off = Switch(kind=kind, channel=channel)
    if off in before.switched_off:
        return []
    return [_changed(replace(before, switched_off=_in_order([*before.switched_off, off])))]


def read_all(recipient: Recipient | None, *, by: PersonId, at: datetime, unread: bool = True) -> Sequence[InboxRead]:
    """Mark everything in the inbox as read. No event without ``unread`` messages."""
    if recipient is not None and recipient.read_until is not None and (recipient.read_until >= at or not unread):
        return []
    return [InboxRead(by=by, person=by, until=at)]


def refuse_address(
    recipient: Recipient | None, *, by: PersonId | RuleName, person: PersonId, address: str, status: str
) -> Sequence[AddressRefused]:
    """Send no more mail to an address that a mail server refuses, by its encrypted name. No event if it is known."""
    if recipient is not None and recipient.refused == address:
        return []
    return [AddressRefused(by=by, person=person, address=address, status=status)]


def confirm_address(recipient: Recipient | None, *, by: PersonId) -> Sequence[AddressConfirmed]:
    """Confirm the address, whatever was refused."""
    return [] if recipient is None or recipient.refused is None else [AddressConfirmed(by=by, person=by)]


def refuse_chat(
    recipient: Recipient | None, *, by: RuleName, person: PersonId, personal_texts: PersonalTextsId, status: str
) -> Sequence[ChatRefused]:
    """Send no more messages to an address that its chat refuses. No event for another address, or if it is known."""
    chat = None if recipient is None else recipient.chat
    if chat is None or chat.refused is not None or chat.address.personal_texts != personal_texts:
        return []
    return [ChatRefused(by=by, person=person, personal_texts=personal_texts, status=status)]


def _address(recipient: Recipient) -> ChatAddress | None:
    return None if recipient.chat is None else recipient.chat.address


def _changed(chosen: Recipient) -> RecipientChanged:
    return RecipientChanged(
        by=chosen.person,
        person=chosen.person,
        opt_ins=chosen.opt_ins,
        channels=chosen.channels,
        ceiling=chosen.reminders,
        switched_off=chosen.switched_off,
        news_in_digest=chosen.news_in_digest,
        chat=_address(chosen),
    )


def _in_order(switches: Collection[Switch]) -> tuple[Switch, ...]:
    every = (Switch(kind=kind, channel=channel) for kind in get_args(MessageKind) for channel in PUSH_CHANNELS)
    return tuple(each for each in every if each in switches)
