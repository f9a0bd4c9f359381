"""A promise: what it can be, and when it next needs attention. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from coaching_events.commitment import SuspensionCause
from coaching_events.event import Cipher
from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_events.moment import Moment

ASK_AGAIN = timedelta(days=7)
"""How often something without a known end is asked about again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something asked that waits for an answer; without ``answer_by`` an open pause holds it up."""

    position: Position
    asked_at: datetime
    answer_by: datetime | None
    again_at: datetime

    @property
    def fires_at(self) -> datetime:
        """When silence is to be looked at."""
        return self.answer_by or self.again_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the owner has asked for: another due moment (``due`` is there) or a release."""

    question: Question
    timely: bool
    due: datetime | None = None
    due_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """It fell due while it should not have. Without ``until`` it is asked about again at ``again_at``."""

    position: Position
    cause: SuspensionCause
    until: datetime | None
    again_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A recorded miss: what was due and when its grace ended."""

    position: Position
    due: datetime
    grace_end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LateAsk:
    """A new date was asked for only after this due moment: the credit it had then is the most it can earn."""

    due: datetime
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAPair:
    partnership: PartnershipId
    owner: PersonId
    partner: PersonId
    text: str | Cipher | None
    due: Moment
    due_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested(_OfAPair):
    """The partner has asked for it; nothing is promised."""

    status: Literal["requested"] = "requested"
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPromised(_OfAPair):
    """A request that ended without a promise."""

    status: Literal["declined", "withdrawn", "lapsed"]
    settled_at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promised(_OfAPair):
    made_at: datetime
    requested: bool
    grace_end: datetime
    set_at: datetime
    """When the due moment that holds was set."""
    proposal: Proposal | None = None
    suspension: Suspension | None = None
    outage_used: bool = False
    miss: Miss | None = None
    late_asks: tuple[LateAsk, ...] = ()
    taken_back: tuple[datetime, ...] = ()
    """When the owner withdrew what they had asked about it, the last times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open(_Promised):
    """Promised, and not missed."""

    status: Literal["open"] = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue(_Promised):
    """Missed; the owner may still keep it, renegotiate it or ask to be released."""

    status: Literal["overdue"] = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(_Promised):
    """The owner says that it was kept at ``kept_at``, and is believed."""

    status: Literal["kept"] = "kept"
    kept_at: datetime
    declared_at: datetime
    declaration: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(_Promised):
    """No longer owed, and counts nowhere."""

    status: Literal["released"] = "released"


Standing = Open | Overdue
"""A promise that still waits for its ending."""
Commitment = Requested | NotPromised | Open | Overdue | Kept | Released


def is_suspended(promise: Open | Overdue | Kept | Released, at: datetime) -> bool:
    """Whether it counts as not due at that instant because of a suspension."""
    suspension = promise.suspension
    return suspension is not None and (suspension.until is None or at < suspension.until)


def waits_for_its_cause(promise: Open | Overdue | Kept) -> bool:
    """Whether it is suspended by something whose end nobody knows, and which no answer of the partner ends."""
    suspension = promise.suspension
    return suspension is not None and suspension.until is None and suspension.cause != "unanswered"


def wake_at(promise: Commitment) -> datetime | None:
    """When the promise next needs attention; never for one that has ended."""
    match promise:
        case Requested():
            return min(promise.due, promise.question.fires_at)
        case Open():
            return min(moment for moment in (_deadline(promise), _answer(promise)) if moment is not None)
        case Overdue():
            return _answer(promise)
        case NotPromised() | Kept() | Released():
            return None


def _answer(promise: Standing) -> datetime | None:
    return None if promise.proposal is None else promise.proposal.question.fires_at


def _deadline(promise: Open) -> datetime | None:
    suspension = promise.suspension
    if suspension is None or suspension.until is not None:
        return promise.grace_end
    # Suspended until a question is answered: the answer is what it waits for.
    return None if suspension.cause == "unanswered" and promise.proposal is not None else suspension.again_at
