"""The definition of the partnerships service: its aggregates, reactions, routes and commands."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from coaching_events.registry import EVENTS
from coaching_events.topics import SERVICE_OF_KIND, TOPICS
from coaching_readmodels.asking_limits import ASKING
from eventlog.commands import ReferenceSource
from eventlog.consumers import Projections
from eventlog.service import Service, ServiceContext
from eventlog.stores import EventStore
from partnerships.calendar import calendars
from partnerships.conflict import conflicts
from partnerships.own_documents import DocumentReferenceSource
from partnerships.partnership import partnerships
from partnerships.partnership.figures import IN_USE
from partnerships.person import people
from partnerships.problems import PROBLEMS
from partnerships.reactions import (
    when_partnership_formed_then_see_whether_both_are_there,
    when_person_deactivated_then_pause_their_partnerships,
    when_person_reactivated_then_resume_their_partnerships,
)
from partnerships.settings import PartnershipSettings
from service_kit.process import People, ServiceDefinition, Task, WorkerContext

if TYPE_CHECKING:
    from fastapi import APIRouter


def _reference_source(store: EventStore, _: Projections) -> ReferenceSource:
    return DocumentReferenceSource(store)


def _people(service_context: ServiceContext) -> People:
    from partnerships.directory import PeopleInDocuments

    return PeopleInDocuments(service_context.log)


service = Service(
    name="partnerships",
    writes=TOPICS["partnerships"],
    listens=(TOPICS["partnerships"],),
    topics=TOPICS,
    owners=SERVICE_OF_KIND,
    aggregates=(people, conflicts, calendars, partnerships),
    reactions=(
        when_partnership_formed_then_see_whether_both_are_there.reaction,
        when_person_deactivated_then_pause_their_partnerships.reaction,
        when_person_reactivated_then_resume_their_partnerships.reaction,
    ),
    reference_source=_reference_source,
    packages=("tzdata", "holidays"),
)


def _routers() -> "Sequence[APIRouter]":
    from partnerships.calendar.api import routes as calendar_routes
    from partnerships.conflict.api import routes as conflict_routes
    from partnerships.partnership.api import routes as partnership_routes
    from partnerships.partnership.preview_api import routes as preview_routes
    from partnerships.partnership.terms_api import routes as terms_routes
    from partnerships.person.api import routes as people_routes
    from partnerships.person.identities_api import routes as identity_routes
    from partnerships.person.logins_api import routes as login_routes
    from partnerships.roster.api import routes as roster_routes

    return (
        partnership_routes,
        terms_routes,
        preview_routes,
        people_routes,
        identity_routes,
        login_routes,
        calendar_routes,
        roster_routes,
        conflict_routes,
    )


def _tasks(work: WorkerContext[PartnershipSettings]) -> Sequence[Task]:
    from partnerships.calendar.following import follow_for_ever

    return (partial(follow_for_ever, work.service_context.log, work.clock),)


def _use(settings: PartnershipSettings) -> None:
    from partnerships.directory import LOGIN_DELAY
    from partnerships.roster.intake import CAP

    ASKING.use(settings)
    IN_USE.figures = settings.pair_figures
    LOGIN_DELAY.length = settings.login_delay
    CAP.share, CAP.many = settings.deactivations_share, settings.deactivations_many


definition = ServiceDefinition(
    service=service,
    title="Partnerships",
    description="People in the directory, public holidays, and partnerships of two people with their terms.",
    settings=PartnershipSettings,
    people=_people,
    routers=_routers,
    opening=_use,
    tasks=_tasks,
    problems=PROBLEMS,
    events={kind: EVENTS[kind] for kind in ("person", "conflict", "calendar", "partnership")},
)
