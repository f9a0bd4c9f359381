"""What one person gets in one local week: entries, how they leave, and how their delivery goes."""

from datetime import date
from typing import Annotated, ClassVar, Literal, NewType

from coaching_events.event import BASED_ON, Confidential, Event, Value, formerly
from coaching_events.events.recipient import Channel
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
    """Why somebody gets this: the rule, and the position of the event that led to it."""

    rule: str
    based_on: Annotated[Position, formerly("based_on", "cause")]


class NewLogin(Value):
    """A login that was linked to the reader: an id at ``issuer``, of which ``login`` shows a part.

    ``feed`` is the directory that named it, if one did.
    """

    id: str
    issuer: str
    login: str
    feed: str | None = None


class Entry(Value):
    """One thing to tell: a reminder (it has a ``step``), a question of the partner, or news (it has ``news``).

    ``subject`` is the stream it is about and ``about`` what happened or is due there, an event's type.
    ``sender`` is the partner who asked or did it; news of what a rule decided have none. ``due`` is the due moment (or
    the start) it speaks of, where there is one. ``note`` is what the partner wrote with it. ``login`` is there if a
    login was linked to the reader, which works from ``due`` on: that is of no partnership, and ``partnership`` names
    one that does not exist.
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
    login: NewLogin | None = None


class Budget(Value):
    """How many of a week's reminders are used, this one included, and how many there are at most."""

    used: int
    limit: Annotated[int, formerly("limit", "of")]


class PairBudget(Budget):
    """The budget that the terms of one partnership leave for this person."""

    partnership: PartnershipId


class MailboxEventBase(Event):
    """``person`` is the one who gets it, ``week`` the Monday of the local week."""

    person: PersonId
    week: date


class NudgePlanned(MailboxEventBase):
    """A reminder is to leave at ``moment``, if it is still needed then."""

    type: ClassVar[str] = "nudge-planned"

    entry: Entry
    moment: Moment


class NudgeDeferred(MailboxEventBase):
    """An entry waits until ``moment``; with ``into`` it goes on in the mailbox of the week that moment is in.

    ``inactive``: nothing is pushed to them, as they are not active in the directory; that ends it earlier.

    With ``awaits`` it waits because events of that stream have not arrived where it is decided, and so nobody knows
    whether it is still needed; it keeps its place, and ``cause`` says where that is.
    """

    type: ClassVar[str] = "nudge-deferred"

    entry: Entry
    moment: Moment
    cause: Literal["quiet-hours", "budget", "ceiling", "digest"]
    into: MailboxId | None = None
    inactive: bool = False
    awaits: StreamId | None = None


class NudgeMerged(MailboxEventBase):
    """An entry leaves together with another one, ``into``, as one message."""

    type: ClassVar[str] = "nudge-merged"

    entry: EntryId
    into: EntryId


class NudgeWithdrawn(MailboxEventBase):
    """An entry is no longer needed, or no open moment came for it. ``based_on`` is the position that says so."""

    type: ClassVar[str] = "nudge-withdrawn"

    entry: EntryId
    cause: Literal["sign-of-life", "paused", "ended", "not-wanted", "no-open-moment"]
    based_on: Annotated[Position | None, BASED_ON] = None


class NudgeSent(MailboxEventBase):
    """``entries`` left as one message, which counts once in each budget it names and once in the ceiling."""

    type: ClassVar[str] = "nudge-sent"

    message: MessageId
    entries: tuple[Entry, ...]
    budgets: tuple[PairBudget, ...]
    ceiling: Budget
    channels: tuple[Channel, ...]


class MessageReceived(MailboxEventBase):
    """A question or news, outside every budget: in the inbox at once, pushed to the channels at ``moment``.

    ``alone``: it is pushed as a message of its own, also where it has to wait. ``replaces`` is a message of the same
    day in whose place this one stands, as the same sender has said the same of the same thing again.
    """

    type: ClassVar[str] = "message-received"

    message: MessageId
    entry: Entry
    moment: Moment
    channels: tuple[Channel, ...]
    alone: bool = False
    replaces: MessageId | None = None


class DigestSent(MailboxEventBase):
    """What did not fit, or waited while the person was away (``welcome_back``), left as one."""

    type: ClassVar[str] = "digest-sent"

    message: MessageId
    entries: tuple[Entry, ...]
    welcome_back: bool = False
    channels: tuple[Channel, ...]


class DeliveryAttempted(MailboxEventBase):
    """A delivery over a channel: ``begun`` before it is tried, then how it went.

    ``failed`` will be tried again at ``retry_at``, or not at all without one. ``reason`` is a short text without
    names, addresses or words.
    """

    type: ClassVar[str] = "delivery-attempted"

    message: MessageId
    channel: Channel
    attempt: int
    outcome: Literal["begun", "delivered", "failed"]
    reason: str | None = None
    retry_at: Moment | None = None


class DeliveryUncertain(MailboxEventBase):
    """A delivery was cut off between its beginning and its end: nobody knows whether it arrived."""

    type: ClassVar[str] = "delivery-uncertain"

    message: MessageId
    channel: Channel
    attempt: int


class MessageRead(MailboxEventBase):
    """The person has read a message, or (``read`` false) wants it to count as unread again."""

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
