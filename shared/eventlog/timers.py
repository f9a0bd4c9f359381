"""Sweep: what is due is claimed by the batch, decided, and written by one guarded bulk. Workers share the work."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter, Histogram

from coaching_events.ids import Position, StreamId, kind_of, position
from eventlog.aggregate import AnyAggregate, CatchingUp, ReferenceData
from eventlog.clock import EPOCH, Clock, wall_in, wall_now
from eventlog.commands import CommandContext, EventLog, prepare
from eventlog.ids import backed_off, jitter
from eventlog.stores.documents import DeadLetter, Document, StoreUnavailable, TooLarge, Unstorable, Write
from eventlog.tracing import NEW_TRACE, span

log = structlog.stdlib.get_logger(__name__)

CLAIM = 10.0
"""Seconds for which a batch belongs to the worker that took it; a crash gives it back after that."""
LONGEST_BACK_OFF = 300.0
MOST_FAILURES = 10_000
"""Streams whose failures are counted here, for their pauses."""
LOOK_ANYWAY = 0.25
"""Seconds after which a sweep looks for what others wrote, though domain time stands still (it is simulated)."""

OUTCOMES = Counter("tandem_deadline_outcomes_total", "Deadlines decided")
LATENESS = Histogram(
    "tandem_deadline_lateness_seconds",
    "How long after its instant a deadline was decided",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
)


@dataclass
class Deadlines:
    """The deadline sweep of one worker.

    What is due is judged at now minus ``tolerance``, by which clocks may differ: so none comes early. While the clock
    is not ``trusted`` nothing is due here, and other workers see to it.
    """

    log: EventLog
    clock: Clock
    tolerance: timedelta = timedelta(0)
    limit: int = 500
    trusted: Callable[[], bool] = lambda: True
    _failures: dict[StreamId, int] = field(default_factory=dict[StreamId, int], init=False)

    async def sweep(self) -> int:
        """Take one batch of what is due: how many there were. At most five database commands."""
        return await self._sweep(await self.clock.now() - self.tolerance)

    async def _sweep(self, now: datetime) -> int:
        due = await self.log.store.due(now, wall_now(), wall_in(CLAIM + jitter(1.0)), self.limit)
        if not due:
            return 0
        wakes = [wake for document in due if (wake := await self._awaken(document)) is not None]
        writes: list[Write] = []
        for wake, view in await self._with_facts(wakes):
            attributes = {"tandem.position": wake.position}
            with span(f"deadline {wake.aggregate.kind}", parent=NEW_TRACE, attributes=attributes):
                write = await self._decide(wake, now, view)
            if write is not None:
                writes.append(write)
                LATENESS.observe(max(0.0, (now + self.tolerance - wake.at).total_seconds()))
        OUTCOMES.inc(await self._write(writes))
        return len(due)

    async def run(self, *, pause: float) -> None:
        """Sweep for ever; pause only when nothing is due. A clock that stands still is looked at alone."""
        stood_at, until = EPOCH, wall_now()
        while True:
            if not self.trusted():
                await asyncio.sleep(pause)
                continue
            try:
                now = await self.clock.now() - self.tolerance
                stands = now == stood_at and wall_now() < until and not self.log.something_due.is_set()
                self.log.something_due.clear()
                taken = 0 if stands else await self._sweep(now)
            except StoreUnavailable as away:
                log.warning("database away, sweeping later", error=str(away))
                await asyncio.sleep(1.0)
                continue
            if taken == 0:
                if not stands:
                    stood_at, until = now, wall_in(LOOK_ANYWAY)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.log.something_due.wait(), pause)

    async def _awaken(self, document: Document) -> "_Wake | None":
        assert document.wake_at is not None  # only what has a deadline is due
        try:
            aggregate = self.log.aggregates[kind_of(document.stream)]
            state = await self.log.state(aggregate, document)
            return _Wake(aggregate, document, state, document.wake_at, tuple(aggregate.required_reads(state)))
        except StoreUnavailable:
            raise
        except Exception as wrong:  # a state that cannot be read must not stop the others
            await self._fail(document, wrong)
            return None

    async def _with_facts(self, wakes: Sequence["_Wake"]) -> Sequence[tuple["_Wake", Any]]:
        """Each with its view of the facts: read for all at once, or one by one if something in them cannot be read."""
        needed = {stream for wake in wakes for stream in wake.needs}
        try:
            reference_data: ReferenceData = await self.log.reference_source.read([*needed]) if needed else {}
        except StoreUnavailable:
            raise
        except Exception as wrong:
            if len(wakes) > 1:
                return [each for wake in wakes for each in await self._with_facts([wake])]
            await self._fail(wakes[0].document, wrong)
            return []
        views = {
            wake.aggregate.kind: wake.aggregate.reference_data(reference_data) for wake in wakes
        }  # one for all: a view may remember
        return [(wake, views[wake.aggregate.kind]) for wake in wakes]

    async def _decide(self, wake: "_Wake", now: datetime, reference_data: Any) -> Write | None:
        document, aggregate = wake.document, wake.aggregate
        command = CommandContext(id=f"{wake.position}|due", at=wake.at)
        try:
            decisions = aggregate.wake(
                wake.state, at=wake.at, now=max(now, document.last_at), reference_data=reference_data
            )
            if not decisions:
                raise DecidedNothing(f"{document.stream} was due at {wake.at} and decided nothing")
            write, _ = prepare(aggregate, document.stream, document, wake.state, command, decisions, used=self.log.used)
        except CatchingUp as behind:
            await self._back_off(document, str(behind))
            return None
        except Exception as wrong:  # whatever one aggregate raises must not stop the others
            await self._fail(document, wrong)
            return None
        return write

    async def _write(self, writes: Sequence[Write]) -> int:
        """One bulk: how many were written. If one of them cannot be held, one by one, so that only that one waits."""
        if not writes:
            return 0
        try:
            written = await self.log.store.append_many(writes)
        except (TooLarge, Unstorable) as unfit:
            if len(writes) > 1:
                return sum([await self._write([write]) for write in writes])
            for document in await self.log.store.states([writes[0].stream]):
                await self._fail(document, unfit)
            return 0
        if written == len(writes):
            for write in writes:
                self.log.written(write)
        else:
            await self._after_lost_races(writes)
        await self._forget_failures(writes)
        return written

    async def _after_lost_races(self, writes: Sequence[Write]) -> None:
        """Somebody was faster for some: whatever stands in the documents now is what may be published.

        If that was between our finding and our claiming them, the claim is still there and would hold up the next
        deadline: it is given back. A claim that another worker took meanwhile may go with it, which costs a guarded
        write that finds nothing to do.
        """
        for document in await self.log.store.states([write.stream for write in writes]):
            self.log.relay.submit_stored(document)
            if document.wake_at is not None:
                await self.log.store.lease_until(document.stream, EPOCH)

    async def _fail(self, document: Document, wrong: Exception) -> None:
        log.error("deadline failed", stream=document.stream, exc_info=wrong)
        await self._back_off(document, type(wrong).__name__)  # its text may quote what people wrote
        await self._remember(document, wrong)

    async def _forget_failures(self, writes: Sequence[Write]) -> None:
        """What went well after all is no dead letter any more."""
        well = [write for write in writes if self._failures.pop(write.stream, None)]
        await self.log.store.drop_dead_letters([self._letter_id(write.stream, write.version) for write in well])

    async def _back_off(self, document: Document, why: str) -> None:
        if len(self._failures) >= MOST_FAILURES:
            self._failures.clear()  # some may have gone well elsewhere; the pauses of the others begin short again
        failures = self._failures.get(document.stream, 0) + 1
        self._failures[document.stream] = failures
        seconds = jitter(backed_off(0.05, failures, LONGEST_BACK_OFF))
        log.warning("deadline waits", stream=document.stream, why=why, seconds=round(seconds, 2))
        await self.log.store.lease_until(document.stream, wall_in(seconds))

    async def _remember(self, document: Document, wrong: Exception) -> None:
        handler = f"{self.log.service}.deadlines"
        letter = DeadLetter(
            id=self._letter_id(document.stream, document.version),
            handler=handler,
            reason="failed",
            stream=document.stream,
            version=document.version,
            tries=self._failures.get(document.stream, 1),
            next_try=wall_in(LONGEST_BACK_OFF),
            error=f"{type(wrong).__name__}: {wrong}"[:2000],
            headers={},
            raw=b"",
            since=wall_now(),
        )
        await self.log.store.put_dead_letters([letter])

    def _letter_id(self, stream: StreamId, version: int) -> str:
        return f"{self.log.service}.deadlines|{position(stream, version)}"


class DecidedNothing(Exception):
    """A wake at its moment must decide something: an outcome, or when to ask again."""


@dataclass(frozen=True, slots=True)
class _Wake:
    aggregate: AnyAggregate
    document: Document
    state: Any
    at: datetime
    needs: tuple[StreamId, ...]

    @property
    def position(self) -> Position:
        return position(self.document.stream, self.document.version)
