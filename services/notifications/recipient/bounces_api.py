"""Bounces over HTTP, for tokens with the scope ops: mails that a server accepted first and returned later."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, Field, StringConstraints

from coaching_events.events.recipient import RecipientEvent
from coaching_events.ids import PersonId
from coaching_readmodels import PERSON_PROJECTION
from eventlog import Decision
from eventlog.commands import CommandContext
from notifications.channels.addresses import normal
from notifications.links import LINKS
from notifications.recipient import recipients, rules
from notifications.recipient.state import Recipient, recipient_id
from service_kit.bodies import Body, View, example, shape
from service_kit.http import OPS, Context

routes = APIRouter(tags=["operations"])

Address = Annotated[
    str,
    StringConstraints(min_length=3, max_length=254),
    AfterValidator(normal),
    Field(json_schema_extra={"format": "email"}),
]
Status = Annotated[
    str,
    StringConstraints(
        pattern=shape(r"^5\.[0-9]{1,3}\.[0-9]{1,3}$", "is no status of a permanent failure, as 5.1.1 is (RFC 3463)")
    ),
]


class Bounce(Body, json_schema_extra=example(address="anna.bauer@example.com", status="5.1.1")):
    """The data of a delivery status notification (RFC 3464): ``Final-Recipient``, and ``Status`` (RFC 3463).

    Only a permanent status (``5.x.x``) is a bounce here.
    """

    address: Address
    status: Status


class Stopped(View):
    """``people`` is the number of people with this address. They get no mail for now, and a message in their inbox."""

    people: int


@routes.post("/ops/bounces", operation_id="reportBounce")
async def report_a_bounce(body: Bounce, context: Context) -> Stopped:
    """Report a permanent bounce of an address: no more mail is sent to it. A repetition changes nothing."""
    by = await context.require(OPS)
    read_models = await context.store.find_read_models(PERSON_PROJECTION.kind, {"email": body.address})
    refused = LINKS.address(body.address)
    for read_model in read_models:
        person = PersonId(read_model.stream)

        async def stop(recipient: Recipient | None, person: PersonId = person) -> Decision[RecipientEvent]:
            return rules.refuse_address(recipient, by=by, person=person, address=refused, status=body.status)

        command = CommandContext(id=f"{context.command.id}|{person}", at=context.at, request=context.command.request)
        await context.log.decide(recipients, recipient_id(person), command, stop)
    return Stopped(people=len(read_models))
