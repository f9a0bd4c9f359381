"""Choices over HTTP. Each person sees and changes their own."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, get_args

from fastapi import APIRouter
from pydantic import Field, SecretStr

from coaching_events.events.recipient import Channel, ChatAddress, ChatService, MessageKind, OptIn, PushChannel, Switch
from coaching_events.ids import PersonalTextsId, PersonId
from coaching_events.moment import Moment
from eventlog import derived_id
from notifications import texts
from notifications.channels.chat_hosts import CHAT_HOSTS, LONGEST_ADDRESS, NotAllowed
from notifications.links import LINKS
from notifications.mailbox.reading import reader_of
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.rules.quiet_hours import next_open
from notifications.recipient import recipients, rules
from notifications.recipient.state import PUSH_CHANNELS, USUAL_CEILING, USUAL_CHANNELS, Recipient, recipient_id
from service_kit.bodies import Body, Flag, View, WholeNumber, example
from service_kit.http import Accepted, Context, Problem, RequestContext, etag
from service_kit.languages import Language

routes = APIRouter(tags=["recipients"])

Ceiling = Annotated[WholeNumber, Field(ge=0, le=100)]


class SwitchedOff(Body, Switch, extra="forbid"):
    """Messages of this kind are not sent over this channel. The inbox still has them."""


class ChatBody(Body):
    """The web address of your own incoming webhook (Slack) or workflow (Teams). It is a secret: no answer shows it."""

    service: ChatService
    webhook: Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_ADDRESS)]


class Choose(Body, json_schema_extra=example(opt_ins=["invitations"], channels=["inbox", "mail"], ceiling=5)):
    """All choices at once. What is absent has the default. The inbox is always on.

    ``opt_ins`` are off by default. ``heads-up`` reminds you of a promise the working day before it is due. With
    ``invitations`` a mail puts each session into your calendar, moves it there and cancels it. Nobody reads what your
    calendar program answers.

    ``ceiling`` is the most reminders a week that you want, over all partnerships; the others come as a digest. Without
    it, it is the usual one of the company. ``switched_off`` names kinds of messages that are not sent over a channel.
    With ``news_in_digest`` the digest also has what your partner did without being asked; without it only your inbox
    has that. ``chat`` is where you get messages in a chat: without the field your address stays as it is, and null
    removes it. Without ``channels`` you get messages by mail, and in the chat if you gave an address.
    """

    opt_ins: tuple[OptIn, ...] = ()
    channels: tuple[Channel, ...] | None = None
    ceiling: Ceiling | None = None
    switched_off: Annotated[tuple[SwitchedOff, ...], Field(max_length=20)] = ()
    news_in_digest: Flag = False
    chat: ChatBody | None = None

    def channels_with(self, chat: ChatAddress | None) -> tuple[Channel, ...]:
        """The channels of a person with this chat."""
        usual = USUAL_CHANNELS if chat is None else (*USUAL_CHANNELS, "chat")
        return usual if self.channels is None else self.channels


class Chosen(Accepted):
    """The choices are saved. ``missed`` says in sentences what you do not get by mail or in a chat from now on."""

    missed: tuple[str, ...]


class ChatView(View):
    """Your chat. ``refused``: it takes no messages at your address, so none are sent there."""

    service: ChatService
    refused: bool


class ChoiceView(View):
    """Whether messages of a kind are sent over a channel. ``missed`` says what you do not get if they are not."""

    kind: MessageKind
    channel: PushChannel
    on: bool
    missed: str


class RecipientView(View):
    """Your choices. ``matrix`` has each kind of message for each channel.

    ``missed`` says in sentences what you do not get by mail or in a chat. ``address_refused``: a mail server refuses
    mail for your address, so no mail is sent to it. ``next_push`` (UTC): outside your working hours nothing is sent
    by mail or to a chat before it; it is now in your working hours, and null if you do not work in the next 60 days.
    """

    person: PersonId
    opt_ins: tuple[OptIn, ...]
    channels: tuple[Channel, ...]
    ceiling: int
    switched_off: tuple[Switch, ...]
    news_in_digest: bool
    address_refused: bool
    chat: ChatView | None
    matrix: tuple[ChoiceView, ...]
    missed: tuple[str, ...]
    next_push: Moment | None


@routes.get("/recipients/me", operation_id="getRecipient")
async def see_how_i_am_told(context: Context) -> RecipientView:
    """Your choices, or the defaults."""
    person = await context.person()
    current, refused, reader = await asyncio.gather(
        context.log.current(recipients, recipient_id(person)),
        _is_refused(context, person),
        reader_of(context.log, person),
    )
    language = context.language(reader.language)
    if current is not None:
        context.response.headers["ETag"] = etag(current.position)
    chosen = Recipient(person=person) if current is None else current.state
    chat = chosen.chat
    return RecipientView(
        person=person,
        opt_ins=chosen.opt_ins,
        channels=chosen.channels,
        ceiling=chosen.reminders,
        switched_off=chosen.switched_off,
        news_in_digest=chosen.news_in_digest,
        address_refused=refused,
        chat=None if chat is None else ChatView(service=chat.address.service, refused=chat.refused is not None),
        matrix=tuple(matrix(chosen, refused=refused, language=language)),
        missed=tuple(missed(chosen, refused=refused, language=language)),
        next_push=next_open(reader.reference_data.time(person), context.at),
    )


@routes.put("/recipients/me", operation_id="putRecipient")
async def choose_how_i_am_told(body: Choose, context: Context) -> Chosen:
    """Choose how you get messages. It applies to everything that has not left yet."""
    person = await context.person()
    off = [Switch(kind=each.kind, channel=each.channel) for each in body.switched_off]
    words = PersonalTextsId(derived_id("words", context.command.id))
    sealed = None if body.chat is None else _sealed(person, body.chat)
    address = None if body.chat is None else ChatAddress(service=body.chat.service, personal_texts=words)

    def chat_of(recipient: Recipient | None) -> ChatAddress | None:
        before = None if recipient is None else recipient.chat
        stays = "chat" not in body.model_fields_set
        return before.address if stays and before is not None else address

    accepted = await context.create_or_change(
        recipients,
        recipient_id(person),
        lambda recipient, by, _: rules.choose(
            recipient,
            by=by,
            opt_ins=body.opt_ins,
            channels=body.channels_with(chat_of(recipient)),
            ceiling=USUAL_CEILING.reminders if body.ceiling is None else body.ceiling,
            switched_off=off,
            news_in_digest=body.news_in_digest,
            chat=chat_of(recipient),
        ),
        words=None if sealed is None else {words: sealed},
        effect="eases",
    )
    current, refused, language = await asyncio.gather(
        context.current(recipients, recipient_id(person)), _is_refused(context, person), _language(context, person)
    )
    return Chosen.model_construct(
        id=accepted.id,
        position=accepted.position,
        events=accepted.events,
        missed=tuple(missed(current.state, refused=refused, language=language)),
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


def _sealed(person: PersonId, chat: ChatBody) -> str:
    """The web address as it is stored. Raises the problem if this installation does not send to it."""
    address = chat.webhook.get_secret_value()
    if not CHAT_HOSTS.hosts:
        raise Problem(409, "chat-not-offered", "This installation sends no messages to chats.")
    try:
        CHAT_HOSTS.host_of(address)
    except NotAllowed:
        detail = (
            "Messages are sent to https addresses of the hosts that this installation allows, and this is none. They "
            "are: {hosts}."
        )
        raise Problem(422, "chat-address-not-allowed", detail, members={"hosts": ", ".join(CHAT_HOSTS.hosts)}) from None
    return LINKS.webhook(person, address)


async def _is_refused(context: RequestContext, person: PersonId) -> bool:
    """Whether the current address in the directory was refused."""
    return MailboxReferenceData(await context.reference_data(person)).recipient(person).refused is not None


def matrix(chosen: Recipient, *, refused: bool, language: Language) -> Iterator[ChoiceView]:
    """Each kind of message for each channel."""
    for kind in get_args(MessageKind):
        for channel in PUSH_CHANNELS:
            reached = not refused if channel == "mail" else not chosen.is_unreachable(channel)
            on = reached and channel in chosen.channels_for(kind)
            yield ChoiceView(kind=kind, channel=channel, on=on, missed=language.say(texts.MISSED[channel][kind]))


def missed(chosen: Recipient, *, refused: bool, language: Language) -> Iterator[str]:
    """What a person with these choices does not get by mail or in a chat, in sentences."""
    off = {
        channel: [language.say(texts.MISSED[channel][e.kind]) for e in chosen.switched_off if e.channel == channel]
        for channel in PUSH_CHANNELS
    }
    if "mail" not in chosen.channels:
        yield language.say(texts.NO_MAIL)
    elif refused:
        yield language.say(texts.ADDRESS_REFUSED)
    else:
        yield from off["mail"]
    if "chat" not in chosen.channels:
        if chosen.chat is not None:
            yield language.say(texts.NO_CHAT)
    elif chosen.chat is None:
        yield language.say(texts.NO_CHAT_ADDRESS)
    elif chosen.chat.refused is not None:
        yield language.say(texts.CHAT_REFUSED)
    else:
        yield from off["chat"]
