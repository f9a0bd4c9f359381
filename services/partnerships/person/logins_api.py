"""Logins over HTTP. The person sees, confirms and refuses them; operators with the right to change them see them."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import StringConstraints

from coaching_events.events.person import LoginConfirmed, PersonLinked, PersonRegistered
from coaching_events.ids import PersonId
from coaching_events.moment import Moment
from coaching_readmodels import identity
from coaching_readmodels.logins import login_id, masked
from partnerships.directory import logins_of
from partnerships.person import logins as rules
from partnerships.person import people
from partnerships.person.rules import Known
from service_kit.bodies import View, shape
from service_kit.http import IDENTITIES, Accepted, Context, RequestContext

routes = APIRouter(tags=["people"])

LoginId = Annotated[
    str, StringConstraints(pattern=shape(r"^login_[0-9a-f]{32}$", "is no id of a login: take it from the list"))
]


class LoginView(View):
    """A login: an id at an issuer of tokens, shown in part. ``feed`` is the directory that gave it, if one did.

    With ``works``, a token with it finds the person. It ``waits`` until ``effective_at`` or until the person confirms
    it.
    A ``refused`` login does not work. ``linked_at`` and ``linked_by`` are those of its last link.
    """

    id: LoginId
    issuer: str
    login: str
    status: Literal["works", "waits", "refused"]
    linked_at: Moment
    linked_by: str
    feed: str | None
    effective_at: Moment
    confirmed: bool
    used_now: bool


class LoginsView(View):
    """The logins of a person, in the order in which they were linked. Refused ones come last."""

    items: tuple[LoginView, ...]


@routes.get("/people/me/logins", operation_id="listMyLogins")
async def list_my_logins(context: Context) -> LoginsView:
    """Your logins, with the time and the actor of each link, and those that you have refused."""
    return await _logins(context, await context.person(), None)


@routes.post("/people/me/logins/{login}/confirm", operation_id="confirmLogin")
async def confirm_a_login(login: LoginId, context: Context) -> Accepted:
    """It is my login: it works at once. A refused one can be linked again after this."""

    return await context.change(
        people,
        await context.person(),
        lambda person, by, _: rules.confirm(person, by=by, at=context.at, login=login, logins=logins_of(context)),
        effect="eases",
    )


@routes.post("/people/me/logins/{login}/refuse", operation_id="refuseLogin")
async def refuse_a_login(login: LoginId, context: Context) -> Accepted:
    """It is not my login: it no longer works, and is not linked to me again unless I confirm it.

    A login that works already can be refused only with an older login.
    """
    using = identity(context.caller.issuer, context.caller.subject)

    return await context.change(
        people,
        await context.person(),
        lambda person, by, _: rules.refuse(
            person, by=by, at=context.at, login=login, using=using, logins=logins_of(context)
        ),
        effect="settles",
    )


@routes.get("/people/{person}/logins", operation_id="listLogins")
async def list_logins(person: PersonId, context: Context) -> LoginsView:
    """The logins of a person, with those that they have confirmed or refused."""
    return await _logins(context, person, IDENTITIES)


async def _logins(context: RequestContext, id: PersonId, scope: str | None) -> LoginsView:
    person = (await context.current(people, id, scope=scope)).state
    linked: dict[str, tuple[PersonRegistered | PersonLinked, datetime]] = {}
    confirmed: set[str] = set()
    for each in await context.log.events(people, id):
        match each.event:
            case PersonRegistered() | PersonLinked() as event:
                name = identity(event.source, event.external_id)
                linked[name] = event, each.at
                confirmed.discard(name)
            case LoginConfirmed() as event:
                confirmed.add(identity(event.source, event.external_id))
            case _:
                pass
    using = identity(context.caller.issuer, context.caller.subject)
    names = logins_of(context).of(person)
    return LoginsView(
        items=tuple(_view(person, name, *linked[name], context.at, name in confirmed, name == using) for name in names)
    )


def _view(
    person: Known,
    name: str,
    linked: PersonRegistered | PersonLinked,
    linked_at: datetime,
    at: datetime,
    confirmed: bool,
    used_now: bool,
) -> LoginView:
    named = linked if isinstance(linked, PersonLinked) else None
    status = "refused" if name in person.refused else "waits" if rules.waits(person, name, at) else "works"
    return LoginView(
        id=login_id(linked.source, linked.external_id),
        issuer=linked.source,
        login=masked(linked.external_id),
        status=status,
        linked_at=linked_at,
        linked_by=linked.by,
        feed=None if named is None else named.feed,
        effective_at=linked_at if named is None or named.effective_at is None else named.effective_at,
        confirmed=confirmed,
        used_now=used_now,
    )
