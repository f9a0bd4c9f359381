"""What sessions is made of: the one file that knows every part of this service."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coaching_events.registry import EVENTS
from coaching_events.topics import SERVICE_OF_KIND, TOPICS
from coaching_rows import CALENDAR_ROWS, PARTNERSHIP_ROWS, PERSON_ROWS
from coaching_rows.asking_limits import ASKING, AskingSettings
from coaching_rows.people import people_in_rows
from coaching_rows.source import pair_facts
from eventlog.service import Service
from service_kit.composition import Composition
from sessions.problems import PROBLEMS
from sessions.reactions import (
    when_absence_recorded_then_wake_their_sessions,
    when_partnership_ended_then_cancel_its_sessions,
    when_partnership_paused_or_resumed_then_wake_its_sessions,
)
from sessions.session import sessions

if TYPE_CHECKING:
    from fastapi import APIRouter


service = Service(
    name="sessions",
    writes=TOPICS["sessions"],
    listens=(TOPICS["partnerships"],),
    topics=TOPICS,
    owners=SERVICE_OF_KIND,
    aggregates=(sessions,),
    projections=(PERSON_ROWS, CALENDAR_ROWS, PARTNERSHIP_ROWS),
    rows=3,
    reactions=(
        when_partnership_ended_then_cancel_its_sessions.reaction,
        when_partnership_paused_or_resumed_then_wake_its_sessions.reaction,
        when_absence_recorded_then_wake_their_sessions.reaction,
    ),
    facts=pair_facts,
    packages=("tzdata",),
)


def _routers() -> "Sequence[APIRouter]":
    from sessions.session.api import routes
    from sessions.session.lists import routes as lists

    return (routes, lists)


composition = Composition(
    service=service,
    title="Sessions",
    description="When two partners meet, and what each of them says about it afterwards.",
    settings=AskingSettings,
    opening=ASKING.use,
    people=people_in_rows,
    routers=_routers,
    problems=PROBLEMS,
    events={"session": EVENTS["session"]},
)
