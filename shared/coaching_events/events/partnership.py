"""Two people who agreed to count on each other, and the terms they agreed to."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from coaching_events.event import Confidential, Noted, PairEvent, Value
from coaching_events.events.answers import AnswerExtended
from coaching_events.ids import PersonId, Position
from coaching_events.moment import LocalTime, Moment

__all__ = [
    "GraceDays",
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
    """Consent to show events of these ``types`` to ``audience``, until an instant or until it is narrowed."""

    audience: str
    types: tuple[str, ...]
    until: Moment | None = None


class Terms(Value):
    """What the two agreed to; ``version`` counts every text that was on the table.

    ``rhythm`` is an RRULE of the subset DAILY; WEEKLY with BYDAY and INTERVAL, anchored at ``starting``; MONTHLY with
    BYDAY or BYMONTHDAY. ``local_time`` is when a check-in is due, on each partner's own clock. Grace counts workdays
    for check-ins and working days for promises. ``reminders`` is how many a week each partner gets at most.
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


class PartnershipProposed(Noted, PairEvent):
    """``by`` asks ``other``, and consents to ``terms`` by asking. ``ordinal`` counts the partnerships of these two."""

    type: ClassVar[str] = "partnership-proposed"

    other: PersonId
    ordinal: int
    purpose: Confidential[str] = None
    terms: Terms
    answer_by: Moment


class PartnershipFormed(Noted, PairEvent):
    """Both accepted the same version of the terms; ``people`` has the one who proposed first."""

    type: ClassVar[str] = "partnership-formed"

    people: tuple[PersonId, PersonId]
    purpose: Confidential[str] = None
    terms: Terms


class PartnershipDeclined(Noted, PairEvent):
    """The one who was asked said no."""

    type: ClassVar[str] = "partnership-declined"


class PartnershipWithdrawn(Noted, PairEvent):
    """The one who asked took the question back."""

    type: ClassVar[str] = "partnership-withdrawn"


class PartnershipLapsed(PairEvent):
    """Nobody answered in time, so nothing was agreed."""

    type: ClassVar[str] = "partnership-lapsed"


class PartnershipPaused(Noted, PairEvent):
    """A pause begins, or its end changes. ``whose`` it is: a partner's own, or the directory's (absent, no reason).

    ``last`` is the last day in that partner's zone and ``until`` the instant at which that day ends; both are absent
    while the pause is open.
    """

    type: ClassVar[str] = "partnership-paused"

    whose: PersonId | None = None
    last: date | None = None
    until: Moment | None = None


class PartnershipResumed(Noted, PairEvent):
    """The pause of ``whose`` is over; the partnership stands still as long as another one holds."""

    type: ClassVar[str] = "partnership-resumed"

    whose: PersonId | None = None


class PartnershipEnded(Noted, PairEvent):
    """It is over, at once and without a reason given; ``departure``: somebody has left the directory."""

    type: ClassVar[str] = "partnership-ended"

    cause: Literal["partner", "departure"]


class TermsProposed(Noted, PairEvent):
    """``by`` consents to other terms; ``counters`` is the position of the proposal that this one answers."""

    type: ClassVar[str] = "terms-proposed"

    terms: Terms
    counters: Position | None = None
    answer_by: Moment


class TermsAgreed(Noted, PairEvent):
    """The other accepted; these terms are in force."""

    type: ClassVar[str] = "terms-agreed"

    terms: Terms


class TermsRejected(Noted, PairEvent):
    """The other said no to ``version``; the terms in force stay."""

    type: ClassVar[str] = "terms-rejected"

    version: int


class TermsWithdrawn(Noted, PairEvent):
    """``version`` was taken back by the one who proposed it."""

    type: ClassVar[str] = "terms-withdrawn"

    version: int


class TermsLapsed(PairEvent):
    """Nobody answered to ``version`` in time, or the partnership ended."""

    type: ClassVar[str] = "terms-lapsed"

    version: int


class SharingNarrowed(Noted, PairEvent):
    """One partner alone shares less from now on; ``terms`` are those in force with what is left of the sharing."""

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
