"""Terms before anybody consents: the defaults of the company, and a preview of what terms would bring."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Literal

from fastapi import APIRouter

from coaching_events.events.partnership import Sharing, Terms
from coaching_events.ids import PartnershipId, PersonId
from coaching_events.moment import Moment
from coaching_readmodels.asking_limits import ASKING
from coaching_time import FIGURES, PersonTime, local_date
from eventlog import all_known, known
from partnerships.calendar import calendars
from partnerships.partnership import partnerships, rules
from partnerships.partnership.api import asked_person
from partnerships.partnership.draft import TermsDraft
from partnerships.partnership.figures import IN_USE
from partnerships.partnership.preview import WEEKS, WhyNot, ahead, meetings_ahead, without_absences
from partnerships.partnership.rules import formed_only
from partnerships.partnership.rules.answering import ANSWER_WITHIN
from partnerships.partnership.state import Formed, Proposed, pair_of
from partnerships.partnership.terms import drafted, usual
from partnerships.person import people
from partnerships.person.api import IdentityBody
from partnerships.person.details import Person
from partnerships.reference_data import PeopleReferenceData
from service_kit.bodies import Body, View, example
from service_kit.http import Context, RequestContext
from service_kit.languages import Language

routes = APIRouter(tags=["terms"])

NOTHING_ELSE = TermsDraft()


class Preview(Body, json_schema_extra=example(other="person_0123456789abcdef0123456789abcdef", terms={"reminders": 1})):
    """The person whom you may ask, and the terms that you think of, as in a proposal."""

    other: Person | IdentityBody
    terms: TermsDraft = NOTHING_ELSE


class PreviewHere(Body, json_schema_extra=example(terms={"reminders": 1})):
    """The differences from the open terms, or else from the terms in force. Without any you see those terms."""

    terms: TermsDraft = NOTHING_ELSE


AS_PROPOSED = PreviewHere()


class FiguresView(View):
    """The figures of this installation that concern two partners."""

    answer_within_working_days: int
    ask_again_days: int
    propose_after_decline_days: int
    propose_again_hours: float
    departure_days: int
    own_questions: int
    open_proposals: int
    open_sessions: int
    open_requests: int
    rounds_a_day: int
    outage_minutes: int


class DefaultsView(View):
    """What a proposal says that says nothing else, from today on, and the figures of this installation."""

    terms: Terms
    figures: FiguresView


class CheckInAheadView(View):
    """A check-in. ``moved_from`` is the date of the rhythm, if that is no workday; ``moved_because`` says why.

    ``excused``: a known absence covers it, so it would not be expected.
    """

    occasion: date
    opens: Moment
    due: Moment
    grace_end: Moment
    moved_from: date | None = None
    moved_because: WhyNot | None = None
    excused: bool


class HolidayView(View):
    """A public holiday of the person's region, and its local name."""

    day: date
    name: str | None


class ClockChangeView(View):
    """Clocks in the zone go forward by so many minutes, or back if the number is negative."""

    at: Moment
    minutes: int


class PersonAheadView(View):
    """The next weeks of one of the two, in their zone. ``last`` is not included.

    ``absences`` says whether known absences are taken into account. Absences are shown without a reason.
    """

    person: PersonId
    zone: str
    first: date
    last: date
    check_ins: tuple[CheckInAheadView, ...]
    holidays: tuple[HolidayView, ...]
    clock_changes: tuple[ClockChangeView, ...]
    reminders_a_week: int
    reminders_in_all: int
    absences: Literal["known", "not-shown"]
    note: str | None = None


class ObstacleView(View):
    """Why one of the two does not work on the day of a meeting."""

    person: PersonId
    because: WhyNot


class MeetingAheadView(View):
    """A meeting of the rhythm, for its date ``occasion``.

    With obstacles on that date it is ``offered`` at the same time of a later day: either of you accepts it for both.
    """

    occasion: date
    start: Moment
    end: Moment
    offered: bool
    obstacles: tuple[ObstacleView, ...]


class PreviewView(View):
    """What the terms would bring in the next weeks. Nothing is written and nobody is told."""

    weeks: int
    terms: Terms
    you: PersonAheadView
    partner: PersonAheadView
    meetings: tuple[MeetingAheadView, ...]
    who_sees: tuple[str, ...]


@routes.get("/terms/defaults", operation_id="getDefaultTerms")
async def see_the_default_terms(context: Context) -> DefaultsView:
    """The terms from which a proposal starts, and the figures of this installation."""
    me = await context.person()
    zone = PeopleReferenceData(await context.reference_data(me)).time(me).zone
    limits, figures = ASKING.limits, IN_USE.figures
    return DefaultsView(
        terms=usual(local_date(zone, context.at), zone, figures.defaults),
        figures=FiguresView(
            answer_within_working_days=ANSWER_WITHIN,
            ask_again_days=FIGURES.ask_again_days,
            propose_after_decline_days=limits.after_decline.days,
            propose_again_hours=limits.after / timedelta(hours=1),
            departure_days=figures.departure_days,
            own_questions=figures.questions,
            open_proposals=limits.proposals,
            open_sessions=limits.sessions,
            open_requests=limits.requests,
            rounds_a_day=limits.rounds,
            outage_minutes=FIGURES.outage // timedelta(minutes=1),
        ),
    )


@routes.post("/terms/preview", operation_id="previewTerms")
async def preview_terms(body: Preview, context: Context) -> PreviewView:
    """What these terms would bring to you and a person whom you may ask. Nothing is written and nobody is told.

    You see the zone, the public holidays and the days without work of the other person, and no absences.
    """
    if context.app.limits is not None:
        context.app.limits.count_search(context.caller)
    me, other = await context.person(), await asked_person(context, body.other)
    found, read = await asyncio.gather(
        context.log.find(partnerships, {"pair": pair_of(me, other)}), context.reference_data(me, other)
    )
    reference_data = PeopleReferenceData(read)
    rules.check_may_be_asked(
        by=me,
        at=context.at,
        other=other,
        earlier=[each.state for each in found],
        limits=ASKING.limits,
        record=reference_data.person(other),
    )
    terms = _drafted(context, body.terms, None, me, reference_data)
    return _preview(context, terms, (me, other), reference_data, seen=False)


@routes.post("/partnerships/{partnership}/terms/preview", operation_id="previewTermsHere")
async def preview_terms_here(
    partnership: PartnershipId, context: Context, body: PreviewHere = AS_PROPOSED
) -> PreviewView:
    """What the open terms, or the terms in force, or others would bring to you both. Nothing is written.

    Who got a proposal sees the absences of the proposer in it, as in their record. The proposer sees those of the
    other only when both have agreed.
    """
    me, current = await context.person(), await context.current(partnerships, partnership)
    pair = current.state if isinstance(current.state, Proposed) else formed_only(current.state)
    other = pair.other(me)
    reference_data = PeopleReferenceData(await context.reference_data(me, other))
    before = pair.question.terms if pair.question is not None else None
    if before is None:
        before = formed_only(pair).terms
    seen = isinstance(pair, Formed) or pair.people[0] == other
    terms = _drafted(context, body.terms, before, me, reference_data)
    return _preview(context, terms, (me, other), reference_data, seen=seen)


def _drafted(
    context: RequestContext, draft: TermsDraft, before: Terms | None, by: PersonId, reference_data: PeopleReferenceData
) -> Terms:
    version = 1 if before is None else before.version
    return drafted(
        draft, before, version=version, by=by, at=context.at, reference_data=reference_data, figures=IN_USE.figures
    )


def _preview(
    context: RequestContext,
    terms: Terms,
    two: tuple[PersonId, PersonId],
    reference_data: PeopleReferenceData,
    *,
    seen: bool,
) -> PreviewView:
    """The preview for the first of the two. ``seen``: they may see the absences of the other."""
    mine, theirs = (reference_data.time(person) for person in two)
    theirs = theirs if seen else without_absences(theirs)
    met = meetings_ahead(terms.meetings, (mine, theirs), terms, context.at)
    return PreviewView(
        weeks=WEEKS,
        terms=terms,
        you=_person(two[0], mine, terms, context, reference_data),
        partner=_person(two[1], theirs, terms, context, reference_data, seen=seen),
        meetings=tuple(
            MeetingAheadView(
                occasion=each.occasion,
                start=each.start,
                end=each.end,
                offered=each.offered,
                obstacles=tuple(
                    ObstacleView(person=person, because=why)
                    for person, why in zip(two, each.obstacles, strict=True)
                    if why is not None
                ),
            )
            for each in met
        ),
        who_sees=_who_sees(terms.sharing, context.language()),
    )


def _person(
    person: PersonId,
    time: PersonTime,
    terms: Terms,
    context: RequestContext,
    reference_data: PeopleReferenceData,
    *,
    seen: bool = True,
) -> PersonAheadView:
    weeks = ahead(time, terms, context.at)
    return PersonAheadView(
        person=person,
        zone=time.zone,
        first=weeks.first,
        last=weeks.last,
        check_ins=tuple(
            CheckInAheadView(
                occasion=each.planned.occasion,
                opens=each.planned.opens,
                due=each.planned.due,
                grace_end=each.planned.grace_end,
                moved_from=each.moved_from,
                moved_because=each.moved_because,
                excused=each.excused,
            )
            for each in weeks.check_ins
        ),
        holidays=tuple(_holidays(person, weeks.holidays, reference_data)),
        clock_changes=tuple(ClockChangeView.model_validate(each) for each in weeks.clock_changes),
        reminders_a_week=weeks.reminders_a_week,
        reminders_in_all=weeks.reminders_in_all,
        absences="known" if seen else "not-shown",
        note=None if seen else _absences_not_shown(context.language()),
    )


def _absences_not_shown(language: Language) -> str:
    return language.say("Their absences are not taken into account: you see them when you have both agreed.")


def _who_sees(sharing: Sequence[Sharing], language: Language) -> tuple[str, ...]:
    """Who would see what, in sentences."""
    if not sharing:
        return (language.say("Only the two of you see what happens between you."),)
    return tuple(_seen_by(each, language) for each in sharing)


def _seen_by(sharing: Sharing, language: Language) -> str:
    who, what = sharing.audience, ", ".join(sharing.types)
    if sharing.until is None:
        return language.say("“{who}” sees these events of both of you: {what}.", who=who, what=what)
    until = sharing.until
    return language.say(
        "“{who}” sees these events of both of you until {until}: {what}.", who=who, what=what, until=until
    )


def _holidays(person: PersonId, days: Sequence[date], reference_data: PeopleReferenceData) -> Iterator[HolidayView]:
    """The holidays with their names in the person's regions."""
    record = known(reference_data.reference_data, people, person)
    regions = set[str]() if record is None else {each.region for each in record.regions}
    names = {
        holiday.day: holiday.name
        for calendar in all_known(reference_data.reference_data, calendars)
        if calendar.region in regions
        for holiday in calendar.days
    }
    for day in days:
        yield HolidayView(day=day, name=names.get(day))
