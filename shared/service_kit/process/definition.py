"""What a service's app.py says: its parts, named once. From it come serve, work, all, and the command line."""

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
"""Something that a worker does until it is cancelled."""


class SettingRefused(Exception):
    """A server and a setting do not go together. The text says which and why, without a full stop."""


@dataclass(frozen=True, slots=True)
class WorkerContext(Generic[C]):
    """What a worker's further tasks are made of."""

    service_context: ServiceContext
    clock: Clock
    settings: C


def no_tasks(_: WorkerContext[C]) -> Sequence[Task]:
    """For services whose workers do nothing besides listening, reacting and sweeping."""
    return ()


def nothing_to_open(_: Settings) -> None:
    """For services that need nothing of their settings before they serve or work."""


async def nothing_to_check(_: Settings) -> None:
    """For services that speak to no servers but the database and the broker."""


def no_pages() -> "Sequence[APIRouter]":
    """For services that send nobody a link."""
    return ()


@dataclass(frozen=True, kw_only=True)
class ServiceDefinition(Generic[C]):
    """A service and what surrounds it.

    ``events`` is what its topic carries, for the AsyncAPI document; ``problems`` are the types of its own refusals, for
    the OpenAPI document.

    ``people`` and ``routers`` are asked for by who serves: what they need is imported then, and by no worker.
    ``pages`` are asked for without a token, and stand in no document: whoever has a sealed link sees what it names.
    ``opening`` is called with the settings by whatever connects, before anything is read.
    ``check`` is awaited by each worker before it begins: it raises SettingRefused where it cannot begin so.
    ``tasks`` are run by each worker once it has caught up, such as a loop that sends mail.
    """

    service: Service
    title: str
    description: str
    settings: type[C]
    people: Callable[[ServiceContext], People]
    routers: Callable[[], Sequence["APIRouter"]]
    pages: "Callable[[], Sequence[APIRouter]]" = no_pages
    opening: Callable[[C], None] = nothing_to_open
    check: Callable[[C], Awaitable[None]] = nothing_to_check
    tasks: Callable[[WorkerContext[C]], Sequence[Task]] = no_tasks
    events: Mapping[str, Mapping[str, type[Event]]] | None = None
    problems: Sequence[str] = ()
