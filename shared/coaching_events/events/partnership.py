"""Two people who agreed to count on each other, and the terms of their agreement."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from coaching_events.event import Confidential, Noted, PairEvent, Value
from coaching_events.events.answers import AnswerExtended
from coaching_events.ids import PersonId, Position
from coaching_events.moment import LocalTime, Moment

__all__ = [
    "GraceDays",
    "MeetingRhythm",
    "PartnershipDeclined",
    "PartnershipEnded",
    "PartnershipEvent",
    "PartnershipFormed",
    "PartnershipLapsed",
    "PartnershipPaused",
    "PartnershipProposed",
    "PartnershipResumed",
    "PartnershipWithdrawn",
    "Sharing",
    "SharingNarrowed",
    "Terms",
    "TermsAgreed",
    "TermsLapsed",
    "TermsProposed",
    "TermsRejected",
    "TermsWithdrawn",
]

GraceDays = Annotated[int, Field(ge=0, le=5)]


class Sharing(Value):
    """Consent to show events of these ``types`` to ``audience``, until an instant or until the sharing is narrowed."""

    audience: str
    types: tuple[str, ...]
    until: Moment | None = None


class MeetingRhythm(Value):
    """When the two meet. ``rhythm`` is an RRULE of the subset of check-ins, anchored at ``starting``.

    ``local_time`` is the start on clocks in ``zone``: the two may live in different zones. ``place`` is a text or a
    link.
    """

    rhythm: str
    starting: date
    local_time: LocalTime
    zone: str
    minutes: Annotated[int, Field(ge=5, le=480)]
    place: Confidential[str] = None


class Terms(Value):
    """What the two agreed to. ``version`` counts all proposed texts.

    ``rhythm`` is an RRULE of the subset DAILY; WEEKLY with BYDAY and INTERVAL, anchored at ``starting``; MONTHLY with
    BYDAY or BYMONTHDAY. ``local_time`` is the due time of a check-in on each partner's clock. Grace counts workdays
    for check-ins and working days for promises. ``reminders`` is how many a week each partner gets at most.
    ``questions`` are the pair's own, part of each check-in. Without ``meetings`` no session follows from a rhythm.
    Terms written before 0.3.0 have neither.
    """

    version: int
    rhythm: str
    starting: date
    local_time: LocalTime
    check_in_grace: GraceDays
    promise_grace: GraceDays
    reminders: Annotated[int, Field(ge=0, le=50)]
    show_reliability: bool
    sharing: tuple[Sharing, ...] = ()
    questions: tuple[Confidential[str], ...] = ()
    meetings: MeetingRhythm | None = None


class PartnershipProposed(Noted, PairEvent):
    """``by`` asks ``other`` and so consents to ``terms``. ``ordinal`` counts the partnerships of these two."""

    type: ClassVar[str] = "partnership-proposed"

    other: PersonId
    ordinal: int
    purpose: Confidential[str] = None
    terms: Terms
    answer_by: Moment


class PartnershipFormed(Noted, PairEvent):
    """Both accepted the same version of the terms. ``people`` names the proposer first."""

    type: ClassVar[str] = "partnership-formed"

    people: tuple[PersonId, PersonId]
    purpose: Confidential[str] = None
    terms: Terms


class PartnershipDeclined(Noted, PairEvent):
    """The other person declines."""

    type: ClassVar[str] = "partnership-declined"


class PartnershipWithdrawn(Noted, PairEvent):
    """The proposer withdraws the proposal."""

    type: ClassVar[str] = "partnership-withdrawn"


class PartnershipLapsed(PairEvent):
    """The other person did not answer in time. Nothing was agreed."""

    type: ClassVar[str] = "partnership-lapsed"


class PartnershipPaused(Noted, PairEvent):
    """A pause begins, or its end changes. ``whose`` is the partner; the directory's pause has none, and no reason.

    ``last`` is the last day in that partner's zone and ``until`` the instant at which that day ends. Both are absent
    while the pause is open. The directory's pause ends the partnership after ``departure_days``, by default thirty.
    """

    type: ClassVar[str] = "partnership-paused"

    whose: PersonId | None = None
    last: date | None = None
    until: Moment | None = None
    departure_days: Annotated[int, Field(ge=1, le=366)] | None = None


class PartnershipResumed(Noted, PairEvent):
    """The pause of ``whose`` is over. The partnership stays paused while another pause holds."""

    type: ClassVar[str] = "partnership-resumed"

    whose: PersonId | None = None


class PartnershipEnded(Noted, PairEvent):
    """The partnership ends at once, without a reason. ``departure``: one of the two has left the directory."""

    type: ClassVar[str] = "partnership-ended"

    cause: Literal["partner", "departure"]


class TermsProposed(Noted, PairEvent):
    """``by`` proposes other terms and consents to them. ``counters`` is the position of the proposal that this
    answers.
    """

    type: ClassVar[str] = "terms-proposed"

    terms: Terms
    counters: Position | None = None
    answer_by: Moment


class TermsAgreed(Noted, PairEvent):
    """The other partner accepted. These terms are in force."""

    type: ClassVar[str] = "terms-agreed"

    terms: Terms


class TermsRejected(Noted, PairEvent):
    """The other partner rejects ``version``. The terms in force stay."""

    type: ClassVar[str] = "terms-rejected"

    version: int


class TermsWithdrawn(Noted, PairEvent):
    """The proposer withdraws ``version``."""

    type: ClassVar[str] = "terms-withdrawn"

    version: int


class TermsLapsed(PairEvent):
    """The other partner did not answer ``version`` in time, or the partnership ended."""

    type: ClassVar[str] = "terms-lapsed"

    version: int


class SharingNarrowed(Noted, PairEvent):
    """One partner alone shares less from now on. ``terms`` are those in force, with the rest of the sharing."""

    type: ClassVar[str] = "sharing-narrowed"

    terms: Terms


PartnershipEvent = (
    PartnershipProposed
    | PartnershipFormed
    | PartnershipDeclined
    | PartnershipWithdrawn
    | PartnershipLapsed
    | PartnershipPaused
    | PartnershipResumed
    | PartnershipEnded
    | TermsProposed
    | TermsAgreed
    | TermsRejected
    | TermsWithdrawn
    | TermsLapsed
    | SharingNarrowed
    | AnswerExtended
)
