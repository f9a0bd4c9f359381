"""Sweep: what is due is claimed by the batch, decided, and written by one guarded bulk. Workers share the work."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter, Histogram

from coaching_events.ids import StreamId, kind_of, position
from eventlog.aggregate import AnyAggregate, CatchingUp, Facts
from eventlog.clock import Clock, wall_in, wall_now
from eventlog.decide import Command, EventLog, prepare
from eventlog.positions import jitter
from eventlog.store import DeadLetter, Document, StoreUnavailable, Write

log = structlog.stdlib.get_logger(__name__)

CLAIM = 30.0
"""Seconds for which a batch belongs to the worker that took it; a crash gives it back after that."""
LONGEST_BACK_OFF = 300.0

OUTCOMES = Counter("tandem_deadline_outcomes_total", "Deadlines decided")
LATENESS = Histogram("tandem_deadline_lateness_seconds", "How long after its instant a deadline was decided")


@dataclass
class Deadlines:
    """The deadline sweep of one worker."""

    log: EventLog
    clock: Clock
    tolerance: timedelta = timedelta(0)
    limit: int = 500
    _failures: dict[StreamId, int] = field(default_factory=dict[StreamId, int], init=False)

    async def sweep(self) -> int:
        """Take one batch of what is due: how many there were. At most five database commands."""
        now = await self.clock.now() - self.tolerance
        due = await self.log.store.due(now, wall_now(), wall_in(CLAIM + jitter(1.0)), self.limit)
        if not due:
            return 0
        wakes = [await self._awaken(document) for document in due]
        needed = {stream for wake in wakes for stream in wake.aggregate.needs(wake.state)}
        facts = await self.log.facts.read([*needed]) if needed else {}
        writes: list[Write] = []
        for wake in wakes:
            write = await self._decide(wake, now, facts)
            if write is not None:
                writes.append(write)
                LATENESS.observe(max(0.0, (now - wake.at).total_seconds()))
        await self._write(writes)
        OUTCOMES.inc(len(writes))
        return len(due)

    async def run(self, *, pause: float) -> None:
        """Sweep for ever; pause only when nothing is due."""
        while True:
            try:
                taken = await self.sweep()
            except StoreUnavailable as away:
                log.warning("database away, sweeping later", error=str(away))
                await asyncio.sleep(1.0)
                continue
            if taken == 0:
                await asyncio.sleep(pause)

    async def _awaken(self, document: Document) -> "_Wake":
        aggregate = self.log.aggregates[kind_of(document.stream)]
        assert document.wake_at is not None  # only what has a deadline is due
        return _Wake(aggregate, document, await self.log.state(aggregate, document), document.wake_at)

    async def _decide(self, wake: "_Wake", now: datetime, facts: Facts) -> Write | None:
        document, aggregate = wake.document, wake.aggregate
        command = Command(id=f"{position(document.stream, document.version)}|due", at=wake.at)
        try:
            decisions = aggregate.wake(wake.state, at=wake.at, now=now, facts=aggregate.facts(facts))
            if not decisions:
                raise DecidedNothing(f"{document.stream} was due at {wake.at} and decided nothing")
            write, _ = prepare(aggregate, document.stream, document, wake.state, command, decisions)
        except CatchingUp as behind:
            await self._back_off(document, str(behind))
            return None
        except Exception as wrong:  # whatever one aggregate raises must not stop the others
            log.error("deadline failed", stream=document.stream, exc_info=wrong)
            await self._back_off(document, str(wrong))
            await self._remember(document, wrong)
            return None
        self._failures.pop(document.stream, None)
        return write

    async def _write(self, writes: Sequence[Write]) -> None:
        if not writes:
            return
        if await self.log.store.append_many(writes) == len(writes):
            for write in writes:
                self.log.relay.submit(write)
            return
        # Somebody was faster for some: whatever stands in the documents now is what may be published.
        for document in await self.log.store.states([write.stream for write in writes]):
            self.log.relay.submit_stored(document)

    async def _back_off(self, document: Document, why: str) -> None:
        failures = self._failures.get(document.stream, 0) + 1
        self._failures[document.stream] = failures
        seconds = jitter(min(LONGEST_BACK_OFF, 0.05 * 2**failures))
        log.warning("deadline waits", stream=document.stream, why=why, seconds=round(seconds, 2))
        await self.log.store.set_aside(document.stream, wall_in(seconds))

    async def _remember(self, document: Document, wrong: Exception) -> None:
        handler = f"{self.log.service}.deadlines"
        letter = DeadLetter(
            id=f"{handler}|{position(document.stream, document.version)}", handler=handler, reason="failed",
            stream=document.stream, version=document.version, tries=self._failures.get(document.stream, 1),
            next_try=wall_in(LONGEST_BACK_OFF), error=f"{type(wrong).__name__}: {wrong}"[:2000], headers={}, raw=b"",
            since=wall_now(),
        )  # fmt: skip
        await self.log.store.put_dead_letters([letter])


class DecidedNothing(Exception):
    """A wake at its moment must decide something: an outcome, or when to ask again."""


@dataclass(frozen=True, slots=True)
class _Wake:
    aggregate: AnyAggregate
    document: Document
    state: Any
    at: datetime
