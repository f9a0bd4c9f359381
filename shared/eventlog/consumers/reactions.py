"""React: an event starts an aggregate whose id comes from it, or wakes existing ones. Never twice with effect."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from coaching_events.envelope import Envelope, NotACloudEvent, Recorded
from coaching_events.event import Event
from coaching_events.ids import StreamId
from eventlog.aggregate import CatchingUp
from eventlog.clock import wall_in, wall_now
from eventlog.commands import ConcurrencyConflict, EventLog
from eventlog.consumers.consumer import Record
from eventlog.consumers.projections import (
    Projections,
    ReceivedEvent,
    as_texts,
    dead_letter_without_position,
    keep_dead_letters,
    received_again,
)
from eventlog.ids import jitter
from eventlog.stores.documents import DeadLetter, Place, Reason, StoreUnavailable
from eventlog.stores.protocols import DeadLetterStore
from eventlog.tracing import context_of, span

log = structlog.stdlib.get_logger(__name__)

REACTION_BATCH = 100
"""Records of one partition that are reacted to before they count as done: few enough that a slow machine is done with
them before the group, which waits for each member when it is divided anew, gives up on this one (10 s)."""
AT_ONCE = 20
"""Keys whose events are handled side by side; the events of one key come one after another."""
TRIES = 5
"""How often a reaction that fails is tried before it becomes a dead letter."""
READ_MODELS_WITHIN = 10.0
"""Seconds for which a reaction waits for this service's row before it becomes a dead letter that resolves itself."""

WAITING_AT_ONCE = 200
"""Of those that wait, how many are read together."""
LONGEST_WAIT = 30.0
"""Seconds between two tries of what waits for a row: it is looked at often at first, as rows mostly come soon."""

REACTED = Counter("tandem_reactions_total", "Reactions run", ["reaction"])

React = Callable[[Recorded[Any], EventLog], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a service does when it hears one of these events. ``name`` is the sentence of its file."""

    name: str
    on: tuple[type[Event], ...]
    react: React


class Reactions:
    """All reactions of one service. Before one runs, the row of what it hears of has come that far, if there is one."""

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
        """Run every reaction to these records; when this returns each has had its effect or is a dead letter."""
        by_key: dict[str, list[ReceivedEvent]] = {}
        poison: list[DeadLetter] = []
        for record in records:
            try:
                envelope = self._projections.envelope_of(record)
            except NotACloudEvent as wrong:
                poison.append(dead_letter_without_position(self.handler, record, str(wrong)))
                continue
            if envelope.type in self._by_type:
                by_key.setdefault(envelope.key, []).append(ReceivedEvent(envelope, record.value or b"", record.headers))
        store = self.log.store
        decided = {decision.id for decision in await store.discards([letter.id for letter in poison])}
        await keep_dead_letters(store, [letter for letter in poison if letter.id not in decided])
        late = await self._wait_for_read_models([event for events in by_key.values() for event in events])

        async def one_key(events: Sequence[ReceivedEvent]) -> None:
            async with self._at_once:
                for event in events:
                    await self._react_to(event, late)

        try:
            async with asyncio.TaskGroup() as group:
                for events in by_key.values():
                    group.create_task(one_key(events))
        except* StoreUnavailable as away:
            lost = away
        else:
            lost = None
        if lost is not None:
            raise StoreUnavailable(str(lost.exceptions[0])) from lost

    async def try_again(self, letter: DeadLetter) -> bool:
        """Run a dead letter's reaction once more; True if it went well, so that the letter can be dropped."""
        reaction = self._by_name.get(letter.handler.removeprefix(f"{self.handler}."))
        if reaction is None:
            return False
        arrived = received_again(letter)
        if await self._wait_for_read_models([arrived], within=0.0):
            return False
        event_type = next(event for event in reaction.on if event.type == arrived.envelope.type)
        await self._react(reaction, _recorded(event_type, arrived), arrived)
        return True

    async def _wait_for_read_models(
        self, events: Sequence[ReceivedEvent], within: float = READ_MODELS_WITHIN
    ) -> set[StreamId]:
        """Wait until this service's rows have reached these events; those that have not within the time.

        A row that is marked will not come soon: a person has to decide, or a record to be sent again. Nobody waits.
        """
        awaited: dict[StreamId, int] = {}
        for event in events:
            envelope = event.envelope
            if _kind(envelope) in self._projections.kinds:
                awaited[envelope.stream] = max(envelope.version, awaited.get(envelope.stream, 0))
        late: set[StreamId] = set()
        pause, until = min(0.01, within), wall_in(within)
        while awaited := await self._projections.reached.lacking(awaited, pause):
            read_models = await self.log.store.read_models(awaited.keys())
            awaited = {s: v for s, v in awaited.items() if s not in read_models or read_models[s].at < v}
            late |= {s for s in awaited if s in read_models and read_models[s].gaps}
            if wall_now() >= until:
                late |= awaited.keys()
            awaited = {s: v for s, v in awaited.items() if s not in late}
            pause = min(pause * 2, 0.2)
        return late

    async def _has_gap(self, stream: StreamId) -> bool:
        """Whether a row will not come soon: it has a gap, or cannot be read."""
        read_model = (await self.log.store.read_models([stream])).get(stream)
        return read_model is not None and (read_model.gaps > 0 or not self._projections.can_read(read_model))

    async def _react_to(self, arrived: ReceivedEvent, late: set[StreamId]) -> None:
        for event_type, reaction in self._by_type[arrived.envelope.type]:
            if arrived.envelope.stream in late:
                await self._keep_dead_letter(reaction, arrived, "waiting", "this service's row has not come so far")
                continue
            try:
                recorded = _recorded(event_type, arrived)
            except ValueError as wrong:
                await self._keep_dead_letter(reaction, arrived, "undecodable", str(wrong))
                continue
            await self._insist_on(reaction, recorded, arrived)

    async def _insist_on(self, reaction: Reaction, recorded: Recorded[Event], arrived: ReceivedEvent) -> None:
        tries, pause = 0, 0.01
        waited_until = wall_in(READ_MODELS_WITHIN)
        while True:
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
                    await self._keep_dead_letter(reaction, arrived, "failed", f"{type(wrong).__name__}: {wrong}")
                    return
            else:
                REACTED.labels(reaction.name).inc()
                return
            await asyncio.sleep(jitter(pause))
            pause = min(pause * 2, 1.0)

    async def _react(self, reaction: Reaction, recorded: Recorded[Event], arrived: ReceivedEvent) -> None:
        """Run it in the trace of the event, whose batch or letter is of many."""
        attributes, parent = {"messaging.message.id": recorded.position}, context_of(arrived.envelope.traceparent)
        with span(f"react {reaction.name}", SpanKind.CONSUMER, parent=parent, attributes=attributes):
            await reaction.react(recorded, self.log)

    async def _keep_dead_letter(self, reaction: Reaction, arrived: ReceivedEvent, reason: Reason, error: str) -> None:
        handler, envelope = f"{self.handler}.{reaction.name}", arrived.envelope
        if await self.log.store.discards([f"{handler}|{envelope.position}"]):
            return  # somebody has decided to go on without it
        letter = DeadLetter(
            id=f"{handler}|{envelope.position}",
            handler=handler,
            reason=reason,
            stream=envelope.stream,
            version=envelope.version,
            tries=1,
            next_try=wall_in(1),
            error=error[:2000],
            raw=arrived.value,
            headers=as_texts(arrived.headers),
            since=wall_now(),
        )
        await keep_dead_letters(self.log.store, [letter])


async def try_waiting_again(store: DeadLetterStore, reactions: Reactions) -> int:
    """Run what waited for rows: it resolves by itself. How many did."""
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
    except Exception as wrong:  # it no longer waits for a row: it is a person's now, and stops no other
        error = f"{type(wrong).__name__}: {wrong}"[:2000]
        await store.put_dead_letters([replace(letter, reason="failed", error=error)])
        return False
    if done:
        await store.drop_dead_letters([letter.id])
    else:
        later = wall_in(min(LONGEST_WAIT, float(letter.tries)))
        await store.put_dead_letters([replace(letter, tries=letter.tries + 1, next_try=later)])
    return done


def _recorded(event_type: type[Event], arrived: ReceivedEvent) -> Recorded[Event]:
    envelope = arrived.envelope
    event = event_type.model_validate_json(arrived.value)
    return Recorded(stream=envelope.stream, version=envelope.version, at=envelope.at, event=event, cause=envelope.cause)


def _kind(envelope: Envelope) -> str:
    return envelope.stream.partition("_")[0]
