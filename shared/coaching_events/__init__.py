"""The public contract of the suite: every event, its envelope, and ``subscribe``.

It needs pydantic alone; ``subscribe`` also needs aiokafka, which is imported when it is first asked for.
"""

from typing import TYPE_CHECKING

from coaching_events.envelope import Envelope, NotACloudEvent, Recorded
from coaching_events.event import Cipher, Confidential, Event, OwnedEvent, PairEvent, Value
from coaching_events.events import (
    answers,
    calendar,
    check_ins,
    commitment,
    conflict,
    goal,
    mailbox,
    meetings,
    partnership,
    person,
    recipient,
    session,
)
from coaching_events.events.answers import *
from coaching_events.events.calendar import *
from coaching_events.events.check_ins import *
from coaching_events.events.commitment import *
from coaching_events.events.conflict import *
from coaching_events.events.goal import *
from coaching_events.events.mailbox import *
from coaching_events.events.meetings import *
from coaching_events.events.partnership import *
from coaching_events.events.person import *
from coaching_events.events.recipient import *
from coaching_events.events.session import *
from coaching_events.ids import (
    CalendarId,
    CheckInsId,
    CommitmentId,
    ConflictId,
    FeedId,
    GoalId,
    MailboxId,
    MalformedPosition,
    MeetingsId,
    PartnershipId,
    PersonalTextsId,
    PersonId,
    Position,
    RecipientId,
    RuleName,
    SessionId,
    StreamId,
    kind_of,
    position,
    stream_of,
    version_of,
)
from coaching_events.kafka.security import KafkaSecurity, SecurityFault
from coaching_events.moment import LocalTime, Moment
from coaching_events.registry import EVENTS
from coaching_events.topics import SERVICE_OF_KIND, TOPICS, topic_of

if TYPE_CHECKING:
    from coaching_events.subscription.subscribing import (
        Deliveries,
        Delivery,
        Poison,
        Seen,
        Subscription,
        TopicMissing,
        subscribe,
    )


def __getattr__(name: str) -> object:
    if name in {"Deliveries", "Delivery", "Poison", "Seen", "Subscription", "TopicMissing", "subscribe"}:
        try:
            from coaching_events.subscription import subscribing
        except ModuleNotFoundError as missing:
            if missing.name != "aiokafka":
                raise
            raise ImportError(
                f"{name} needs aiokafka: install coaching-events[subscribe], the package with that extra"
            ) from missing

        return getattr(subscribing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "EVENTS",
    "SERVICE_OF_KIND",
    "TOPICS",
    "CalendarId",
    "CheckInsId",
    "Cipher",
    "CommitmentId",
    "Confidential",
    "ConflictId",
    "Deliveries",
    "Delivery",
    "Envelope",
    "Event",
    "FeedId",
    "GoalId",
    "KafkaSecurity",
    "LocalTime",
    "MailboxId",
    "MalformedPosition",
    "MeetingsId",
    "Moment",
    "NotACloudEvent",
    "OwnedEvent",
    "PairEvent",
    "PartnershipId",
    "PersonId",
    "PersonalTextsId",
    "Poison",
    "Position",
    "RecipientId",
    "Recorded",
    "RuleName",
    "SecurityFault",
    "Seen",
    "SessionId",
    "StreamId",
    "Subscription",
    "TopicMissing",
    "Value",
    "kind_of",
    "position",
    "stream_of",
    "subscribe",
    "topic_of",
    "version_of",
]
__all__ += answers.__all__
__all__ += calendar.__all__
__all__ += check_ins.__all__
__all__ += commitment.__all__
__all__ += conflict.__all__
__all__ += goal.__all__
__all__ += mailbox.__all__
__all__ += meetings.__all__
__all__ += partnership.__all__
__all__ += person.__all__
__all__ += recipient.__all__
__all__ += session.__all__
