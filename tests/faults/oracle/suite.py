"""The four services as they say themselves what they own and what they know of others: what a fold is."""

from collections.abc import Mapping, Sequence
from typing import Any

from coaching_events.envelope import Recorded
from coaching_events.ids import StreamId, kind_of
from eventlog import AnyAggregate
from eventlog.projection import AnyProjection
from eventlog.service import Service
from goals.app import service as goals
from notifications.app import service as notifications
from partnerships.app import service as partnerships
from sessions.app import service as sessions
from tests.faults.oracle.evidence import Written

SERVICES: Sequence[Service] = (partnerships, goals, sessions, notifications)
ROWS_IN_USE = goals.projection_version
"""The number of the rows that every service with rows fills and reads."""
AGGREGATES: Mapping[str, AnyAggregate] = {each.kind: each for service in SERVICES for each in service.aggregates}
OWNER: Mapping[str, Service] = {each.kind: service for service in SERVICES for each in service.aggregates}
ROWS: Mapping[str, Mapping[str, AnyProjection]] = {
    service.name: {each.kind: each for each in service.projections} for service in SERVICES
}


def decoded(stream: StreamId, entry: Written) -> Recorded[Any]:
    """An event of a history at its place; raises ValueError or KeyError for one that is none."""
    event = AGGREGATES[kind_of(stream)].events[entry.type].model_validate_json(entry.data)
    return Recorded(stream=stream, version=entry.version, at=entry.at, event=event, cause=entry.cause)
