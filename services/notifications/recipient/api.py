"""Choices over HTTP: everybody sees and changes their own."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from coaching_events.ids import PersonId
from coaching_events.recipient import Channel, OptIn
from notifications.recipient import recipients, rules
from notifications.recipient.state import USUAL_CEILING, USUAL_CHANNELS, Recipient, recipient_id
from service_kit.answers import Accepted, etag
from service_kit.asking import Asking
from service_kit.bodies import Body, View, WholeNumber

routes = APIRouter(tags=["recipients"])

Ceiling = Annotated[WholeNumber, Field(ge=0, le=100)]


class Choose(Body):
    """All choices at once; what is left out is as for who never chose. The inbox is always on.

    ``ceiling`` is how many reminders a week you want at most, over all partnerships; the rest comes as a digest.
    """

    opt_ins: tuple[OptIn, ...] = ()
    channels: tuple[Channel, ...] = USUAL_CHANNELS
    ceiling: Ceiling = USUAL_CEILING


class RecipientView(View):
    """How you are told."""

    person: PersonId
    opt_ins: tuple[OptIn, ...]
    channels: tuple[Channel, ...]
    ceiling: int


@routes.get("/recipients/me")
async def see_how_i_am_told(ask: Asking) -> RecipientView:
    """Your choices, or what holds for who never chose."""
    person = await ask.person()
    current = await ask.log.current(recipients, recipient_id(person))
    if current is not None:
        ask.response.headers["ETag"] = etag(current.position)
    return RecipientView.model_validate(Recipient(person=person) if current is None else current.state)


@routes.put("/recipients/me")
async def choose_how_i_am_told(body: Choose, ask: Asking) -> Accepted:
    """Choose how you are told. It holds for everything that has not left yet."""
    stream = ask.may_create(recipient_id(await ask.person()))
    return await ask.decide(
        recipients,
        stream,
        lambda recipient, by, _: rules.choose(
            recipient, by=by, opt_ins=body.opt_ins, channels=body.channels, ceiling=body.ceiling
        ),
    )
