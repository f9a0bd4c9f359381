"""The messages for one person in one local week: entries, how they leave, and how their delivery goes."""

from datetime import date
from typing import Annotated, ClassVar, Literal, NewType

from coaching_events.event import BASED_ON, Confidential, Event, Value, formerly
from coaching_events.events.recipient import Channel, PushChannel
from coaching_events.ids import MailboxId, PartnershipId, PersonId, Position, StreamId
from coaching_events.moment import Moment

__all__ = [
    "Budget",
    "DeliveryAttempted",
    "DeliveryUncertain",
    "DigestSent",
    "Entry",
    "EntryId",
    "MailboxEvent",
    "MessageId",
    "MessageRead",
    "MessageReceived",
    "News",
    "NudgeDeferred",
    "NudgeMerged",
    "NudgePlanned",
    "NudgeSent",
    "NudgeWithdrawn",
    "PairBudget",
    "Step",
    "Why",
]

EntryId = NewType("EntryId", str)
"""An entry of a mailbox, the same in whichever week it stands."""

MessageId = NewType("MessageId", str)
"""What was sent as one; also what a repeated delivery is known by."""

Step = Literal[0, 1, 2, 3, 4]
"""Of the ladder: 0 heads-up, 1 gentle reminder, 2 what is in the way, 3 to the partner, 4 to both."""


News = Literal["answer", "changes-my-days", "other"]
"""Of news: an answer to what the reader asked, what changes one of their next working days, and all else."""


class Why(Value):
    """Why a person gets an entry: the rule, and the position of the event behind it."""

    rule: str
    based_on: Annotated[Position, formerly("based_on", "cause")]


class NewLogin(Value):
    """A login that was linked to the reader: an id at ``issuer``. ``login`` shows a part of it.

    ``feed`` is the directory that named the login, if there is one.
    """

    id: str
    issuer: str
    login: str
    feed: str | None = None


class Entry(Value):
    """One message: a reminder (with ``step``), a question of the partner, or news (with ``news``).

    ``subject`` is the stream that it is about, ``about`` the type of the event or of what is due. ``sender`` is the
    partner who asked or acted; news of a rule has none. ``due`` is the due moment or start. ``note`` is the partner's
    note. ``invites``: its mail has a calendar part, which puts the session into the reader's calendar or changes it
    there (RFC 6047). ``login`` is there for a login that was linked to the reader: it works from ``due`` on, and
    ``partnership`` then names one that does not exist.
    """

    id: EntryId
    partnership: PartnershipId
    subject: StreamId
    about: str
    why: Why
    step: Step | None = None
    sender: PersonId | None = None
    due: Moment | None = None
    news: News | None = None
    note: Confidential[str] = None
    invites: bool = False
    login: NewLogin | None = None


class Budget(Value):
    """How many reminders of a week are used, with this one, and how many there are at most."""

    used: int
    limit: Annotated[int, formerly("limit", "of")]


class PairBudget(Budget):
    """The budget that the terms of one partnership leave for this person."""

    partnership: PartnershipId


class MailboxEventBase(Event):
    """``person`` is the reader, ``week`` the Monday of their local week."""

    person: PersonId
    week: date


class NudgePlanned(MailboxEventBase):
    """A reminder leaves at ``moment`` if it is still needed then."""

    type: ClassVar[str] = "nudge-planned"

    entry: Entry
    moment: Moment


class NudgeDeferred(MailboxEventBase):
    """An entry waits until ``moment``. With ``into`` it goes on in the mailbox of that moment's week.

    ``inactive``: the person is not active in the directory, so nothing is pushed until they are. With
    ``awaits``, events of that stream are missing, so nobody knows whether the entry is still needed. It keeps its
    place, and ``cause`` says where that is.
    """

    type: ClassVar[str] = "nudge-deferred"

    entry: Entry
    moment: Moment
    cause: Literal["quiet-hours", "budget", "ceiling", "digest"]
    into: MailboxId | None = None
    inactive: bool = False
    awaits: StreamId | None = None


class NudgeMerged(MailboxEventBase):
    """An entry leaves together with the entry ``into``, as one message."""

    type: ClassVar[str] = "nudge-merged"

    entry: EntryId
    into: EntryId


class NudgeWithdrawn(MailboxEventBase):
    """An entry is no longer needed, or found no open moment. ``based_on`` is the position of the reason."""

    type: ClassVar[str] = "nudge-withdrawn"

    entry: EntryId
    cause: Literal["sign-of-life", "paused", "ended", "not-wanted", "no-open-moment"]
    based_on: Annotated[Position | None, BASED_ON] = None


class NudgeSent(MailboxEventBase):
    """``entries`` left as one message. It counts once in each named budget and once in the ceiling."""

    type: ClassVar[str] = "nudge-sent"

    message: MessageId
    entries: tuple[Entry, ...]
    budgets: tuple[PairBudget, ...]
    ceiling: Budget
    channels: tuple[Channel, ...]


class MessageReceived(MailboxEventBase):
    """A question or news, outside every budget. It is in the inbox at once and is pushed at ``moment``.

    ``alone``: it is pushed as a separate message, also after a wait; with ``alone_over`` that holds for these channels,
    and over the others it waits for a digest. ``replaces`` is an earlier message of the same
    day, when the same sender repeats the same thing.
    """

    type: ClassVar[str] = "message-received"

    message: MessageId
    entry: Entry
    moment: Moment
    channels: tuple[Channel, ...]
    alone: bool = False
    alone_over: tuple[PushChannel, ...] = ()
    replaces: MessageId | None = None


class DigestSent(MailboxEventBase):
    """Several entries left as one message: those without budget, or those of an absence (``welcome_back``)."""

    type: ClassVar[str] = "digest-sent"

    message: MessageId
    entries: tuple[Entry, ...]
    welcome_back: bool = False
    channels: tuple[Channel, ...]


class DeliveryAttempted(MailboxEventBase):
    """A delivery over a channel: ``begun`` before the attempt, then its outcome.

    A ``failed`` one is tried again at ``retry_at``; without it there is no further attempt. ``reason`` is a short text
    without names, addresses or personal texts.
    """

    type: ClassVar[str] = "delivery-attempted"

    message: MessageId
    channel: Channel
    attempt: int
    outcome: Literal["begun", "delivered", "failed"]
    reason: str | None = None
    retry_at: Moment | None = None


class DeliveryUncertain(MailboxEventBase):
    """A delivery was cut off, so nobody knows whether the message arrived."""

    type: ClassVar[str] = "delivery-uncertain"

    message: MessageId
    channel: Channel
    attempt: int


class MessageRead(MailboxEventBase):
    """The person has read a message, or marks it as unread (``read`` is false)."""

    type: ClassVar[str] = "message-read"

    message: MessageId
    read: bool = True


MailboxEvent = (
    NudgePlanned
    | NudgeDeferred
    | NudgeMerged
    | NudgeWithdrawn
    | NudgeSent
    | MessageReceived
    | DigestSent
    | DeliveryAttempted
    | DeliveryUncertain
    | MessageRead
)
