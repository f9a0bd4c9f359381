"""One process of a service from start to orderly stop: ``serve`` (HTTP), ``work`` (a worker), or ``all`` (both)."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal, TypeVar

import structlog
from starlette.types import ASGIApp

from coaching_events.kafka_security import SecurityFault
from service_kit.authentication.issuers import token_reader
from service_kit.observability.logs import message, set_up
from service_kit.observability.metrics import keep_gauges, keep_lag, say_what_runs
from service_kit.observability.tracing import TracingMiddleware, start_tracing
from service_kit.observability.watchdog import Stuck, end_anyway
from service_kit.process.connection import Connection, connect
from service_kit.process.console_output import print_error
from service_kit.process.definition import ServiceDefinition, SettingRefused, WorkerContext
from service_kit.process.settings import Settings
from service_kit.process.worker import Worker
from service_kit.server.health import Check, Health
from service_kit.server.limits import RequestSlots
from service_kit.server.security_headers import SecurityHeadersMiddleware
from service_kit.server.server import GRACE, LEAVE, Server, listening

log = structlog.stdlib.get_logger(__name__)

C = TypeVar("C", bound=Settings)
Mode = Literal["serve", "work", "all"]


def run(definition: ServiceDefinition[C], settings: C, mode: Mode) -> int:
    """Run until SIGTERM or SIGINT (0), until a part of it fails (1), or a server refuses it at start (2)."""
    set_up(settings.logs, definition.service.name)
    say_what_runs(definition.service)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_live(definition, settings, mode))


async def _live(definition: ServiceDefinition[C], settings: C, mode: Mode) -> int:
    stop = _stop_signal()
    connection = connect(definition, settings)
    tracing = start_tracing(definition.service.name, settings)
    worker: Worker | None = None
    if mode != "serve":
        tasks = definition.tasks(WorkerContext(connection.service_context, connection.clock, settings))
        worker = Worker(connection, tasks)
    servers = _servers(definition, connection, mode, _checks(connection, worker))
    duties: dict[str, Coroutine[Any, Any, None]] = {
        **{name: server.serve([door]) for name, (server, door) in servers.items()},
        "work": _follow_nothing(connection) if worker is None else _work(definition.check(settings), worker),
        "gauges": keep_gauges(connection.store, connection.clock),
        "lag": keep_lag(connection.watch, connection.broker_started),
        "clocks": connection.clocks.keep_comparing(),
        "packages": connection.packages.note_when(connection.service_context.log.has_written),
    }
    if worker is not None:
        duties["watchdog"] = worker.keep_watch()
    tasks = {asyncio.create_task(duty, name=name) for name, duty in duties.items()}
    _spare_the_collector()
    try:
        return await _until(stop, tasks)
    finally:
        for server, _ in servers.values():
            server.should_exit = True
        await _ended({task for task in tasks if task.get_name() in servers}, LEAVE + GRACE + 1)
        if worker is not None:
            await worker.finish_batches()
        for task in tasks:
            task.cancel()
        await _ended(tasks, GRACE)
        await connection.close()
        await tracing.end()
        log.info("stopped")


async def _until(stop: asyncio.Event, tasks: set["asyncio.Task[None]"]) -> int:
    """Wait for the signal, or for the first part that ends by itself: none should."""
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    for task in done - {stopping}:
        error = task.exception()
        first = None if error is None else _first(error)
        why = "it ended by itself" if first is None else message(first)
        told = error
        if isinstance(first, Stuck):
            end_anyway()
            told = None  # where it was raised says nothing
        if isinstance(first, SecurityFault | SettingRefused):
            print_error(f"{first}.")
            return 2
        log.critical("a part of this process failed: it ends", part=task.get_name(), why=why, exc_info=told)
    return 0 if stopping in done else 1


def _first(error: BaseException) -> BaseException:
    """The first of those that ended a group of tasks."""
    together: Sequence[BaseException] = getattr(error, "exceptions", ())
    return _first(together[0]) if together else error


async def _work(check: Awaitable[None], worker: Worker) -> None:
    await check
    await worker.run()


async def _follow_nothing(connection: Connection) -> None:
    """What serve does besides HTTP: prepare the database, and connect to the broker whenever that answers."""
    await asyncio.gather(connection.prepare_database(), connection.start_broker())
    await asyncio.Event().wait()


def _servers(
    definition: ServiceDefinition[C], connection: Connection, mode: Mode, checks: Mapping[str, Check]
) -> Mapping[str, tuple[Server, socket.socket]]:
    """The HTTP servers of this process and where they listen: one, or one more for health and metrics alone."""
    settings, slots = connection.settings, RequestSlots()
    if mode != "work":
        checks = {**checks, "slots": slots.check}
    health = SecurityHeadersMiddleware(TracingMiddleware(Health(None, checks)))
    if mode == "work":
        app, port, apart = health, settings.health_port, None
    else:
        apart = settings.serve_health_port
        app, port = _application(definition, connection, checks, slots), settings.port
    servers = {"http": (Server(app, settings.client_limits), listening(settings.host, port, mode, settings.port_file))}
    if apart is not None:
        servers["health"] = (Server(health, settings.client_limits), listening(settings.host, apart, "health"))
    return servers


def _application(
    definition: ServiceDefinition[C], connection: Connection, checks: Mapping[str, Check], slots: RequestSlots
) -> ASGIApp:
    # Imported here, because a worker does without: it is a fifth smaller.
    from service_kit.http.application import http_app
    from service_kit.http.middleware.rate_limits import Rate, RateLimits

    settings = connection.settings
    limits = RateLimits(
        people=Rate(settings.rate_limit, settings.rate_burst),
        systems=Rate(settings.rate_limit_systems, settings.rate_burst_systems),
        searches=Rate(settings.rate_limit_searches, settings.rate_burst_searches),
    )
    people, tokens = definition.people(connection.service_context), token_reader(settings)
    return http_app(
        connection.service_context,
        connection.clock,
        people,
        tokens,
        definition.routers(),
        watch=connection.watch,
        title=definition.title,
        description=definition.description,
        checks=checks,
        health=settings.serve_health_port is None,
        limits=limits,
        pages=definition.pages(),
        problems=definition.problems,
        slots=slots,
        client_limits=settings.client_limits,
    )


def _checks(connection: Connection, worker: Worker | None) -> Mapping[str, Check]:
    """Serving is ready while the database answers, its clock agrees and nobody decides with newer data of time, unless
    rows are still built beside others.

    A worker is ready when it has caught up as well.
    """
    checks: dict[str, Check] = {
        "database": connection.mongo.ping,
        "clock": connection.clocks.check,
        "packages": connection.packages.check,
        "prepared": _set(connection.database_prepared),
    }
    if worker is None and connection.service.projections:
        checks["read-models"] = connection.read_models_are_built
    if worker is not None:
        checks["broker"] = _set(connection.broker_started)
        checks["caught-up"] = _set(worker.caught_up)
    return checks


def _set(event: asyncio.Event) -> Check:
    async def is_set() -> None:
        if not event.is_set():
            raise RuntimeError

    return is_set


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _ended(tasks: set["asyncio.Task[None]"], seconds: float) -> None:
    if tasks:
        done, _ = await asyncio.wait(tasks, timeout=seconds)
        for task in done:
            with suppress(asyncio.CancelledError):
                task.exception()


def _spare_the_collector() -> None:
    # What is there now stays for ever; the rest is short-lived. Saves a quarter of the CPU of commands and consuming.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop
