"""Conflicts over HTTP, for who keeps the directory."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from coaching_events.conflict import ConflictEvent
from coaching_events.event import Cipher
from coaching_events.ids import ConflictId, PersonId
from coaching_events.moment import Moment
from eventlog import Decision
from partnerships.conflict import conflicts, rules
from partnerships.conflict.deciding import Deciding
from partnerships.conflict.state import Decided, Open
from partnerships.directory import logins_of
from partnerships.person.details import Person, Source
from service_kit.bodies import Body, Flag, View, WholeNumber, example
from service_kit.http import DIRECTORY, IDENTITIES, Accepted, AskedPage, Context, Page, RequestContext

routes = APIRouter(tags=["directory"])


class WaitingView(View):
    """A line of a feed that waits for a decision: it speaks of ``external_id``, who may be ``person``.

    ``because`` is what they share. ``login_holder`` has the login now, if it is not ``person``'s to take.
    """

    id: ConflictId
    status: Literal["open"]
    source: str
    external_id: str
    since: Moment
    person: PersonId
    because: Literal["email", "login"]
    display_name: str | Cipher | None
    email: str | Cipher | None
    unit: str | None
    login: str | None
    login_holder: PersonId | None
    active: bool
    active_from: date | None
    active_until: date | None


class DecidedConflictView(View):
    """A conflict that waits no more, since when, and who it is; ``gone``: the feed says it no longer."""

    id: ConflictId
    status: Literal["decided"]
    source: str
    external_id: str
    outcome: Literal["linked", "created", "gone"]
    person: PersonId | None
    since: Moment


class LinkBody(Body, json_schema_extra=example(person="person_0123456789abcdef0123456789abcdef")):
    """Who it is; whom the conflict names if left out. ``take_login`` takes the login from who has it."""

    person: Person | None = None
    take_login: Flag = False


class CreateBody(Body, json_schema_extra=example(take_login=False)):
    """Somebody new. ``take_login`` takes the login from who has it."""

    take_login: Flag = False


AS_NAMED, AS_FOUND = LinkBody(), CreateBody()
"""For decisions that need no body: it may be left out."""


class LinkByEmailBody(Body, json_schema_extra=example(source="people-export", confirm=12)):
    """``confirm`` is the number of open conflicts of the source that were seen."""

    source: Source
    confirm: Annotated[WholeNumber, Field(ge=0)]


class LinkedView(View):
    """A conflict that was linked, and to whom."""

    conflict: ConflictId
    external_id: str
    person: PersonId


class LeftView(View):
    """A conflict that still waits, and why."""

    conflict: ConflictId
    external_id: str
    why: str


class LinkedByEmail(View):
    """What was linked, and what is left to decide by hand."""

    linked: tuple[LinkedView, ...]
    left: tuple[LeftView, ...]


@routes.get("/conflicts")
async def list_conflicts(
    context: Context, page: AskedPage, source: Annotated[Source | None, Query(description="Of this feed only")] = None
) -> Page[WaitingView]:
    """Lines of rosters that wait for a decision, because somebody else has their address or login."""
    await context.require(DIRECTORY)
    where: dict[str, Any] = {"status": "open"} | ({} if source is None else {"source": source})
    return await context.page(conflicts, where, page, lambda found: _waiting(found.state))


@routes.get("/conflicts/{conflict}")
async def see_a_conflict(conflict: ConflictId, context: Context) -> WaitingView | DecidedConflictView:
    """One of them, also after it was decided."""
    state = (await context.current(conflicts, conflict, scope=DIRECTORY)).state
    return DecidedConflictView.model_validate(state) if isinstance(state, Decided) else _waiting(state)


@routes.post("/conflicts/{conflict}/link")
async def link_a_conflict(conflict: ConflictId, context: Context, body: LinkBody = AS_NAMED) -> Accepted:
    """It is somebody known: number and login find them from now on, and their older number of this feed retires.

    A further login waits until they confirm it, or for the company's delay. To link one, and to take one from somebody,
    the scope `hr.identities` is needed besides.
    """
    person = await (await _deciding(context)).link(conflict, body.person, take_login=body.take_login)
    return await _close(context, conflict, "linked", person)


@routes.post("/conflicts/{conflict}/create")
async def create_from_a_conflict(conflict: ConflictId, context: Context, body: CreateBody = AS_FOUND) -> Accepted:
    """It is somebody new: they are registered with what the feed said. The answer's event names them."""
    person = await (await _deciding(context)).create(conflict, take_login=body.take_login)
    return await _close(context, conflict, "created", person)


@routes.post("/conflicts/link-by-email")
async def link_conflicts_by_email(body: LinkByEmailBody, context: Context) -> LinkedByEmail:
    """After a change of the HR system: link every open conflict of a source whose address exactly one person has.

    Without the scope `hr.identities` those are left that name a further login.
    """
    return LinkedByEmail.model_validate(await (await _deciding(context)).link_by_email(body.source, body.confirm))


async def _deciding(context: RequestContext) -> Deciding:
    by = await context.require(DIRECTORY)
    return Deciding(
        context.log, by, context.command, logins_of(context), may_link_logins=IDENTITIES in context.caller.scopes
    )


async def _close(context: RequestContext, conflict: ConflictId, outcome: rules.Outcome, person: PersonId) -> Accepted:
    def rule(state: rules.State, by: PersonId, _: object) -> Decision[ConflictEvent]:
        return rules.decide(state, by=by, outcome=outcome, person=person)

    return await context.decide(conflicts, conflict, rule, scope=DIRECTORY)


def _waiting(conflict: Open | Decided) -> WaitingView:
    assert isinstance(conflict, Open)
    found = conflict.found
    return WaitingView(
        id=conflict.id,
        status=conflict.status,
        source=conflict.source,
        external_id=conflict.external_id,
        since=conflict.since,
        person=found.person,
        because=found.because,
        display_name=found.display_name,
        email=found.email,
        unit=found.unit,
        login=found.login,
        login_holder=found.login_holder,
        active=found.active,
        active_from=found.active_from,
        active_until=found.active_until,
    )
