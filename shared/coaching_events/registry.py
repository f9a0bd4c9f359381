"""Every event of the contract, by the kind of stream that it stands in and by its type."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

from coaching_events.event import Event
from coaching_events.events.calendar import CalendarPublished, FeedEvent
from coaching_events.events.check_ins import CheckInsEvent
from coaching_events.events.commitment import CommitmentEvent
from coaching_events.events.conflict import ConflictEvent
from coaching_events.events.goal import GoalEvent
from coaching_events.events.mailbox import MailboxEvent
from coaching_events.events.meetings import MeetingsEvent
from coaching_events.events.partnership import PartnershipEvent
from coaching_events.events.person import PersonEvent
from coaching_events.events.recipient import RecipientEvent
from coaching_events.events.session import SessionEvent


def _by_type(*classes: type[Event]) -> Mapping[str, type[Event]]:
    return MappingProxyType({each.type: each for each in classes})


EVENTS: Mapping[str, Mapping[str, type[Event]]] = MappingProxyType(
    {
        "person": _by_type(*get_args(PersonEvent)),
        "conflict": _by_type(*get_args(ConflictEvent)),
        "calendar": _by_type(CalendarPublished),
        "partnership": _by_type(*get_args(PartnershipEvent)),
        "goal": _by_type(*get_args(GoalEvent)),
        "commitment": _by_type(*get_args(CommitmentEvent)),
        "check-ins": _by_type(*get_args(CheckInsEvent)),
        "session": _by_type(*get_args(SessionEvent)),
        "meetings": _by_type(*get_args(MeetingsEvent)),
        "feed": _by_type(*get_args(FeedEvent)),
        "recipient": _by_type(*get_args(RecipientEvent)),
        "mailbox": _by_type(*get_args(MailboxEvent)),
    }
)
"""Kind of stream (the text before the underscore of its id) → type → class."""


def class_of(kind: str, event_type: str) -> type[Event] | None:
    """The class of an event, or None when this version of the contract does not know it."""
    return EVENTS.get(kind, {}).get(event_type)
