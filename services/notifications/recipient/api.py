"""Choices over HTTP. Each person sees and changes their own."""

import asyncio
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from coaching_events.events.recipient import Channel, OptIn, Switch
from coaching_events.ids import PersonId
from notifications import texts
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.reading import reader_of
from notifications.recipient import recipients, rules
from notifications.recipient.state import USUAL_CEILING, USUAL_CHANNELS, Recipient, recipient_id
from service_kit.bodies import Body, Flag, View, WholeNumber, example
from service_kit.http import Accepted, Context, RequestContext, etag
from service_kit.languages import Language

routes = APIRouter(tags=["recipients"])

Ceiling = Annotated[WholeNumber, Field(ge=0, le=100)]


class SwitchedOff(Body, Switch, extra="forbid"):
    """Messages of this kind are not sent over this channel. The inbox still has them."""


class Choose(Body, json_schema_extra=example(opt_ins=["heads-up"], channels=["inbox", "mail"], ceiling=5)):
    """All choices at once. What is absent has the default. The inbox is always on.

    ``ceiling`` is the most reminders a week that you want, over all partnerships; the others come as a digest. Without
    it, it is the usual one of the company. ``switched_off`` names kinds of messages that are not sent over a channel.
    With ``news_in_digest`` the digest also has what your partner did without being asked; without it only your inbox
    has that.
    """

    opt_ins: tuple[OptIn, ...] = ()
    channels: tuple[Channel, ...] = USUAL_CHANNELS
    ceiling: Ceiling | None = None
    switched_off: Annotated[tuple[SwitchedOff, ...], Field(max_length=20)] = ()
    news_in_digest: Flag = False


class Chosen(Accepted):
    """The choices are saved. ``missed`` says in sentences what you do not get by mail from now on."""

    missed: tuple[str, ...]


class RecipientView(View):
    """Your choices. ``missed`` says in sentences what you do not get by mail.

    ``address_refused``: a mail server refuses mail for your address, so no mail is sent to it.
    """

    person: PersonId
    opt_ins: tuple[OptIn, ...]
    channels: tuple[Channel, ...]
    ceiling: int
    switched_off: tuple[Switch, ...]
    news_in_digest: bool
    address_refused: bool
    missed: tuple[str, ...]


@routes.get("/recipients/me", operation_id="getRecipient")
async def see_how_i_am_told(context: Context) -> RecipientView:
    """Your choices, or the defaults."""
    person = await context.person()
    current, refused = await asyncio.gather(
        context.log.current(recipients, recipient_id(person)), _is_refused(context, person)
    )
    if current is not None:
        context.response.headers["ETag"] = etag(current.position)
    chosen = Recipient(person=person) if current is None else current.state
    return RecipientView(
        person=person,
        opt_ins=chosen.opt_ins,
        channels=chosen.channels,
        ceiling=chosen.reminders,
        switched_off=chosen.switched_off,
        news_in_digest=chosen.news_in_digest,
        address_refused=refused,
        missed=missed(chosen.channels, chosen.switched_off, refused=refused, language=await _language(context, person)),
    )


@routes.put("/recipients/me", operation_id="putRecipient")
async def choose_how_i_am_told(body: Choose, context: Context) -> Chosen:
    """Choose how you get messages. It applies to everything that has not left yet."""
    person = await context.person()
    stream = recipient_id(person)
    off = [Switch(kind=each.kind, channel=each.channel) for each in body.switched_off]
    accepted = await context.create_or_change(
        recipients,
        stream,
        lambda recipient, by, _: rules.choose(
            recipient,
            by=by,
            opt_ins=body.opt_ins,
            channels=body.channels,
            ceiling=USUAL_CEILING.reminders if body.ceiling is None else body.ceiling,
            switched_off=off,
            news_in_digest=body.news_in_digest,
        ),
        effect="eases",
    )
    not_by_mail = missed(
        body.channels, off, refused=await _is_refused(context, person), language=await _language(context, person)
    )
    return Chosen.model_construct(
        id=accepted.id, position=accepted.position, events=accepted.events, missed=not_by_mail
    )


@routes.post("/recipients/me/confirm-address", operation_id="confirmAddress")
async def confirm_my_address(context: Context) -> Accepted:
    """Confirm your address in the directory. Mail is sent to it again; messages that have already left are not sent."""
    stream = recipient_id(await context.person())
    return await context.create_or_change(
        recipients, stream, lambda recipient, by, _: rules.confirm_address(recipient, by=by), effect="eases"
    )


async def _language(context: RequestContext, person: PersonId) -> Language:
    return context.language((await reader_of(context.log, person)).language)


async def _is_refused(context: RequestContext, person: PersonId) -> bool:
    """Whether the current address in the directory was refused."""
    return MailboxReferenceData(await context.reference_data(person)).recipient(person).refused is not None


def missed(
    channels: Iterable[Channel], switched_off: Iterable[Switch], *, refused: bool, language: Language
) -> tuple[str, ...]:
    """What a person with these choices does not get by mail, in sentences."""
    if "mail" not in channels:
        return (language.say(texts.NO_MAIL),)
    if refused:
        return (language.say(texts.ADDRESS_REFUSED),)
    return tuple(language.say(texts.MISSED[switch.kind]) for switch in switched_off)
