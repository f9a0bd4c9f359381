"""React: an event starts an aggregate whose id follows from it, or wakes existing ones. Redelivery has no effect."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from coaching_events.envelope import NotACloudEvent, Recorded
from coaching_events.event import Event
from coaching_events.ids import StreamId, kind_of
from eventlog.aggregate import CatchingUp
from eventlog.clock import wall_in, wall_now
from eventlog.commands import ConcurrencyConflict, EventLog
from eventlog.consumers.consumer import Record
from eventlog.consumers.projections import Projections
from eventlog.consumers.received import (
    ReceivedEvent,
    dead_letter_without_position,
    described,
    keep_dead_letters,
    received_again,
)
from eventlog.ids import pauses
from eventlog.stores.documents import DeadLetter, Place, Reason, StoreUnavailable
from eventlog.stores.protocols import DeadLetterStore
from eventlog.tracing import context_of, span

log = structlog.stdlib.get_logger(__name__)

REACTION_BATCH = 100
"""Records of one partition that are handled before they are committed: few enough that a slow machine handles them
before a rebalance, which waits for each member, gives up on this one (10 s)."""
AT_ONCE = 20
"""Keys whose events are handled at the same time; the events of one key come one after another."""
TRIES = 5
"""How often a failing reaction is tried before the event becomes a dead letter."""
READ_MODELS_WITHIN = 10.0
"""Seconds for which a reaction waits for a read model. Then the event becomes a dead letter that is retried by itself.
"""
WAITING_AT_ONCE = 200
"""Waiting dead letters that are read together."""
LONGEST_WAIT = 30.0
"""Seconds between two tries of a waiting dead letter. The first tries follow soon: read models mostly come soon."""
REACTED = Counter("tandem_reactions_total", "Reactions run", ["reaction"])

React = Callable[[Recorded[Any], EventLog], Awaitable[None]]  # each is given the events that it names in ``on``


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a service does when one of these events arrives. ``name`` is the sentence that names its file."""

    name: str
    on: tuple[type[Event], ...]
    react: React


class Reactions:
    """All reactions of one service. Each runs after this service's read model of the stream, if any, has the event."""

    def __init__(self, log_of_service: EventLog, reactions: Iterable[Reaction], projections: Projections) -> None:
        self.log = log_of_service
        self.handler = f"{log_of_service.service}.reactions"
        self._projections = projections
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._by_type: dict[str, list[tuple[type[Event], Reaction]]] = {}
        self._by_name = {reaction.name: reaction for reaction in reactions}
        for reaction in self._by_name.values():
            for event in reaction.on:
                self._by_type.setdefault(event.type, []).append((event, reaction))

    async def take(self, records: Iterable[Record]) -> None:
        """Run every reaction to these records. When this returns each has had its effect or is a dead letter."""
        by_key: dict[str, list[ReceivedEvent]] = {}
        unreadable: list[DeadLetter] = []
        for record in records:
            try:
                envelope = self._projections.envelope_of(record)
            except NotACloudEvent as wrong:
                unreadable.append(dead_letter_without_position(self.handler, record, str(wrong)))
                continue
            if envelope.type in self._by_type:
                by_key.setdefault(envelope.key, []).append(ReceivedEvent(envelope, record.value or b"", record.headers))
        await self._keep(unreadable)
        late = await self._wait_for_read_models([event for events in by_key.values() for event in events])

        async def one_key(events: Sequence[ReceivedEvent]) -> None:
            async with self._at_once:
                for event in events:
                    await self._react_to(event, late)

        try:
            async with asyncio.TaskGroup() as group:
                for events in by_key.values():
                    group.create_task(one_key(events))
        except BaseExceptionGroup as failed:
            away, others = failed.split(StoreUnavailable)
            if away is None or others is not None:
                raise
            raise StoreUnavailable(str(away.exceptions[0])) from failed

    async def try_again(self, letter: DeadLetter) -> bool:
        """Run a dead letter's reaction once more; True if it has had its effect, so that the letter can be dropped."""
        reaction = self._by_name.get(letter.handler.removeprefix(f"{self.handler}."))
        if reaction is None:
            return False
        arrived = received_again(letter)
        if await self._wait_for_read_models([arrived], within=0.0):
            return False
        event_type = next(event for event in reaction.on if event.type == arrived.envelope.type)
        await self._react(reaction, arrived.decoded(event_type), arrived)
        return True

    async def _wait_for_read_models(
        self, events: Sequence[ReceivedEvent], within: float = READ_MODELS_WITHIN
    ) -> set[StreamId]:
        """Wait until this service's read models have reached these events; the streams that have not within the time.

        A read model with a gap is not waited for: an operator must decide, or a record must be sent again.
        """
        awaited: dict[StreamId, int] = {}
        for event in events:
            envelope = event.envelope
            if kind_of(envelope.stream) in self._projections.kinds:
                awaited[envelope.stream] = max(envelope.version, awaited.get(envelope.stream, 0))
        late: set[StreamId] = set()
        until, waits = wall_in(within), pauses(min(0.01, within), 0.2)
        # Measured: 4.0 ms and 1.1 database commands an event; 11.7 ms and 2.0 if it asked the database alone.
        while awaited := await self._projections.reached.lacking(awaited, next(waits)):
            read_models = await self.log.store.read_models(awaited.keys())
            awaited = {s: v for s, v in awaited.items() if s not in read_models or read_models[s].at < v}
            late |= {s for s in awaited if s in read_models and read_models[s].has_gap}
            if wall_now() >= until:
                late |= awaited.keys()
            awaited = {s: v for s, v in awaited.items() if s not in late}
        return late

    async def _has_gap(self, stream: StreamId) -> bool:
        """Whether a read model has a gap or cannot be read: then it will not come soon."""
        read_model = (await self.log.store.read_models([stream])).get(stream)
        return read_model is not None and (read_model.has_gap or not self._projections.can_read(read_model))

    async def _react_to(self, arrived: ReceivedEvent, late: set[StreamId]) -> None:
        for event_type, reaction in self._by_type[arrived.envelope.type]:
            if arrived.envelope.stream in late:
                await self._keep_dead_letter(reaction, arrived, "waiting", "this service's read model lacks the event")
                continue
            try:
                recorded = arrived.decoded(event_type)
            except ValueError as wrong:
                await self._keep_dead_letter(reaction, arrived, "undecodable", str(wrong))
                continue
            await self._insist_on(reaction, recorded, arrived)

    async def _insist_on(self, reaction: Reaction, recorded: Recorded[Event], arrived: ReceivedEvent) -> None:
        tries, waited_until = 0, wall_in(READ_MODELS_WITHIN)
        for pause in pauses(0.01, 1.0):
            try:
                await self._react(reaction, recorded, arrived)
            except StoreUnavailable:
                raise  # never an attempt at this record: the whole batch is tried again
            except CatchingUp as behind:
                if wall_now() >= waited_until or await self._has_gap(behind.stream):
                    await self._keep_dead_letter(reaction, arrived, "waiting", str(behind))
                    return
            except ConcurrencyConflict:
                pass
            except Exception as wrong:
                tries += 1
                log.warning("reaction failed", reaction=reaction.name, position=recorded.position, exc_info=wrong)
                if tries >= TRIES:
                    await self._keep_dead_letter(reaction, arrived, "failed", described(wrong))
                    return
            else:
                REACTED.labels(reaction.name).inc()
                return
            await asyncio.sleep(pause)

    async def _react(self, reaction: Reaction, recorded: Recorded[Event], arrived: ReceivedEvent) -> None:
        """Run it in the trace of its event: the batch or letter belongs to many."""
        attributes, parent = {"messaging.message.id": recorded.position}, context_of(arrived.envelope.traceparent)
        with span(f"react {reaction.name}", SpanKind.CONSUMER, parent=parent, attributes=attributes):
            await reaction.react(recorded, self.log)

    async def _keep_dead_letter(self, reaction: Reaction, arrived: ReceivedEvent, reason: Reason, error: str) -> None:
        await self._keep([arrived.dead_letter(f"{self.handler}.{reaction.name}", reason, error, seconds=1)])

    async def _keep(self, letters: Sequence[DeadLetter]) -> None:
        """Keep these dead letters, but for those that an operator has discarded."""
        discarded = {decision.id for decision in await self.log.store.discards([letter.id for letter in letters])}
        await keep_dead_letters(self.log.store, [letter for letter in letters if letter.id not in discarded])


async def try_waiting_again(store: DeadLetterStore, reactions: Reactions) -> int:
    """Retry the dead letters that wait for read models; how many have had their effect."""
    now, resolved = wall_now(), 0
    last: Place | None = None
    while waiting := await store.dead_letters(reason="waiting", due=now, after=last, limit=WAITING_AT_ONCE):
        resolved += sum([await _try_one_again(store, reactions, letter) for letter in waiting])
        last = waiting[-1].place
    return resolved


async def _try_one_again(store: DeadLetterStore, reactions: Reactions, letter: DeadLetter) -> bool:
    try:
        done = await reactions.try_again(letter)
    except (CatchingUp, ConcurrencyConflict):
        done = False
    except StoreUnavailable:
        raise
    except Exception as wrong:  # it no longer waits for a read model: it needs an operator, and stops no other
        await store.put_dead_letters([replace(letter, reason="failed", error=described(wrong))])
        return False
    if done:
        await store.drop_dead_letters([letter.id])
    else:
        later = wall_in(min(LONGEST_WAIT, float(letter.tries)))
        await store.put_dead_letters([replace(letter, tries=letter.tries + 1, next_try=later)])
    return done
