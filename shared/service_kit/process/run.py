"""One process of a service from start to orderly stop: ``serve`` (HTTP), ``work`` (a worker), or ``all`` (both)."""

import asyncio
import socket
from collections.abc import Awaitable, Coroutine, Mapping
from typing import Literal, TypeVar

import structlog
from starlette.types import ASGIApp

from service_kit.authentication.issuers import token_reader
from service_kit.observability.logs import set_up
from service_kit.observability.metrics import keep_gauges, keep_lag, set_build_info
from service_kit.observability.tracing import TracingMiddleware, start_tracing
from service_kit.process.connection import Connection, connect
from service_kit.process.definition import ServiceDefinition, WorkerContext
from service_kit.process.lifetime import ended, loop_factory, stop_signal, tune_garbage_collection, until_stopped
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
    """Run a process. Returns 0 after SIGTERM or SIGINT, 1 if a part fails, 2 if a server refuses a setting at start."""
    set_up(settings.logs, definition.service.name)
    set_build_info(definition.service)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_run(definition, settings, mode))


async def _run(definition: ServiceDefinition[C], settings: C, mode: Mode) -> int:
    stop = stop_signal()
    connection = connect(definition, settings)
    tracing = start_tracing(definition.service.name, settings)
    worker: Worker | None = None
    if mode != "serve":
        tasks = definition.tasks(WorkerContext(connection.service_context, connection.clock, settings))
        worker = Worker(connection, tasks)
    servers = _servers(definition, connection, mode, _checks(connection, worker))
    duties: dict[str, Coroutine[object, object, None]] = {
        **{name: server.serve([door]) for name, (server, door) in servers.items()},
        "work": _connect(connection) if worker is None else _work(definition.check(settings), worker),
        "gauges": keep_gauges(connection.store, connection.clock),
        "lag": keep_lag(connection.watch, connection.broker_started),
        "clocks": connection.clocks.keep_comparing(),
        "packages": connection.packages.record_when(connection.service_context.log.has_written),
    }
    if worker is not None:
        duties["watchdog"] = worker.keep_watch()
    tasks = {asyncio.create_task(duty, name=name) for name, duty in duties.items()}
    tune_garbage_collection()
    try:
        return await until_stopped(stop, tasks)
    finally:
        for server, _ in servers.values():
            server.should_exit = True
        await ended({task for task in tasks if task.get_name() in servers}, LEAVE + GRACE + 1)
        if worker is not None:
            await worker.finish_batches()
        for task in tasks:
            task.cancel()
        await ended(tasks, GRACE)
        await connection.close()
        await tracing.end()
        log.info("stopped")


async def _work(check: Awaitable[None], worker: Worker) -> None:
    await check
    await worker.run()


async def _connect(connection: Connection) -> None:
    """Besides HTTP, serve prepares the database and connects to the broker as soon as it answers."""
    await asyncio.gather(connection.prepare_database(), connection.start_broker())
    await asyncio.Event().wait()


def _servers(
    definition: ServiceDefinition[C], connection: Connection, mode: Mode, checks: Mapping[str, Check]
) -> Mapping[str, tuple[Server, socket.socket]]:
    """The HTTP servers of this process and their sockets. A second one may have health and metrics alone."""
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
    # Imported here because a worker does not need it and is a fifth smaller without it.
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
    """The checks of /health/ready.

    A process is ready while the database answers, the clocks agree, and no decision was made with newer time data. A
    server waits until the read models are built; a worker until it has caught up.
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
