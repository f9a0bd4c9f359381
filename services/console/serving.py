"""One process of the console, from start to orderly stop. Any number of them can run side by side."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import replace

import structlog

from coaching_events.topics import TOPICS
from console.acting.outcomes import OutcomeStore
from console.api_client import http_client
from console.app import console_app
from console.browsers.body_limit import READ_TO_THE_END
from console.browsers.sessions import Cookie, SessionStore
from console.context import ConsoleContext
from console.live.changes import Changes, follow
from console.rendering import compile_all
from console.settings import ConsoleSettings
from console.sign_in import SignIn
from eventlog import Clock
from eventlog.clock import RealClock
from eventlog.simulation import SimulatedClock
from eventlog.stores import StoreUnavailable
from eventlog.stores.mongo import MongoClient
from service_kit.observability import TracingMiddleware, set_up, start_tracing
from service_kit.process import ended, loop_factory, retry, stop_signal, tune_garbage_collection, until_stopped
from service_kit.server import GRACE, LEAVE, Health, SecurityHeadersMiddleware, Server, listening

log = structlog.stdlib.get_logger(__name__)


def serve(settings: ConsoleSettings) -> int:
    """Serve until SIGTERM or SIGINT. Returns 0 then, and 1 if a part of the process fails."""
    set_up(settings.logs, "console")
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # it writes a line for every call
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_serve(settings))


async def _serve(settings: ConsoleSettings) -> int:
    stop = stop_signal()
    compile_all()
    mongo = MongoClient(settings.mongo_url, settings.mongo_driver, pool=settings.mongo_pool)
    database = f"{settings.database_prefix}_console"
    sessions, outcomes = SessionStore(mongo, database), OutcomeStore(mongo, database)
    tracing, changes, http = start_tracing("console", settings), Changes(), http_client()
    context = ConsoleContext(
        settings=settings,
        http=http,
        clock=_clock(settings, mongo),
        sign_in=sign_in_of(settings, sessions),
        outcomes=outcomes,
        outcome_cookie=Cookie("tandem-outcomes", settings.is_secure),
        changes=changes,
    )
    app = SecurityHeadersMiddleware(TracingMiddleware(Health(console_app(context, sessions), {"database": mongo.ping})))
    server = Server(app, replace(settings.client_limits, largest_message=2 * READ_TO_THE_END))
    door = listening(settings.host, settings.port, "serve", settings.port_file)
    topics = [settings.topics[name].name if name in settings.topics else topic for name, topic in TOPICS.items()]
    duties: dict[str, Coroutine[object, object, None]] = {
        "http": server.serve([door]),
        "database": _prepared(sessions, outcomes),
        "live": follow(changes, settings.kafka_url, topics, settings.kafka_security.connection),
    }
    tasks = {asyncio.create_task(duty, name=name) for name, duty in duties.items()}
    tune_garbage_collection()
    try:
        return await until_stopped(stop, tasks)
    finally:
        changes.end()
        server.should_exit = True
        await ended({task for task in tasks if task.get_name() == "http"}, LEAVE + GRACE + 1)
        for task in tasks:
            task.cancel()
        await ended(tasks, GRACE)
        await http.aclose()
        await mongo.close()
        await tracing.end()
        log.info("stopped")


def _clock(settings: ConsoleSettings, mongo: MongoClient) -> Clock:
    """The clock of the services, so that pages say what is today as they do."""
    return SimulatedClock(mongo, f"{settings.database_prefix}_clock") if settings.clock == "simulated" else RealClock()


async def _prepared(sessions: SessionStore, outcomes: OutcomeStore) -> None:
    """Create the indexes as soon as the database answers, then wait for the end."""
    await retry(sessions.prepare, "database", StoreUnavailable)
    await retry(outcomes.prepare, "database", StoreUnavailable)
    await asyncio.Event().wait()


def sign_in_of(settings: ConsoleSettings, sessions: SessionStore) -> SignIn:
    """The way to sign in that the settings name. Each imports libraries that the other does not need."""
    if settings.sign_in == "local" and settings.local_issuer is not None:
        from console.sign_in.local import LocalSignIn

        return LocalSignIn(settings.local_issuer, settings.local_people)
    from console.sign_in.openid import OpenIdSignIn

    return OpenIdSignIn(settings, sessions)
