"""People over HTTP: oneself, one's partners, and, for its operators, the directory."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from coaching_events.event import Cipher
from coaching_events.events.person import HolidayRegion, WorkingPattern
from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_events.moment import Moment
from coaching_readmodels import compared, identity
from coaching_readmodels.asking_limits import ASKING
from eventlog import NotFound, Refused
from eventlog.stores import BeginsWith
from partnerships.calendar.publishing import publish_for
from partnerships.directory import holder, logins_of, person_id
from partnerships.partnership import partnerships
from partnerships.partnership.rules import check_may_be_asked
from partnerships.partnership.state import Formed, pair_of
from partnerships.person import people, rules
from partnerships.person.details import Details, Email, ExternalId, NewDetails, Source
from partnerships.person.state import Active, Inactive
from partnerships.person.words import search_words
from service_kit.bodies import Body, LocalDate, View, example, shape
from service_kit.http import DIRECTORY, IDENTITIES, Accepted, AskedPage, Context, Page, RequestContext, invalid

routes = APIRouter(tags=["people"])

MOST_FOUND, FEWEST_LETTERS = 20, 2
BY_NAME = "The beginning of each word, at least two letters in all; accents and case do not matter"
BY_EMAIL = "The whole address; case does not matter"

Searched = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=shape(r"\S", "is only space: write a name or an address")),
]
"""The text of a search. Invisible characters in it do not count."""


class IdentityBody(Body, json_schema_extra=example(source="people-export", external_id="1010")):
    """The source and external id of a person."""

    source: Source
    external_id: ExternalId


class NewPersonBody(
    NewDetails,
    json_schema_extra=example(
        source="people-export", external_id="1010", display_name="Ben Ortiz", zone="America/Los_Angeles"
    ),
):
    """A new person, and the external id that their source gives them."""

    source: Source
    external_id: ExternalId


class AbsenceBody(Body, json_schema_extra=example(first="2026-03-09", last="2026-03-13")):
    """Whole days of an absence, first and last included, in one's own calendar. It has no reason."""

    first: LocalDate
    last: LocalDate


class WithdrawnAbsenceBody(Body, json_schema_extra=example(absence="person_0123456789abcdef0123456789abcdef@4")):
    """An absence, named by the position of the event that recorded it."""

    absence: Position


class AbsenceView(View):
    """Whole days of an absence, first and last included. ``id`` is the position of its event."""

    id: Position
    first: date
    last: date


class PartnerView(View):
    """What a partner sees: the name, and the working times."""

    id: PersonId
    display_name: str | Cipher | None
    email: str | Cipher | None
    zone: str
    locale: str
    patterns: tuple[WorkingPattern, ...]
    regions: tuple[HolidayRegion, ...]
    absences: tuple[AbsenceView, ...]


class AskedView(View):
    """What the proposer sees of a person who has not answered yet."""

    id: PersonId
    display_name: str | Cipher | None


class PersonView(PartnerView):
    """The whole record, for oneself and for the directory."""

    status: Literal["active", "inactive"]
    identities: tuple[str, ...]
    manager: PersonId | None
    since: Moment


class WhyNotView(View):
    """Why the caller cannot propose a partnership now: the refusal that the proposal would get.

    ``until``: from then on they can. ``partnership`` is the open one of the two. Both are things that the caller knows.
    """

    type: str
    sentence: str
    until: Moment | None = None
    partnership: PartnershipId | None = None


class ColleagueView(View):
    """All that a search shows of a colleague, and whether the caller can propose a partnership to them now."""

    id: PersonId
    display_name: str
    unit: str | None
    may_be_asked: bool = True
    why_not: WhyNotView | None = None


class ColleaguesView(View):
    """The colleagues that a search found. May be none."""

    items: tuple[ColleagueView, ...]


@routes.get("/people/me", operation_id="getMyself")
async def see_myself(context: Context) -> PersonView:
    """The record of the caller."""
    return PersonView.model_validate((await context.current(people, await context.person())).state)


@routes.get("/people/search", operation_id="searchPeople")
async def search_people(
    context: Context,
    name: Annotated[Searched | None, Query(description=BY_NAME, examples=["anna bau"])] = None,
    email: Annotated[Searched | None, Query(description=BY_EMAIL, examples=["anna.bauer@example.com"])] = None,
) -> ColleaguesView:
    """Active colleagues by name or by e-mail, for a proposal: at most 20, without the caller."""
    if context.app.limits is not None:
        context.app.limits.count_search(context.caller)
    me, where = await context.person(), _searched(name, email)
    found = await context.log.find(people, {**where, "status": "active"}, limit=MOST_FOUND + 1)
    others = [each for each in found if each.stream != me][:MOST_FOUND]
    why_not = await _why_not(context, me, [each.state for each in others])
    return ColleaguesView(
        items=tuple(
            ColleagueView.model_validate(each.state).model_copy(update={"may_be_asked": why is None, "why_not": why})
            for each, why in zip(others, why_not, strict=True)
        )
    )


@routes.get("/people/{person}", operation_id="getPerson")
async def see_a_person(person: PersonId, context: Context) -> PersonView | PartnerView | AskedView:
    """Oneself, a partner, or, for the directory, any person.

    Before both have agreed, the other person sees the proposer; the proposer sees only a name.
    """
    scope = _as_directory(context)
    if scope is not None or (me := await context.person()) == person:
        return PersonView.model_validate((await context.current(people, person, scope=scope)).state)
    between = await context.log.find(partnerships, {"pair": pair_of(me, person), "status": ["proposed", "formed"]})
    found = await context.log.current(people, person) if between else None
    if found is None:
        raise NotFound(person)
    agrees = any(isinstance(each.state, Formed) or each.state.people[0] == person for each in between)
    return (PartnerView if agrees else AskedView).model_validate(found.state)


@routes.get("/people", operation_id="listPeople")
async def list_people(
    context: Context,
    page: AskedPage,
    source: Annotated[Source | None, Query()] = None,
    external_id: Annotated[ExternalId | None, Query()] = None,
    email: Annotated[Email | None, Query(description="The whole address; case does not matter")] = None,
) -> Page[PersonView]:
    """The people of the directory, or the one with this source and external id, or those with this ``email``."""
    await context.require(DIRECTORY)
    where: dict[str, Any] = {}
    if source is not None and external_id is not None:
        where["identities"] = identity(source, external_id)
    elif source is not None or external_id is not None:
        missing, given = ("external_id", "source") if external_id is None else ("source", "external_id")
        raise invalid(f"query.{missing}", "is missing: it is needed together with {given}", given=given)
    if email is not None:
        where["email"] = email
    return await context.page(people, where, page, lambda found: PersonView.model_validate(found.state))


@routes.post("/people", status_code=201, operation_id="registerPerson")
async def register_a_person(body: NewPersonBody, context: Context) -> Accepted:
    """Register a new person. Their id follows from source and external id."""
    await context.require(DIRECTORY)
    _, found = await asyncio.gather(_check_region(context, body), holder(context.log, body.source, body.external_id))
    return await context.create_or_change(
        people,
        person_id(context.log.ids, body.source, body.external_id),
        lambda person, by, _: rules.register(
            person,
            by=by,
            source=body.source,
            external_id=body.external_id,
            details=body,
            holder=None if found is None else found.id,
        ),
        scope=DIRECTORY,
    )


@routes.patch("/people/{person}", operation_id="changePerson")
async def change_a_person(person: PersonId, body: Details, context: Context) -> Accepted:
    """Change details of a person. Hours and region have a date from which they apply."""
    await _check_region(context, body)
    return await context.change(
        people, person, lambda known, by, _: rules.change(known, by=by, at=context.at, details=body), scope=DIRECTORY
    )


@routes.post("/people/{person}/identities", operation_id="linkIdentity")
async def link_an_identity(person: PersonId, body: IdentityBody, context: Context) -> Accepted:
    """Link one more source and external id that find the person, such as the id in their tokens: a login.

    A first login works at once. The person gets a message about a further one. It works after they confirm it, or after
    the company's delay, unless they refuse it.
    """
    await context.require(IDENTITIES)
    found = await holder(context.log, body.source, body.external_id)
    return await context.change(
        people,
        person,
        lambda known, by, _: rules.link(
            known,
            by=by,
            at=context.at,
            source=body.source,
            external_id=body.external_id,
            holder=None if found is None else found.id,
            logins=logins_of(context),
        ),
        scope=IDENTITIES,
    )


@routes.post("/people/{person}/deactivate", operation_id="deactivatePerson")
async def deactivate_a_person(person: PersonId, context: Context) -> Accepted:
    """The person no longer works here. A person on leave is absent, not inactive."""
    return await context.change(people, person, lambda known, by, _: rules.deactivate(known, by=by), scope=DIRECTORY)


@routes.post("/people/{person}/reactivate", operation_id="reactivatePerson")
async def reactivate_a_person(person: PersonId, context: Context) -> Accepted:
    """The person works here again."""
    return await context.change(people, person, lambda known, by, _: rules.reactivate(known, by=by), scope=DIRECTORY)


@routes.post("/people/{person}/absences", operation_id="recordAbsence")
async def record_an_absence(person: PersonId, body: AbsenceBody, context: Context) -> Accepted:
    """Record an absence, at most 60 days afterwards. The person or the directory can do so."""
    return await context.change(
        people,
        person,
        lambda known, by, _: rules.record_absence(known, by=by, at=context.at, first=body.first, last=body.last),
        scope=_as_directory(context),
        effect="eases",
    )


@routes.post("/people/{person}/absences/withdraw", operation_id="withdrawAbsence")
async def withdraw_an_absence(person: PersonId, body: WithdrawnAbsenceBody, context: Context) -> Accepted:
    """Withdraw an absence."""
    return await context.change(
        people,
        person,
        lambda known, by, _: rules.withdraw_absence(known, by=by, absence=body.absence),
        scope=_as_directory(context),
        effect="settles",
    )


async def _why_not(
    context: RequestContext, me: PersonId, others: Sequence[Active | Inactive]
) -> list[WhyNotView | None]:
    """For each of these people why the caller cannot propose a partnership to them now. Two finds for all."""
    if not others:
        return []
    limits = ASKING.limits
    mine = {"people": me, "status": "proposed", "question.by": me}
    earlier, waiting = await asyncio.gather(
        context.log.find(partnerships, {"pair": [pair_of(me, each.id) for each in others]}),
        context.log.find(partnerships, mine, limit=limits.proposals),
    )
    found: list[WhyNotView | None] = []
    for other in others:
        pair = pair_of(me, other.id)
        try:
            check_may_be_asked(
                by=me,
                at=context.at,
                other=other.id,
                earlier=[each.state for each in earlier if each.state.pair == pair],
                open_proposals=len(waiting),
                limits=limits,
                record=other,
            )
            found.append(None)
        except Refused as refused:
            sentence = context.language().fill(refused.detail, refused.extensions)
            found.append(WhyNotView.model_validate({**refused.extensions, "type": refused.type, "sentence": sentence}))
    return found


def _searched(name: str | None, email: str | None) -> dict[str, Any]:
    if (name is None) == (email is None):
        raise invalid("query", "has neither or both of name and email: give one of them")
    if email is not None:
        return {"email_key": compared(email)}
    words = search_words(name or "")
    if sum(map(len, words)) < FEWEST_LETTERS:
        raise invalid("query.name", "has fewer than {fewest} letters: give more of it", fewest=FEWEST_LETTERS)
    return {"name_words": BeginsWith(words)}


def _as_directory(context: RequestContext) -> str | None:
    return DIRECTORY if DIRECTORY in context.caller.scopes else None


async def _check_region(context: RequestContext, details: Details) -> None:
    """Publishes the calendars of a region before a person has it."""
    by = await context.require(DIRECTORY)
    if details.region is not None:
        await publish_for(context.log, details.region, by=by, at=context.at, command=context.command.id)
