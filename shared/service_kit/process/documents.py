"""A service's two documents: OpenAPI for its clients, AsyncAPI for its subscribers."""

import json
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, TypeVar

from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI

from coaching_events.event import Event
from service_kit.http.application import api
from service_kit.observability.lag_monitor import LagMonitor
from service_kit.process.definition import ServiceDefinition
from service_kit.process.settings import Settings

C = TypeVar("C", bound=Settings)

_NO_BROKER = "localhost:9092"
"""The document needs some address; the real brokers are in KAFKA_URL only."""


def openapi(definition: ServiceDefinition[C]) -> Mapping[str, Any]:
    """The document that the running service has at /openapi.json."""
    watch = LagMonitor("", (), ())
    app = api(
        definition.routers(),
        watch=watch,
        title=definition.title,
        description=definition.description,
        problems=definition.problems,
    )
    return app.openapi()


def asyncapi(definition: ServiceDefinition[C]) -> Mapping[str, Any]:
    """What the service publishes and follows, without addresses of brokers."""
    service = definition.service
    broker = KafkaBroker(_NO_BROKER)
    classes = [each for events in (definition.events or {}).values() for each in events.values()]
    broker.publisher(
        service.writes,
        title=service.writes,
        description=f"Everything that happens in {service.name}, in order for each stream.",
        schema=_any_of(classes),
    )
    for topic in service.listens:
        description = f"Followed by {', '.join(service.groups)}, each event by its position."
        broker.subscriber(topic, title=f"{topic}, followed", description=description)(_follow)
    document = AsyncAPI(broker, title=definition.title, version="1", description=definition.description)
    return json.loads(document.to_specification().to_json())


def _any_of(classes: Sequence[type[Event]]) -> type[Event] | UnionType | None:
    union: type[Event] | UnionType | None = None
    for each in classes:
        union = each if union is None else union | each
    return union


async def _follow(data: bytes) -> None:
    """An event's data; its envelope is in the headers (CloudEvents, binary mode)."""
