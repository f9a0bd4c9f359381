"""What a service's app.py defines. The commands serve, work and all, and the command line, are made from it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from coaching_events.event import Event
from eventlog import Clock
from eventlog.service import Service, ServiceContext
from service_kit.process.people import People
from service_kit.process.settings import Settings

if TYPE_CHECKING:
    from fastapi import APIRouter

C = TypeVar("C", bound=Settings)

Task = Callable[[], Awaitable[None]]
"""A task that a worker runs until it is cancelled."""


class SettingRefused(Exception):
    """A setting does not fit a server. The text says which one and why, without a full stop."""


@dataclass(frozen=True, slots=True)
class WorkerContext(Generic[C]):
    """What a worker's further tasks need."""

    service_context: ServiceContext
    clock: Clock
    settings: C


async def _no_check(_: Settings) -> None: ...


@dataclass(frozen=True, kw_only=True)
class ServiceDefinition(Generic[C]):
    """A service and its surroundings.

    ``events`` are the events of its topic, for the AsyncAPI document; ``problems`` are the types of its own refusals,
    for the OpenAPI document.

    Only a process that serves calls ``people``, ``routers`` and ``pages``, so workers import nothing of them. ``pages``
    need no token and are in no document: a sealed link opens what it names.
    Every process that connects calls ``opening`` with the settings before it reads anything.
    Every worker awaits ``check`` before it begins; it raises SettingRefused.
    Every worker runs ``tasks`` once it has caught up, for example a loop that sends mail.
    """

    service: Service
    title: str
    description: str
    settings: type[C]
    people: Callable[[ServiceContext], People]
    routers: Callable[[], Sequence["APIRouter"]]
    pages: "Callable[[], Sequence[APIRouter]]" = lambda: ()
    opening: Callable[[C], None] = lambda _: None
    check: Callable[[C], Awaitable[None]] = _no_check
    tasks: Callable[[WorkerContext[C]], Sequence[Task]] = lambda _: ()
    events: Mapping[str, Mapping[str, type[Event]]] | None = None
    problems: Sequence[str] = ()
