"""What sessions is made of: the one file that knows every part of this service."""

from coaching_events.registry import EVENTS
from coaching_events.topics import TOPICS
from coaching_rows import CALENDAR_ROWS, PARTNERSHIP_ROWS, PERSON_ROWS, KnownPerson, identity
from coaching_rows.source import PairFactSource
from eventlog.decide import FactSource
from eventlog.projection import Projections, RowFacts
from eventlog.service import Running, Service
from eventlog.store import Store
from service_kit.composition import Composition
from service_kit.people import PeopleInRows
from service_kit.settings import Settings
from sessions.reactions import (
    when_absence_recorded_then_wake_their_sessions,
    when_partnership_ended_then_cancel_its_sessions,
    when_partnership_paused_or_resumed_then_wake_its_sessions,
)
from sessions.session import sessions
from sessions.session.api import routes


def _facts(_: Store, projections: Projections) -> FactSource:
    return PairFactSource(RowFacts(projections, held=(CALENDAR_ROWS.kind,)))


def _people(running: Running) -> PeopleInRows:
    return PeopleInRows(projections=running.projections, identity=identity, active=_is_active)


def _is_active(person: KnownPerson) -> bool:
    return person.active


service = Service(
    name="sessions",
    writes=TOPICS["sessions"],
    listens=(TOPICS["partnerships"],),
    aggregates=(sessions,),
    projections=(PERSON_ROWS, CALENDAR_ROWS, PARTNERSHIP_ROWS),
    rows=1,
    reactions=(
        when_partnership_ended_then_cancel_its_sessions.reaction,
        when_partnership_paused_or_resumed_then_wake_its_sessions.reaction,
        when_absence_recorded_then_wake_their_sessions.reaction,
    ),
    facts=_facts,
)

composition = Composition(
    service=service,
    title="Sessions",
    description="When two partners meet, and what each of them says about it afterwards.",
    settings=Settings,
    people=_people,
    routers=(routes,),
    events={"session": EVENTS["session"]},
)
