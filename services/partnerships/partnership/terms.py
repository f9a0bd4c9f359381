"""Terms as a person proposes them, and the sharing that remains after it was narrowed. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from coaching_events.events.partnership import MeetingRhythm, Sharing, Terms
from coaching_events.ids import PersonId
from coaching_time import local_date
from eventlog import Refused
from partnerships.partnership.draft import MeetingsDraft, SharingDraft, TermsDraft
from partnerships.partnership.figures import USUAL_FIGURES, PairFigures
from partnerships.reference_data import PeopleReferenceData

FURTHEST_AHEAD: Final = timedelta(days=366)

BUILT = frozenset({"sharing", "meetings"})
"""The fields of a draft that the terms have in another form."""


def usual(starting: date, zone: str, defaults: TermsDraft) -> Terms:
    """The terms from which a proposal starts: those of this installation."""
    plain = Terms(
        version=0,
        rhythm="FREQ=WEEKLY;BYDAY=TH",
        starting=starting,
        local_time=time(15),
        check_in_grace=1,
        promise_grace=1,
        reminders=2,
        show_reliability=False,
    )
    return _changed(plain, defaults, zone)


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
    text = usual(today, zone, figures.defaults) if before is None else before
    terms = _changed(text, draft, zone).model_copy(update={"version": version})
    _check_starts(terms, text, today)
    if draft.sharing is None:
        return terms
    return terms.model_copy(update={"sharing": consents(draft.sharing, text.sharing, at)})


def _changed(text: Terms, draft: TermsDraft, zone: str) -> Terms:
    """The terms with what the draft says, but for the sharing. A rhythm of meetings without a zone is in ``zone``."""
    wanted: dict[str, Any] = {
        name: getattr(draft, name)
        for name in TermsDraft.model_fields
        if name not in BUILT and getattr(draft, name) is not None
    }
    terms = text.model_copy(update=wanted)
    if draft.meetings is None:
        return terms
    meetings = None if draft.meetings == "none" else _meetings(draft.meetings, terms, zone)
    return terms.model_copy(update={"meetings": meetings})


def _meetings(draft: MeetingsDraft, terms: Terms, zone: str) -> MeetingRhythm:
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


def _check_starts(terms: Terms, before: Terms, today: date) -> None:
    known = {before.starting} if before.meetings is None else {before.starting, before.meetings.starting}
    starts = {terms.starting} if terms.meetings is None else {terms.starting, terms.meetings.starting}
    for starting in starts - known:
        if starting < today:
            raise Refused("starts-in-the-past", "A rhythm cannot start in the past: name a day from today on.")
        if starting > today + FURTHEST_AHEAD:
            latest = today + FURTHEST_AHEAD
            raise Refused("starts-too-late", "A rhythm starts within a year: name an earlier day.", latest=latest)
