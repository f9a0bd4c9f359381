"""Deadlines: a sweep leases what is due in batches, decides it, and writes it in one guarded bulk. Workers share it."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter, Histogram

from coaching_events.ids import Position, StreamId, kind_of, position
from eventlog.aggregate import AnyAggregate, CatchingUp, ReferenceData
from eventlog.clock import EPOCH, Clock, wall_in, wall_now
from eventlog.commands import CommandContext, EventLog, prepare
from eventlog.consumers.received import described, new_dead_letter
from eventlog.ids import backed_off, jitter
from eventlog.stores.documents import Document, StoreUnavailable, TooLarge, Unstorable, Write
from eventlog.tracing import NEW_TRACE, span

log = structlog.stdlib.get_logger(__name__)

LEASE = 10.0
"""Seconds for which a worker leases a batch. After a crash others take the batch when the lease has ended."""
LONGEST_BACK_OFF = 300.0
MOST_FAILURES = 10_000
"""Streams whose failures this process counts, for their pauses."""

OUTCOMES = Counter("tandem_deadline_outcomes_total", "Deadlines decided")
LATENESS = Histogram(
    "tandem_deadline_lateness_seconds",
    "How long after its instant a deadline was decided",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
)


@dataclass
class Deadlines:
    """The deadline sweep of one worker.

    A deadline is due ``tolerance`` after its instant. Clocks may differ by that much, so no deadline comes early. While
    its clock is not ``trusted`` a worker leaves the sweep to others.
    """

    log: EventLog
    clock: Clock
    tolerance: timedelta = timedelta(0)
    limit: int = 500
    trusted: Callable[[], bool] = lambda: True
    _failures: dict[StreamId, int] = field(default_factory=dict[StreamId, int], init=False)

    async def sweep(self) -> int:
        """Handle one batch of what is due; how many there were. At most five database commands."""
        return await self._sweep(await self.clock.now() - self.tolerance)

    async def _sweep(self, now: datetime) -> int:
        due = await self.log.store.due(now, wall_now(), wall_in(LEASE + jitter(1.0)), self.limit)
        if not due:
            return 0
        wakes = [wake for document in due if (wake := await self._awaken(document)) is not None]
        writes: list[Write] = []
        for wake, view in await self._with_reference_data(wakes):
            attributes = {"tandem.position": wake.position}
            with span(f"deadline {wake.aggregate.kind}", parent=NEW_TRACE, attributes=attributes):
                write = await self._decide(wake, now, view)
            if write is not None:
                writes.append(write)
                LATENESS.observe(max(0.0, (now + self.tolerance - wake.at).total_seconds()))
        OUTCOMES.inc(await self._write(writes))
        return len(due)

    async def run(self, *, pause: float) -> None:
        """Sweep for ever; pause so many seconds only when nothing is due."""
        while True:
            has_written = self.log.something_due.is_set()
            self.log.something_due.clear()
            try:
                while self.trusted() and await self._look(has_written):
                    pass
            except StoreUnavailable as away:
                log.warning("database away, sweeping later", error=str(away))
                await asyncio.sleep(1.0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.log.something_due.wait(), self._rest(pause))

    def _rest(self, pause: float) -> float:
        """Seconds until the next sweep."""
        return pause

    async def _look(self, has_written: bool) -> int:
        """Sweep; ``has_written``: this process has written something that is due at once."""
        return await self.sweep()

    async def _awaken(self, document: Document) -> "_Wake | None":
        if document.wake_at is None:
            return None  # what is due has a deadline
        try:
            aggregate = self.log.aggregates[kind_of(document.stream)]
            state = await self.log.state(aggregate, document)
            return _Wake(aggregate, document, state, document.wake_at, tuple(aggregate.required_reads(state)))
        except StoreUnavailable:
            raise
        except Exception as wrong:  # a state that cannot be read must not stop the others
            await self._fail(document, wrong)
            return None

    async def _with_reference_data(self, wakes: Sequence["_Wake"]) -> Sequence[tuple["_Wake", object]]:
        """Each with its reference data: read for all at once, or one by one if some cannot be read."""
        needed = {stream for wake in wakes for stream in wake.required_reads}
        try:
            reference_data: ReferenceData = await self.log.reference_source.read([*needed]) if needed else {}
        except StoreUnavailable:
            raise
        except Exception as wrong:
            if len(wakes) > 1:
                return [each for wake in wakes for each in await self._with_reference_data([wake])]
            await self._fail(wakes[0].document, wrong)
            return []
        # One view for all of a kind: a view may keep what it has computed.
        views = {wake.aggregate.kind: wake.aggregate.reference_data(reference_data) for wake in wakes}
        return [(wake, views[wake.aggregate.kind]) for wake in wakes]

    async def _decide(self, wake: "_Wake", now: datetime, reference_data: object) -> Write | None:
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
        """One bulk; how many were written. If one cannot be stored, one by one, so that only that one waits."""
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
        """Another writer was faster for some: publish what the documents hold now.

        If it wrote between our find and our lease, the lease is still there and would delay the next deadline: it is
        ended. The lease of another worker may be ended with it, which costs one guarded write that changes nothing.
        """
        for document in await self.log.store.states([write.stream for write in writes]):
            self.log.relay.submit_stored(document)
            if document.wake_at is not None:
                await self.log.store.lease_until(document.stream, EPOCH)

    async def _fail(self, document: Document, wrong: Exception) -> None:
        log.error("deadline failed", stream=document.stream, exc_info=wrong)
        await self._back_off(document, type(wrong).__name__)  # its text may quote what people wrote
        await self._keep_dead_letter(document, wrong)

    async def _forget_failures(self, writes: Sequence[Write]) -> None:
        """Drop the dead letters of what was decided after all."""
        well = [write for write in writes if self._failures.pop(write.stream, None)]
        await self.log.store.drop_dead_letters([self._letter_id(write.stream, write.version) for write in well])

    async def _back_off(self, document: Document, why: str) -> None:
        if len(self._failures) >= MOST_FAILURES:
            self._failures.clear()  # other workers may have decided some; the pauses of the rest begin short again
        failures = self._failures.get(document.stream, 0) + 1
        self._failures[document.stream] = failures
        seconds = jitter(backed_off(0.05, failures, LONGEST_BACK_OFF))
        log.warning("deadline waits", stream=document.stream, why=why, seconds=round(seconds, 2))
        await self.log.store.lease_until(document.stream, wall_in(seconds))

    async def _keep_dead_letter(self, document: Document, wrong: Exception) -> None:
        handler = f"{self.log.service}.deadlines"
        letter = new_dead_letter(handler, "failed", described(wrong), document.stream, document.version)
        tries, next_try = self._failures.get(document.stream, 1), wall_in(LONGEST_BACK_OFF)
        await self.log.store.put_dead_letters([replace(letter, tries=tries, next_try=next_try)])

    def _letter_id(self, stream: StreamId, version: int) -> str:
        return f"{self.log.service}.deadlines|{position(stream, version)}"


class DecidedNothing(Exception):
    """A wake at its moment must decide something: an outcome, or a later moment."""


@dataclass(frozen=True, slots=True)
class _Wake:
    aggregate: AnyAggregate
    document: Document
    state: object
    at: datetime
    required_reads: tuple[StreamId, ...]

    @property
    def position(self) -> Position:
        return position(self.document.stream, self.document.version)
