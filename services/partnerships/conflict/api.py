"""Conflicts over HTTP, for the operators of the directory."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from coaching_events.event import Cipher
from coaching_events.ids import ConflictId, PersonId
from coaching_events.moment import Moment
from partnerships.conflict import conflicts, rules
from partnerships.conflict.deciding import Deciding
from partnerships.conflict.state import Decided, Open
from partnerships.directory import logins_of
from partnerships.person.details import Person, Source
from service_kit.bodies import Body, Flag, View, WholeNumber, example
from service_kit.http import DIRECTORY, IDENTITIES, Accepted, AskedPage, Context, Page, RequestContext

routes = APIRouter(tags=["directory"])


class WaitingView(View):
    """A roster line that waits for a decision. Its ``external_id`` may belong to ``person``.

    ``because`` is what both have in common. ``login_holder`` is the person who has the login, if it is not ``person``.
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
    """A decided conflict: when (UTC), and which person it is; ``gone``: a later roster no longer has the line."""

    id: ConflictId
    status: Literal["decided"]
    source: str
    external_id: str
    outcome: Literal["linked", "created", "gone"]
    person: PersonId | None
    since: Moment


class LinkBody(Body, json_schema_extra=example(person="person_0123456789abcdef0123456789abcdef")):
    """Which person it is; by default the one in the conflict. ``take_login`` takes the login from its holder."""

    person: Person | None = None
    take_login: Flag = False


class CreateBody(Body, json_schema_extra=example(take_login=False)):
    """A new person. ``take_login`` takes the login from its holder."""

    take_login: Flag = False


AS_NAMED, AS_FOUND = LinkBody(), CreateBody()
"""An optional body, for decisions without arguments."""


class LinkByEmailBody(Body, json_schema_extra=example(source="people-export", confirm=12)):
    """``confirm`` is the number of open conflicts of the source in the list."""

    source: Source
    confirm: Annotated[WholeNumber, Field(ge=0)]


class LinkedView(View):
    """A linked conflict, and its person."""

    conflict: ConflictId
    external_id: str
    person: PersonId


class LeftView(View):
    """A conflict that still waits, and the reason."""

    conflict: ConflictId
    external_id: str
    why: str


class LinkedByEmail(View):
    """The linked conflicts, and those that an operator must decide."""

    linked: tuple[LinkedView, ...]
    left: tuple[LeftView, ...]


@routes.get("/conflicts")
async def list_conflicts(
    context: Context, page: AskedPage, source: Annotated[Source | None, Query(description="Only of this feed")] = None
) -> Page[WaitingView]:
    """Roster lines that wait for a decision, because another person has their address or login."""
    await context.require(DIRECTORY)
    where: dict[str, Any] = {"status": "open"} | ({} if source is None else {"source": source})
    return await context.page(conflicts, where, page, lambda found: _waiting(found.state))


@routes.get("/conflicts/{conflict}")
async def see_a_conflict(conflict: ConflictId, context: Context) -> WaitingView | DecidedConflictView:
    """One conflict, open or decided."""
    state = (await context.current(conflicts, conflict, scope=DIRECTORY)).state
    return DecidedConflictView.model_validate(state) if isinstance(state, Decided) else _waiting(state)


@routes.post("/conflicts/{conflict}/link")
async def link_a_conflict(conflict: ConflictId, context: Context, body: LinkBody = AS_NAMED) -> Accepted:
    """It is a known person. The number and the login find them now; their older number in this feed is retired.

    A further login waits until the person confirms it, or for the company's delay. A further login, and one taken from
    another person, also need the scope `hr.identities`.
    """
    person = await (await _deciding(context)).link(conflict, body.person, take_login=body.take_login)
    return await _close(context, conflict, "linked", person)


@routes.post("/conflicts/{conflict}/create")
async def create_from_a_conflict(conflict: ConflictId, context: Context, body: CreateBody = AS_FOUND) -> Accepted:
    """It is a new person. They are registered with the data of the feed. The event in the answer has their id."""
    person = await (await _deciding(context)).create(conflict, take_login=body.take_login)
    return await _close(context, conflict, "created", person)


@routes.post("/conflicts/link-by-email")
async def link_conflicts_by_email(body: LinkByEmailBody, context: Context) -> LinkedByEmail:
    """Link every open conflict of a source whose address exactly one person has, after a change of the HR system.

    Without the scope `hr.identities`, conflicts with a further login stay open.
    """
    done, language = await (await _deciding(context)).link_by_email(body.source, body.confirm), context.language()
    left = [
        LeftView(conflict=each.conflict, external_id=each.external_id, why=language.phrase(each.why))
        for each in done.left
    ]
    return LinkedByEmail(linked=tuple(LinkedView.model_validate(each) for each in done.linked), left=tuple(left))


async def _deciding(context: RequestContext) -> Deciding:
    by = await context.require(DIRECTORY)
    return Deciding(
        context.log, by, context.command, logins_of(context), may_link_logins=IDENTITIES in context.caller.scopes
    )


async def _close(context: RequestContext, conflict: ConflictId, outcome: rules.Outcome, person: PersonId) -> Accepted:
    return await context.change(
        conflicts,
        conflict,
        lambda state, by, _: rules.decide(state, by=by, outcome=outcome, person=person),
        scope=DIRECTORY,
    )


def _waiting(conflict: Open | Decided) -> WaitingView:
    if isinstance(conflict, Decided):
        raise TypeError(f"{conflict.id} does not wait: it was decided")
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
