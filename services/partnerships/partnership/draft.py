"""Terms as a person proposes them, or a company as its default: the bodies of requests. Pure."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag

from coaching_events.events.partnership import Sharing
from coaching_events.registry import EVENTS
from coaching_time import parse_rhythm
from partnerships.person.details import Zone
from service_kit.bodies import Body, Flag, LocalDate, LocalTime, Moment, ShortText, WholeNumber, shape

MOST_QUESTIONS: Final = 10
"""The most questions that a request may have. An installation allows no more."""
EVENT_TYPES: Final = frozenset(event for of_kind in EVENTS.values() for event in of_kind)


def _rhythm(rule: str) -> str:
    parse_rhythm(rule)
    return rule.upper()


def _event_type(name: str) -> str:
    if name not in EVENT_TYPES:
        raise ValueError("is no type of event: write one such as commitment-made")
    return name


Rhythm = Annotated[
    str, StringConstraints(max_length=200), AfterValidator(_rhythm), Field(json_schema_extra={"format": "rrule"})
]
TypeOfEvent = Annotated[str, AfterValidator(_event_type), Field(json_schema_extra={"enum": [*sorted(EVENT_TYPES)]})]
GraceDays = Annotated[WholeNumber, Field(ge=0, le=5)]


_NAME_OF_AUDIENCE = shape(
    r"^[a-z][a-z0-9-]{0,59}$", "should be at most 60 small letters, digits and hyphens, with a letter first"
)


class SharingDraft(Body):
    """Which audience may see which types of events, and until when. Without ``until`` it is as long as the terms."""

    audience: Annotated[str, StringConstraints(pattern=_NAME_OF_AUDIENCE)]
    types: Annotated[tuple[TypeOfEvent, ...], Field(min_length=1, max_length=100)]
    until: Moment | None = None

    @property
    def consent(self) -> Sharing:
        """The same in the form of the terms."""
        return Sharing(audience=self.audience, types=tuple(sorted({*self.types})), until=self.until)


SharingList = Annotated[tuple[SharingDraft, ...], Field(max_length=20)]


class MeetingsDraft(Body):
    """A rhythm of meetings: an RRULE of the same subset, the start on clocks in ``zone``, and the length.

    Without ``zone`` it is the proposer's. Without ``starting`` the rhythm counts from the start of the check-ins.
    ``place`` is a text or a link.
    """

    rhythm: Rhythm
    local_time: LocalTime
    minutes: Annotated[WholeNumber, Field(ge=5, le=480)]
    zone: Zone | None = None
    starting: LocalDate | None = None
    place: ShortText | None = None


def _said(meetings: object) -> str:
    return "rhythm" if isinstance(meetings, Mapping | MeetingsDraft) else "none"


MeetingsOrNone = Annotated[
    Annotated[MeetingsDraft, Tag("rhythm")] | Annotated[Literal["none"], Tag("none")], Discriminator(_said)
]


class TermsDraft(Body):
    """The terms that a person proposes. What is absent does not change (at first: it has the default).

    ``rhythm`` is an RRULE: FREQ=DAILY, FREQ=WEEKLY with BYDAY and INTERVAL, or FREQ=MONTHLY with BYDAY or BYMONTHDAY.
    ``questions`` replace all questions of the pair's own, and ``meetings`` the whole rhythm of meetings; ``none``
    removes it.
    """

    rhythm: Rhythm | None = None
    starting: LocalDate | None = None
    local_time: LocalTime | None = None
    check_in_grace: GraceDays | None = None
    promise_grace: GraceDays | None = None
    reminders: Annotated[WholeNumber, Field(ge=0, le=50)] | None = None
    show_reliability: Flag | None = None
    sharing: SharingList | None = None
    questions: Annotated[tuple[ShortText, ...], Field(max_length=MOST_QUESTIONS)] | None = None
    meetings: MeetingsOrNone | None = None
