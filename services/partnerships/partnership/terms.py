"""Terms as a person proposes them, and the sharing that remains after it was narrowed. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag

from coaching_events.events.partnership import MeetingRhythm, Sharing, Terms
from coaching_events.ids import PersonId
from coaching_events.registry import EVENTS
from coaching_time import local_date, parse_rhythm
from eventlog import Refused
from partnerships.partnership.figures import USUAL_FIGURES, PairFigures
from partnerships.person.details import Zone
from partnerships.reference_data import PeopleReferenceData
from service_kit.bodies import Body, Flag, LocalDate, LocalTime, Moment, ShortText, WholeNumber

FURTHEST_AHEAD: Final = timedelta(days=366)
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


class SharingDraft(Body):
    """Which audience may see which types of events, and until when. Without ``until`` it is as long as the terms."""

    audience: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,59}$")]
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


BUILT = frozenset({"sharing", "meetings"})
"""The fields of a draft that the terms have in another form."""


def usual(starting: date) -> Terms:
    """The default terms of a proposal."""
    return Terms(
        version=0,
        rhythm="FREQ=WEEKLY;BYDAY=TH",
        starting=starting,
        local_time=time(15),
        check_in_grace=1,
        promise_grace=1,
        reminders=2,
        show_reliability=False,
    )


def drafted(
    draft: TermsDraft,
    before: Terms | None,
    *,
    version: int,
    by: PersonId,
    at: datetime,
    reference_data: PeopleReferenceData,
    figures: PairFigures = USUAL_FIGURES,
) -> Terms:
    """The next version of the terms, from a draft and the version before.

    Raises Refused for impossible dates, and for more questions than an installation allows.
    """
    if draft.questions is not None and len(draft.questions) > figures.questions:
        sentence = "The company allows {most} questions of your own: leave some out."
        raise Refused("too-many-questions", sentence, most=figures.questions)
    zone = reference_data.time(by).zone
    today = local_date(zone, at)
    text = usual(today) if before is None else before
    if draft.starting is not None and draft.starting != text.starting:
        _check_start(draft.starting, today)
    wanted: dict[str, Any] = {
        name: getattr(draft, name)
        for name in TermsDraft.model_fields
        if name not in BUILT and getattr(draft, name) is not None
    }
    if draft.sharing is not None:
        wanted["sharing"] = consents(draft.sharing, text.sharing, at)
    terms = text.model_copy(update={**wanted, "version": version})
    if draft.meetings is None:
        return terms
    meetings = None if draft.meetings == "none" else _meetings(draft.meetings, terms, zone, today)
    return terms.model_copy(update={"meetings": meetings})


def _meetings(draft: MeetingsDraft, terms: Terms, zone: str, today: date) -> MeetingRhythm:
    """The rhythm of meetings in the form of the terms. Raises Refused for an impossible start."""
    known = {terms.starting} if terms.meetings is None else {terms.starting, terms.meetings.starting}
    if draft.starting is not None and draft.starting not in known:
        _check_start(draft.starting, today)
    return MeetingRhythm(
        rhythm=draft.rhythm,
        starting=draft.starting or terms.starting,
        local_time=draft.local_time,
        zone=draft.zone or zone,
        minutes=draft.minutes,
        place=draft.place,
    )


def same(one: Terms, other: Terms) -> bool:
    """Whether two versions have the same content."""
    return one.model_copy(update={"version": other.version}) == other


def consents(drafts: Sequence[SharingDraft], known: Sequence[Sharing], at: datetime) -> tuple[Sharing, ...]:
    """The sharing in the form of the terms, in a fixed order. Raises Refused for a new end in the past."""
    wanted = tuple(sorted((draft.consent for draft in drafts), key=lambda each: (each.audience, each.types)))
    if any(each.until is not None and each.until <= at for each in wanted if each not in known):
        raise Refused("sharing-until-the-past", "A sharing ends before it begins: its end must lie in the future.")
    return wanted


def is_narrower(less: Iterable[Sharing], more: Sequence[Sharing]) -> bool:
    """Whether ``more`` shows all that ``less`` shows, to the same audience and for as long."""
    return all(any(_covers(wide, each, event) for wide in more) for each in less for event in each.types)


def _covers(wide: Sharing, narrow: Sharing, event: str) -> bool:
    as_long = wide.until is None or (narrow.until is not None and narrow.until <= wide.until)
    return wide.audience == narrow.audience and event in wide.types and as_long


def _check_start(starting: date, today: date) -> None:
    if starting < today:
        raise Refused("starts-in-the-past", "A rhythm cannot start in the past: name a day from today on.")
    if starting > today + FURTHEST_AHEAD:
        raise Refused(
            "starts-too-late", "A rhythm starts within a year: name an earlier day.", latest=today + FURTHEST_AHEAD
        )
