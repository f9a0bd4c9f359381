"""A worker: it follows the topics; once it has caught up it reacts to events and handles what is due."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from eventlog.consumers import (
    PROJECTION_BATCH,
    REACTION_BATCH,
    KafkaConsumer,
    Reactions,
    run_partition_workers,
    try_waiting_again,
)
from eventlog.outbox import BrokerUnavailable
from eventlog.simulation import SimulatedDeadlines
from eventlog.stores import StoreUnavailable
from eventlog.timers import Deadlines
from service_kit.observability.watchdog import keep_watch
from service_kit.process.connection import Connection
from service_kit.process.definition import Task

log = structlog.stdlib.get_logger(__name__)

PAUSE = 0.2
PAUSE_OF_A_SIMULATION = 0.03
"""Seconds between two sweeps when nothing was due."""
LAST_BATCH = 10.0
"""Seconds in which a running batch can finish when the process stops."""


@dataclass
class Worker:
    """One worker of a service. It is made before the broker starts, which starts its consumer for projections too.

    Its consumer for reactions joins the group when the read models have caught up. Until then other workers react, also
    while this one builds the read models of the next projection version for a long time.
    """

    connection: Connection
    tasks: Sequence[Task] = ()
    caught_up: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _following: KafkaConsumer | None = field(default=None, init=False)
    _reacting: KafkaConsumer | None = field(default=None, init=False)
    _reactions: Reactions = field(init=False)

    def __post_init__(self) -> None:
        service, service_context = self.connection.service, self.connection.service_context
        self._reactions = Reactions(service_context.log, service.reactions, service_context.projections)
        if service.projections and service.listens:
            self._following = self._consumer(service.projections_group)

    async def run(self) -> None:
        """Work until cancelled. An exception of one loop ends all loops and is raised here."""
        await self.connection.prepare_database()
        await self.connection.start_broker()
        async with asyncio.TaskGroup() as group:
            if self._following is not None:
                projecting = run_partition_workers(
                    self._following, self.connection.service_context.projections.take, limit=PROJECTION_BATCH
                )
                _begin(group, "projections", projecting)
                await self._catch_up(self._following)
                await self.connection.note_read_models_built()
            service = self.connection.service
            if service.reactions and service.listens:
                # Before caught_up is set, because the watchdog looks at it from then on.
                self._reacting = self._consumer(service.reactions_group)
            self.caught_up.set()
            log.info("caught up", instance_id=self.connection.settings.instance_id)
            for name, loop in self._once_caught_up().items():
                _begin(group, name, loop)

    async def keep_watch(self) -> None:
        """Check that the consumers make progress; raises Stuck. Reactions are checked once they have begun."""
        async with asyncio.TaskGroup() as group:
            if self._following is not None:
                group.create_task(self._watched(self._following))
            await self.caught_up.wait()
            if self._reacting is not None:
                group.create_task(self._watched(self._reacting))
            await asyncio.Event().wait()

    async def _watched(self, consumer: KafkaConsumer) -> None:
        connection = self.connection
        await connection.broker_started.wait()
        await keep_watch(consumer, connection.watch, connection.mongo.ping, connection.settings.watchdog_seconds)

    async def finish_batches(self) -> None:
        """Let running batches finish and start no others. Then the loops may be cancelled."""
        for consumer in (self._following, self._reacting):
            if consumer is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LAST_BATCH):
                        await consumer.finish()

    def _consumer(self, group: str) -> KafkaConsumer:
        service, settings = self.connection.service, self.connection.settings
        return KafkaConsumer(self.connection.broker, service.listens, group, settings.instance_id)

    def _once_caught_up(self) -> Mapping[str, Coroutine[object, object, None]]:
        connection = self.connection
        simulated = connection.settings.clock == "simulated"
        deadlines = self._deadlines(simulated)
        loops: dict[str, Coroutine[object, object, None]] = {
            "deadlines": deadlines.run(pause=PAUSE_OF_A_SIMULATION if simulated else PAUSE),
            "relay": connection.service_context.log.relay.run(),
            "waiting reactions": self._try_waiting(),
        }
        if self._reacting is not None:
            loops["reactions"] = self._react(self._reacting)
        for number, task in enumerate(self.tasks, 1):
            loops[f"task {number}"] = _awaited(task)
        return loops

    def _deadlines(self, simulated: bool) -> Deadlines:
        connection, event_log = self.connection, self.connection.service_context.log
        if simulated:  # all processes read one clock, so clocks need no tolerance
            return SimulatedDeadlines(event_log, connection.clock)
        tolerance, clocks = connection.settings.tolerance, connection.clocks
        return Deadlines(event_log, connection.clock, tolerance, trusted=lambda: clocks.agree)

    async def _catch_up(self, consumer: KafkaConsumer) -> None:
        """Return when the group has read everything that the topics had when this worker started."""
        ends: Mapping[str, int] | None = None
        while True:
            try:
                if ends is None:
                    ends, _ = await self.connection.watch.look()
                if await self.connection.watch.reached(consumer.group, ends):
                    return
            except BrokerUnavailable as away:
                log.warning("broker away while catching up", error=str(away))
                await asyncio.sleep(1.0)
            await asyncio.sleep(0.05)

    async def _react(self, reacting: KafkaConsumer) -> None:
        while True:
            try:
                await reacting.join()
            except BrokerUnavailable as away:
                log.warning("broker away, reacting later", error=str(away))
                await asyncio.sleep(1.0)
            else:
                break
        await run_partition_workers(reacting, self._reactions.take, limit=REACTION_BATCH)

    async def _try_waiting(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            try:
                await try_waiting_again(self.connection.store, self._reactions)
            except StoreUnavailable as away:
                log.warning("database away, waiting reactions are tried later", error=type(away.__cause__).__name__)
            except Exception as wrong:  # the dead letter stays, and the worker goes on
                log.error("a waiting reaction failed", exc_info=wrong)


def _begin(group: asyncio.TaskGroup, name: str, loop: Coroutine[object, object, None]) -> None:
    group.create_task(loop, name=name)


async def _awaited(task: Task) -> None:
    await task()
