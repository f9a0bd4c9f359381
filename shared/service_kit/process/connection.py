"""A service with its connections to the database and the broker: made, started and closed."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from coaching_events.kafka.refusals import check
from eventlog import Clock, pauses
from eventlog.commands import EventLog
from eventlog.consumers import Projections
from eventlog.outbox import KafkaPublisher, OutboxRelay, Topic, ensure_topics, kafka_broker
from eventlog.service import Service, ServiceContext
from eventlog.simulation import SimulatedClock
from eventlog.stores import StoreUnavailable
from eventlog.stores.mongo import MongoClient, MongoStore
from service_kit.observability.clock_comparison import ClockComparison, ComparedClock
from service_kit.observability.lag_monitor import LagMonitor
from service_kit.observability.logs import set_up
from service_kit.observability.packages import Packages, installed
from service_kit.process.definition import ServiceDefinition, SettingRefused
from service_kit.process.settings import Settings

log = structlog.stdlib.get_logger(__name__)

C = TypeVar("C", bound=Settings)

LONGEST_PAUSE = 5.0
"""Seconds between two tries to reach the database or the broker at start, at most."""
DRAIN = 10.0
"""Seconds in which a process that stops publishes what it has written. Sweepers of other processes do the rest."""


class ReadModelsIncomplete(Exception):
    """The read models of this projection version are incomplete."""


@dataclass
class Connection:
    """The connections of one process, and the service that uses them."""

    service: Service
    settings: Settings
    mongo: MongoClient
    store: MongoStore
    broker: KafkaBroker
    clock: Clock
    service_context: ServiceContext
    watch: LagMonitor
    clocks: ClockComparison
    packages: Packages
    database_prepared: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    broker_started: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def prepare_database(self) -> None:
        """Check ID_KEY and create indexes as soon as the database answers; raises SettingRefused."""
        await retry(self._check_key_of_ids, "database", StoreUnavailable)
        streams = [(kind.kind, name) for kind in self.service.aggregates for name in kind.indexes]
        read_models = [(kind.kind, name) for kind in self.service.projections for name in kind.indexes]
        await retry(lambda: self.store.prepare(streams, read_models), "database", StoreUnavailable)
        self.database_prepared.set()

    async def _check_key_of_ids(self) -> None:
        if not await self.store.ids_are_made_with(self.service_context.log.ids.fingerprint):
            raise SettingRefused("ID_KEY is not the key that made the ids in this database: set that key again")

    async def note_read_models_built(self) -> None:
        """Record that the read models of this projection version are complete, as soon as the database answers."""
        await retry(self.store.note_read_models_built, "database", StoreUnavailable)

    async def read_models_are_built(self) -> None:
        """Raise ReadModelsIncomplete while they are being built beside those of another projection version."""
        if not await self.store.read_models_are_built():
            raise ReadModelsIncomplete

    async def start_broker(self) -> None:
        """Create missing topics and connect as soon as the broker answers; raises WrongTopic or SecurityFault."""
        names = dict.fromkeys((self.service.writes, *self.service.listens))
        topics = [Topic(name, self.settings.partitions(name)) for name in names]

        async def start() -> None:
            url, security = self.settings.kafka_url, self.settings.kafka_security
            await check(url, security)
            await ensure_topics(url, topics, create=self.settings.create_topics, security=security)
            await self.broker.start()

        await retry(start, "broker", KafkaError, OSError)
        self.broker_started.set()

    async def close(self) -> None:
        """Publish what is left within DRAIN seconds, and close the connections."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN):
                await self.service_context.log.relay.drain()
        for closing in (self.watch.close, self.broker.stop):
            try:
                async with asyncio.timeout(DRAIN):
                    await closing()
            except (KafkaError, OSError, TimeoutError) as away:
                log.warning("a connection was not closed in good order", error=type(away).__name__)
        await self.mongo.close()


def connect(definition: ServiceDefinition[C], settings: C) -> Connection:
    """Make all that a process of this service uses, without waiting for a server.

    The command line uses it too, so it decides with the same settings.
    """
    definition.opening(settings)
    service = settings.deployed(definition.service)
    mongo = MongoClient(settings.mongo_url, settings.mongo_driver, pool=settings.mongo_pool)
    prefix = settings.database_prefix
    store = MongoStore(
        mongo, f"{prefix}_{service.name}", topic=service.writes, projection_version=service.projection_version
    )
    broker = kafka_broker(settings.kafka_url, f"{service.name}.{settings.instance_id}", settings.kafka_security)
    relay = OutboxRelay(service.name, service.writes, store, KafkaPublisher(broker), settings.installation)
    projections = Projections(service.projections_handler, store, service.projections, service.sources)
    clocks = ClockComparison(mongo.server_time, settings.tolerance)
    clock = SimulatedClock(mongo, f"{prefix}_clock") if settings.clock == "simulated" else ComparedClock(clocks)
    packages = Packages(
        installed(service.packages), store.note_packages, store.packages, older_allowed=settings.older_packages
    )
    event_log = EventLog(
        service.name,
        store,
        relay,
        service.reference_source(store, projections),
        {aggregate.kind: aggregate for aggregate in service.aggregates},
        clock,
        str(packages) or None,
        settings.ids,
    )
    return Connection(
        service=service,
        settings=settings,
        mongo=mongo,
        store=store,
        broker=broker,
        clock=clock,
        service_context=ServiceContext(service=service, log=event_log, projections=projections, store=store),
        watch=LagMonitor(settings.kafka_url, service.listens, service.groups, settings.kafka_security),
        clocks=clocks,
        packages=packages,
    )


@asynccontextmanager
async def connected(definition: ServiceDefinition[C], settings: C) -> AsyncGenerator[Connection]:
    """The connection of one command of the command line, with logs set up. It is closed at the end."""
    set_up(settings.logs, definition.service.name)
    connection = connect(definition, settings)
    try:
        yield connection
    finally:
        await connection.close()


async def retry(step: Callable[[], Awaitable[None]], server: str, *away: type[Exception]) -> None:
    """Repeat a step with longer and longer pauses while a server is away, as the exceptions ``away`` show."""
    for pause in pauses(0.2, LONGEST_PAUSE):
        try:
            return await step()
        except away as reason:
            log.warning(f"{server} away, trying again", error=type(reason.__cause__ or reason).__name__)
        await asyncio.sleep(pause)
