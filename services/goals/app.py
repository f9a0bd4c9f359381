"""The definition of the goals service: its aggregates, reactions, read models and routes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coaching_events.registry import EVENTS
from coaching_events.topics import SERVICE_OF_KIND, TOPICS
from coaching_readmodels import CALENDAR_PROJECTION, PARTNERSHIP_PROJECTION, PERSON_PROJECTION
from coaching_readmodels.asking_limits import ASKING
from coaching_readmodels.people import people_in_read_models
from coaching_readmodels.source import pair_reference_source
from eventlog.service import Service
from goals.check_ins import check_ins
from goals.check_ins.rules.spread import SPREAD
from goals.commitment import commitments
from goals.goal import goals
from goals.problems import PROBLEMS
from goals.reactions import (
    when_absence_changed_then_wake_their_check_ins,
    when_absence_changed_then_wake_their_goals,
    when_absence_changed_then_wake_their_promises,
    when_follow_up_agreed_then_make_or_request_it,
    when_partnership_changed_then_wake_its_check_ins,
    when_partnership_changed_then_wake_its_goals,
    when_partnership_changed_then_wake_its_promises,
    when_partnership_formed_then_start_check_ins,
)
from goals.settings import GoalsSettings
from service_kit.process import ServiceDefinition

if TYPE_CHECKING:
    from fastapi import APIRouter


service = Service(
    name="goals",
    writes=TOPICS["goals"],
    listens=(TOPICS["partnerships"], TOPICS["sessions"]),
    topics=TOPICS,
    owners=SERVICE_OF_KIND,
    aggregates=(goals, commitments, check_ins),
    projections=(PERSON_PROJECTION, CALENDAR_PROJECTION, PARTNERSHIP_PROJECTION),
    projection_version=5,
    reactions=(
        when_follow_up_agreed_then_make_or_request_it.reaction,
        when_partnership_formed_then_start_check_ins.reaction,
        when_partnership_changed_then_wake_its_check_ins.reaction,
        when_partnership_changed_then_wake_its_promises.reaction,
        when_absence_changed_then_wake_their_check_ins.reaction,
        when_absence_changed_then_wake_their_promises.reaction,
        when_partnership_changed_then_wake_its_goals.reaction,
        when_absence_changed_then_wake_their_goals.reaction,
    ),
    reference_source=pair_reference_source,
    packages=("tzdata",),
)


def _routers() -> "Sequence[APIRouter]":
    from goals.check_ins.api import routes as check_in_routes
    from goals.check_ins.lists import routes as check_in_lists
    from goals.commitment.api import routes as promise_routes
    from goals.commitment.lists import routes as promise_lists
    from goals.commitment.preview import routes as previews
    from goals.goal.api import routes as goal_routes
    from goals.goal.lists import routes as goal_lists
    from goals.week import routes as week

    return (goal_routes, goal_lists, promise_routes, promise_lists, previews, check_in_routes, check_in_lists, week)


def _use(settings: GoalsSettings) -> None:
    SPREAD.within = settings.spread
    ASKING.use(settings)


definition = ServiceDefinition(
    service=service,
    title="Goals",
    description="Goals of two partners, their promises to each other, and their check-ins.",
    settings=GoalsSettings,
    people=people_in_read_models,
    routers=_routers,
    opening=_use,
    problems=PROBLEMS,
    events={kind: EVENTS[kind] for kind in ("goal", "commitment", "check-ins")},
)
