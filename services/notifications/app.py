"""The definition of the notifications service: its aggregates, reactions, read models and routes."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pydantic import SecretStr

from coaching_events.events.recipient import Channel
from coaching_events.registry import EVENTS
from coaching_events.topics import SERVICE_OF_KIND, TOPICS
from coaching_readmodels import CALENDAR_PROJECTION, PARTNERSHIP_PROJECTION, PERSON_PROJECTION
from coaching_readmodels.people import people_in_read_models
from eventlog.commands import ReferenceSource
from eventlog.consumers import ProjectedReferenceSource, Projections
from eventlog.service import Service
from eventlog.stores import EventStore
from notifications.channels.chat import ChatClient
from notifications.channels.chat_channel import ChatChannel, ChatConfig
from notifications.channels.chat_hosts import CHAT_HOSTS
from notifications.channels.mail import MailServer
from notifications.channels.mail_channel import MailChannel, MailConfig
from notifications.links import LINKS
from notifications.mailbox import mailboxes
from notifications.problems import PROBLEMS
from notifications.projections import CHECK_INS_PROJECTION, COMMITMENT_PROJECTION, GOAL_PROJECTION, SESSION_PROJECTION
from notifications.reactions.ladder import (
    when_check_in_missed_then_plan_the_gentle_ladder,
    when_check_in_opened_then_tell_its_owner,
    when_commitment_made_then_plan_a_heads_up,
    when_commitment_missed_then_plan_the_gentle_ladder,
    when_nudge_deferred_beyond_the_week_then_plan_it_in_the_next,
    when_nudge_sent_then_plan_the_next_step,
)
from notifications.reactions.leaving import (
    when_message_left_then_send_it_by_mail,
    when_message_left_then_send_it_to_the_chat,
    when_partnership_changed_then_withdraw_what_is_planned,
    when_person_reactivated_then_let_what_waits_leave,
    when_sign_of_life_then_withdraw_what_is_planned,
)
from notifications.reactions.news import (
    when_address_refused_then_tell_its_person,
    when_chat_refused_then_tell_its_person,
    when_login_linked_then_tell_its_person,
    when_partner_did_something_then_tell_the_other,
    when_person_deactivated_then_tell_who_asked_them,
    when_request_or_proposal_made_then_tell_the_partner,
)
from notifications.recipient import recipients
from notifications.recipient.state import USUAL_CEILING
from notifications.reference_data import MailboxReferenceSource
from notifications.settings import NotificationSettings
from service_kit.process import ServiceDefinition, Task, WorkerContext

if TYPE_CHECKING:
    from fastapi import APIRouter


def made_with(mail: MailChannel, chat: ChatChannel | None = None) -> Service:
    """The service with the channels of this process."""
    chats = chat or ChatChannel()

    def channels() -> Sequence[Channel]:
        return ("inbox", *mail.channels(), *chats.channels())

    def reference_data(store: EventStore, projections: Projections) -> ReferenceSource:
        return MailboxReferenceSource(
            ProjectedReferenceSource(projections, held=(CALENDAR_PROJECTION.kind,)), store, channels
        )

    return Service(
        name="notifications",
        writes=TOPICS["notifications"],
        listens=tuple(TOPICS[name] for name in ("partnerships", "goals", "sessions", "notifications")),
        topics=TOPICS,
        owners=SERVICE_OF_KIND,
        aggregates=(recipients, mailboxes),
        projections=(
            PERSON_PROJECTION,
            CALENDAR_PROJECTION,
            PARTNERSHIP_PROJECTION,
            GOAL_PROJECTION,
            COMMITMENT_PROJECTION,
            CHECK_INS_PROJECTION,
            SESSION_PROJECTION,
        ),
        projection_version=5,
        reactions=(
            when_commitment_made_then_plan_a_heads_up.reaction,
            when_commitment_missed_then_plan_the_gentle_ladder.reaction,
            when_check_in_opened_then_tell_its_owner.reaction,
            when_check_in_missed_then_plan_the_gentle_ladder.reaction,
            when_request_or_proposal_made_then_tell_the_partner.reaction,
            when_person_deactivated_then_tell_who_asked_them.reaction,
            when_person_reactivated_then_let_what_waits_leave.reaction,
            when_sign_of_life_then_withdraw_what_is_planned.reaction,
            when_partnership_changed_then_withdraw_what_is_planned.reaction,
            when_partner_did_something_then_tell_the_other.reaction,
            when_nudge_sent_then_plan_the_next_step.reaction,
            when_nudge_deferred_beyond_the_week_then_plan_it_in_the_next.reaction,
            when_message_left_then_send_it_by_mail.reaction(mail),
            when_message_left_then_send_it_to_the_chat.reaction(chats),
            when_address_refused_then_tell_its_person.reaction,
            when_chat_refused_then_tell_its_person.reaction,
            when_login_linked_then_tell_its_person.reaction,
        ),
        reference_source=reference_data,
        packages=("tzdata",),
    )


def _open(mail: MailChannel, chat: ChatChannel) -> Callable[[WorkerContext[NotificationSettings]], Sequence[Task]]:
    def before_anything_is_heard(work: WorkerContext[NotificationSettings]) -> Sequence[Task]:
        settings = work.settings
        if settings.smtp_url is not None and settings.mail_from is not None:
            server = _mail_server(settings.smtp_url, settings)
            mail.config = MailConfig(
                server=server, clock=work.clock, sender=settings.mail_from, public_url=settings.public_url
            )
        if settings.hosts_of_chats:
            client = ChatClient(CHAT_HOSTS)
            chat.config = ChatConfig(client=client, clock=work.clock, public_url=settings.public_url)
        return ()

    return before_anything_is_heard


def _mail_server(url: SecretStr, settings: NotificationSettings) -> MailServer:
    return MailServer(url.get_secret_value(), settings.smtp_login_without_tls)


async def _check_mail_server(settings: NotificationSettings) -> None:
    if settings.smtp_url is not None:
        await _mail_server(settings.smtp_url, settings).check()


_mail, _chat = MailChannel(), ChatChannel()
service = made_with(_mail, _chat)


def _routers() -> "Sequence[APIRouter]":
    from notifications.mailbox.api import routes as mailbox_routes
    from notifications.recipient.api import routes as recipient_routes
    from notifications.recipient.bounces_api import routes as bounce_routes

    return (mailbox_routes, recipient_routes, bounce_routes)


def _pages() -> "Sequence[APIRouter]":
    from notifications.pages import routes

    return (routes,)


def _use(settings: NotificationSettings) -> None:
    LINKS.use(settings.key_of_links)
    CHAT_HOSTS.use(settings.hosts_of_chats)
    USUAL_CEILING.reminders = settings.reminders_ceiling


definition = ServiceDefinition(
    service=service,
    title="Notifications",
    description="Reminders and messages that people chose, within a budget and in their working hours.",
    settings=NotificationSettings,
    people=people_in_read_models,
    routers=_routers,
    pages=_pages,
    opening=_use,
    check=_check_mail_server,
    tasks=_open(_mail, _chat),
    problems=PROBLEMS,
    events={kind: EVENTS[kind] for kind in ("recipient", "mailbox")},
)
