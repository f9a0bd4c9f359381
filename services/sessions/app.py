"""The definition of the sessions service: its aggregate, reactions, read models and routes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coaching_events.registry import EVENTS
from coaching_events.topics import SERVICE_OF_KIND, TOPICS
from coaching_readmodels import CALENDAR_PROJECTION, PARTNERSHIP_PROJECTION, PERSON_PROJECTION
from coaching_readmodels.people import people_in_read_models
from coaching_readmodels.source import pair_reference_source
from eventlog.service import Service
from service_kit.process import ServiceDefinition
from sessions.feed import feeds
from sessions.meetings import meetings
from sessions.problems import PROBLEMS
from sessions.projections import CHECK_INS_PROJECTION, COMMITMENT_PROJECTION, GOAL_PROJECTION
from sessions.reactions import (
    when_absence_recorded_then_wake_their_sessions,
    when_meeting_scheduled_then_begin_its_session,
    when_partnership_ended_then_cancel_its_sessions,
    when_partnership_paused_or_resumed_then_wake_its_sessions,
    when_session_moved_or_given_up_then_tell_the_meetings,
    when_terms_or_pauses_change_then_renew_the_meetings,
)
from sessions.session import sessions
from sessions.settings import SessionsSettings, use

if TYPE_CHECKING:
    from fastapi import APIRouter


service = Service(
    name="sessions",
    writes=TOPICS["sessions"],
    listens=(TOPICS["partnerships"], TOPICS["goals"], TOPICS["sessions"]),
    topics=TOPICS,
    owners=SERVICE_OF_KIND,
    aggregates=(sessions, meetings, feeds),
    projections=(
        PERSON_PROJECTION,
        CALENDAR_PROJECTION,
        PARTNERSHIP_PROJECTION,
        COMMITMENT_PROJECTION,
        GOAL_PROJECTION,
        CHECK_INS_PROJECTION,
    ),
    projection_version=5,
    reactions=(
        when_partnership_ended_then_cancel_its_sessions.reaction,
        when_partnership_paused_or_resumed_then_wake_its_sessions.reaction,
        when_absence_recorded_then_wake_their_sessions.reaction,
        when_terms_or_pauses_change_then_renew_the_meetings.reaction,
        when_meeting_scheduled_then_begin_its_session.reaction,
        when_session_moved_or_given_up_then_tell_the_meetings.reaction,
    ),
    reference_source=pair_reference_source,
    packages=("tzdata",),
)


def _routers() -> "Sequence[APIRouter]":
    from sessions.feed.api import routes as feed
    from sessions.meetings.api import routes as meeting_routes
    from sessions.session.agenda_api import routes as agenda
    from sessions.session.api import routes
    from sessions.session.content_api import routes as content
    from sessions.session.follow_ups_api import routes as follow_ups
    from sessions.session.lists import routes as lists

    return (routes, content, agenda, follow_ups, lists, meeting_routes, feed)


def _pages() -> "Sequence[APIRouter]":
    from sessions.feed.pages import routes

    return (routes,)


definition = ServiceDefinition(
    service=service,
    title="Sessions",
    description="Sessions of two partners, and what each of them reports afterwards.",
    settings=SessionsSettings,
    opening=use,
    people=people_in_read_models,
    routers=_routers,
    pages=_pages,
    problems=PROBLEMS,
    events={kind: EVENTS[kind] for kind in ("session", "meetings", "feed")},
)
