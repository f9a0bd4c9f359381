"""What somebody chose about being told. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from coaching_events.envelope import Recorded
from coaching_events.ids import PersonId, RecipientId
from coaching_events.recipient import Channel, OptIn, RecipientChanged
from eventlog.positions import derived_stream

USUAL_CEILING: Final = 5
"""Reminders a week over all partnerships, for who has not chosen."""
USUAL_CHANNELS: Final[tuple[Channel, ...]] = ("inbox", "mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One person's choices. ``ceiling`` counts reminders a week over all partnerships; the inbox is always on."""

    status: Literal["choosing"] = "choosing"
    person: PersonId
    opt_ins: tuple[OptIn, ...] = ()
    channels: tuple[Channel, ...] = USUAL_CHANNELS
    ceiling: int = USUAL_CEILING


def recipient_id(person: PersonId) -> RecipientId:
    """The one stream of a person's choices."""
    return RecipientId(derived_stream("recipient", person))


def evolve(_: Recipient | None, recorded: Recorded[RecipientChanged]) -> Recipient:
    """The choices as they are after the event."""
    event = recorded.event
    return Recipient(person=event.person, opt_ins=event.opt_ins, channels=event.channels, ceiling=event.ceiling)
