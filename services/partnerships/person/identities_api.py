"""Identities over HTTP: corrections by the operators of the directory."""

from collections.abc import Sequence

from fastapi import APIRouter

from coaching_events.ids import PersonId
from coaching_readmodels import identity
from eventlog import Refused
from eventlog.commands import CommandContext, PreconditionFailed
from partnerships.directory import holder, logins_of
from partnerships.person import people, rules
from partnerships.person.api import IdentityBody
from partnerships.person.details import Person
from service_kit.bodies import example
from service_kit.http import IDENTITIES, Accepted, Context, RequestContext

routes = APIRouter(tags=["people"])


class MovedIdentityBody(
    IdentityBody,
    json_schema_extra=example(
        source="people-export", external_id="1010", holder="person_0123456789abcdef0123456789abcdef"
    ),
):
    """A source and external id, and ``holder``, the person whom they find now."""

    holder: Person


@routes.post("/people/{person}/identities/unlink")
async def unlink_an_identity(person: PersonId, body: IdentityBody, context: Context) -> Accepted:
    """Unlink a source and external id, such as a login, from the person. No event if they are not linked."""
    return await context.change(
        people,
        person,
        lambda known, by, _: rules.unlink(known, by=by, source=body.source, external_id=body.external_id),
        scope=IDENTITIES,
    )


@routes.post("/people/{person}/identities/move")
async def move_an_identity(person: PersonId, body: MovedIdentityBody, context: Context) -> Accepted:
    """Link a source and external id to this person, and retire them at ``holder`` first.

    A further login waits, as after a link.
    """
    by = await context.require(IDENTITIES)
    current = await context.current(people, person, scope=IDENTITIES)
    if context.command.if_match not in (None, current.position):
        raise PreconditionFailed(current.position)  # before it is retired
    found = await holder(context.log, body.source, body.external_id)
    if found is not None and found.id not in (body.holder, person):
        sentence = "This source and external id find another person now. Name them as holder."
        raise Refused("identity-taken", sentence, person=found.id)
    feed = None if found is None else found.fed.get(identity(body.source, body.external_id))

    def link(known: rules.State, by: rules.By, _: object) -> Sequence[rules.PersonLinked]:
        return rules.link(
            known,
            by=by,
            at=context.at,
            source=body.source,
            external_id=body.external_id,
            holder=None,
            logins=logins_of(context),
            feed=feed,
        )

    if found is not None and found.id != person:
        link(current.state, by, None)  # refuses before the identity is retired
        await _retire(context, found.id, body, by)
    return await context.change(people, person, link, scope=IDENTITIES)


async def _retire(context: RequestContext, holder: PersonId, body: IdentityBody, by: rules.By) -> None:
    async def rule(person: rules.State) -> list[rules.PersonUnlinked]:
        return [*rules.unlink(rules.known(person), by=by, source=body.source, external_id=body.external_id)]

    command = CommandContext(id=f"{context.command.id}|unlink|{holder}", at=context.at, request=context.command.request)
    await context.log.decide(people, holder, command, rule)
