"""A service's two documents: OpenAPI for those who ask it, AsyncAPI for those who listen to it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI

from coaching_events.event import Event
from service_kit.http.application import api
from service_kit.observability.lag_monitor import LagMonitor
from service_kit.process.definition import ServiceDefinition
from service_kit.process.settings import Settings

C = TypeVar("C", bound=Settings)

_UNTOLD = "localhost:9092"
"""The document needs a server's address; where the brokers really are is told by KAFKA_URL, and not here."""


def openapi(definition: ServiceDefinition[C]) -> Mapping[str, Any]:
    """The document that the running service shows at /openapi.json."""
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
    """What the service publishes, and what it follows; addresses of brokers are left out."""
    service = definition.service
    broker = KafkaBroker(_UNTOLD)
    classes = [each for events in (definition.events or {}).values() for each in events.values()]
    broker.publisher(
        service.writes,
        title=service.writes,
        description=f"Everything that happens in {service.name}, in order for each stream.",
        schema=_any_of(classes),
    )
    for topic in service.listens:
        told = f"Followed by {', '.join(service.groups)}, each event by its position."
        broker.subscriber(topic, title=f"{topic}, followed", description=told)(_follow)
    document = AsyncAPI(broker, title=definition.title, version="1", description=definition.description)
    return json.loads(document.to_specification().to_json())


def _any_of(classes: Sequence[type[Event]]) -> Any:
    union: Any = None
    for each in classes:
        union = each if union is None else union | each
    return union


async def _follow(data: bytes) -> None:
    """An event's data; its envelope is in the headers (CloudEvents, binary mode)."""
