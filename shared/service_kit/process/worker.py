"""What a worker does: follow the topics, and, once it knows what had happened before it started, react and sweep."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

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
"""Seconds between two looks for what is due, when nothing was."""
LAST_BATCH = 10.0
"""Seconds that a batch in flight has to finish when the process stops."""


@dataclass
class Worker:
    """One worker of a service. Made before the broker starts, so that the member that fills its rows starts with it.

    The one that reacts joins its group when the rows have caught up: until then others react to everything, also where
    this worker builds rows of the next number for a long time.
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
            self._following = self._inlet(service.projections_group)

    async def run(self) -> None:
        """Work until cancelled. Whatever one of its loops raises ends all of them and is raised here."""
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
                self._reacting = self._inlet(service.reactions_group)  # before anybody is told: it is watched from then
            self.caught_up.set()
            log.info("caught up", slot=self.connection.settings.instance_id)
            for name, loop in self._once_caught_up().items():
                _begin(group, name, loop)

    async def keep_watch(self) -> None:
        """See whether the consumers go on; raises Stuck. Reactions are looked at once they have begun."""
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
        """Let batches in flight finish and no other begin; then the loops may be cancelled."""
        for consumer in (self._following, self._reacting):
            if consumer is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LAST_BATCH):
                        await consumer.finish()

    def _inlet(self, group: str) -> KafkaConsumer:
        service, settings = self.connection.service, self.connection.settings
        return KafkaConsumer(self.connection.broker, service.listens, group, settings.instance_id)

    def _once_caught_up(self) -> Mapping[str, Coroutine[Any, Any, None]]:
        connection = self.connection
        simulated = connection.settings.clock == "simulated"
        deadlines = self._deadlines(simulated)
        loops: dict[str, Coroutine[Any, Any, None]] = {
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
        connection, log_of_service = self.connection, self.connection.service_context.log
        if simulated:  # every process reads the same instant: no clock of a machine is asked
            return SimulatedDeadlines(log_of_service, connection.clock)
        tolerance, clocks = connection.settings.tolerance, connection.clocks
        return Deadlines(log_of_service, connection.clock, tolerance, trusted=lambda: clocks.agree)

    async def _catch_up(self, consumer: KafkaConsumer) -> None:
        """Return when the service's group has read what the topics held when this worker started."""
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
                log.warning("database away, trying later what waits", error=type(away.__cause__).__name__)
            except Exception as wrong:  # one reaction's fault must not stop the worker: its letter stays
                log.error("a waiting reaction failed", exc_info=wrong)


def _begin(group: asyncio.TaskGroup, name: str, loop: Coroutine[Any, Any, None]) -> None:
    group.create_task(loop, name=name)


async def _awaited(task: Task) -> None:
    await task()
