"""Handle a command: read the document, ask the rule, write if nobody was faster. Two database commands."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar, cast

import structlog
from prometheus_client import Counter

from coaching_events.envelope import Recorded
from coaching_events.event import Event, data_of
from coaching_events.ids import Position, StreamId, position
from eventlog.aggregate import Aggregate, AnyAggregate, Decidable, Decision, ReferenceData, Refused, Timed
from eventlog.clock import EPOCH, Clock
from eventlog.failures import for_each
from eventlog.ids import Ids, jitter
from eventlog.outbox.relay import OutboxRelay
from eventlog.stores.documents import (
    LARGEST_HISTORY,
    LONG_HISTORY,
    ClockUnreliable,
    Document,
    Entry,
    StoreUnavailable,
    Write,
)
from eventlog.stores.protocols import EventStore, Store
from eventlog.stores.queries import Order, Value, Where
from eventlog.tracing import current, span

S = TypeVar("S")
E = TypeVar("E", bound=Event)
F = TypeVar("F")

log = structlog.stdlib.get_logger(__name__)

LONG_HISTORIES = Counter("tandem_long_history_writes_total", "Writes to a history over half of what one may hold")
ATTEMPTS = 8
"""How often a command is decided again after another writer was faster."""
WOKEN_TOGETHER = 500
"""Documents that are found at once to be woken."""


class ConcurrencyConflict(Exception):
    """Other writers were faster, again and again. Nothing was written: ask again."""


class IdempotencyKeyReused(Exception):
    """The same actor has used this Idempotency-Key for another request."""


class UnknownEvent(Exception):
    """A history holds a type of event that this process does not know: a newer process should handle it."""


class PreconditionFailed(Exception):
    """If-Match names a version that is no longer the last one."""

    def __init__(self, current: Position | None) -> None:
        super().__init__(f"the document is at {current}")
        self.current = current


@dataclass(slots=True, kw_only=True)
class CommandContext:
    """What identifies a command. The same ``id`` is the same command; ``request`` is its request's fingerprint.

    ``at`` is domain time, UTC. The event log moves it to the time of the stream's last event if that is later.
    ``if_match`` is the version that must be the last one. ``room`` is how many bytes the history may have after the
    command: all of LARGEST_HISTORY for deadlines and reactions, less for most commands of people.
    """

    id: str
    at: datetime
    request: str = ""
    cause: Position | None = None
    if_match: Position | None = None
    room: int = LARGEST_HISTORY

    def follow(self, document: Document | None) -> None:
        """Move ``at`` to the document's last event if that is later. To be called before the rule is asked."""
        if document is not None:
            self.at = max(self.at, document.last_at)


@dataclass(frozen=True, slots=True)
class AppendResult(Generic[S]):
    """What a command has written, now or, if ``repeated``, at an earlier try. No ``entries``: nothing followed."""

    stream: StreamId
    entries: tuple[Entry, ...]
    state: S | None
    version: int
    repeated: bool = False

    @property
    def position(self) -> Position:
        """The last event that was written, or the last of the document if nothing followed."""
        return position(self.stream, self.entries[-1].version if self.entries else self.version)

    @property
    def positions(self) -> tuple[Position, ...]:
        """The events that were written."""
        return tuple(position(self.stream, entry.version) for entry in self.entries)


@dataclass(frozen=True, slots=True)
class CurrentState(Generic[S]):
    """A state, and the version up to which it holds."""

    stream: StreamId
    version: int
    state: S
    wake_at: datetime | None = None
    personal_texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """Those that were asked for."""

    @property
    def position(self) -> Position:
        """The last event that the state takes in."""
        return position(self.stream, self.version)


class ReferenceSource(Protocol):
    """Where reference data come from: projections, or a service's own documents."""

    async def read(self, streams: Sequence[StreamId]) -> ReferenceData:
        """What is known of these streams. Those that are unknown or have a gap are left out."""
        ...

    async def named(self, kind: str, where: Where, field: str) -> ReferenceData:
        """What is known of the streams that a field of a kind names, where that kind meets these conditions."""
        ...


Rule = Callable[[S | None], Awaitable[Decision[E]]]
"""A rule with its reference data: gets the state (None: there is no such stream) and answers what follows."""


@dataclass
class EventLog:
    """A service's aggregates: read, decided, written, and handed to the relay.

    ``clock`` is domain time: wakes judge lateness by it; without one they happen at the time of their cause. ``used``
    names the versions of the data that its rules compute with: it is stored with each event. ``something_due`` is set
    when this process has written something that is due at once, ``has_written`` when it has written anything.
    """

    service: str
    store: Store
    relay: OutboxRelay
    reference_source: ReferenceSource
    aggregates: Mapping[str, AnyAggregate] = field(default_factory=dict[str, AnyAggregate])
    clock: Clock | None = None
    used: str | None = None
    ids: Ids = field(default_factory=Ids)
    something_due: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    has_written: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def decide(
        self,
        aggregate: Decidable[S, E],
        stream: StreamId,
        command: CommandContext,
        rule: Rule[S, E],
        *,
        personal_texts: Mapping[str, str] | None = None,
    ) -> AppendResult[S]:
        """Ask the rule and write what follows. The same command again gets the same answer.

        ``personal_texts`` are kept beside the state, by name. Raises what the rule raises, IdempotencyKeyReused,
        PreconditionFailed, ConcurrencyConflict, UnknownEvent, TooLarge, Unstorable or StoreUnavailable.
        """
        with span(f"decide {aggregate.kind}") as deciding:
            decided = await self._decide(aggregate, stream, command, rule, personal_texts)
            deciding.set_attributes({"tandem.position": decided.position, "tandem.events": len(decided.entries)})
            return decided

    async def _decide(
        self,
        aggregate: Decidable[S, E],
        stream: StreamId,
        command: CommandContext,
        rule: Rule[S, E],
        personal_texts: Mapping[str, str] | None,
    ) -> AppendResult[S]:
        unsure: StoreUnavailable | None = None
        for attempt in range(ATTEMPTS):
            document = await self.store.read(stream, command.id)
            if document is not None and document.answered:
                return await self._again(aggregate, document, command)
            _check_version(stream, document, command.if_match)
            command.follow(document)
            state = None if document is None else await self.state(aggregate, document)
            decisions = await rule(state)
            if not decisions:
                return AppendResult(stream, (), state, 0 if document is None else document.version)
            write, after = prepare(
                aggregate, stream, document, state, command, decisions, personal_texts, used=self.used
            )
            try:
                if await self.store.append(write):
                    self.written(write)
                    if write.wake_at is not None and write.wake_at <= command.at:
                        self.something_due.set()
                    return AppendResult(stream, write.entries, after, write.next_version)
            except StoreUnavailable as lost:
                # The write may have happened although its answer was lost: the next read tells.
                if unsure is not None:
                    raise
                unsure = lost
            await asyncio.sleep(jitter(0.005 * 2**attempt))
        raise ConcurrencyConflict(f"{stream} was written by others {ATTEMPTS} times in a row")

    async def decide_many(
        self,
        aggregate: Decidable[S, E],
        commands: Mapping[StreamId, CommandContext],
        rule: Callable[[StreamId, S | None], Decision[E]],
    ) -> Mapping[StreamId, AppendResult[S] | Exception]:
        """Ask the rule about each stream and write what follows: one find and one bulk.

        A refusal is the answer for its stream alone. If another writer was faster for some, each stream is decided
        again by itself. Raises StoreUnavailable; some may be written then.
        """
        found = {document.stream: document for document in await self.store.states(commands.keys())}
        answers: dict[StreamId, AppendResult[S] | Exception] = {}
        writes: list[Write] = []
        for stream, command in commands.items():
            document = found.get(stream)
            command.follow(document)
            try:
                state = None if document is None else await self.state(aggregate, document)
                decisions = rule(stream, state)
            except Refused as refused:
                answers[stream] = refused
                continue
            version = 0 if document is None else document.version
            if not decisions:
                answers[stream] = AppendResult(stream, (), state, version)
                continue
            write, after = prepare(aggregate, stream, document, state, command, decisions, used=self.used)
            answers[stream] = AppendResult(stream, write.entries, after, write.next_version)
            writes.append(write)
        if await self.store.append_many(writes) == len(writes):
            for write in writes:
                self.written(write)
            return answers
        for write in writes:
            answers[write.stream] = await self._decide_alone(aggregate, write.stream, commands[write.stream], rule)
        return answers

    async def _decide_alone(
        self,
        aggregate: Decidable[S, E],
        stream: StreamId,
        command: CommandContext,
        rule: Callable[[StreamId, S | None], Decision[E]],
    ) -> AppendResult[S] | Exception:
        async def with_state(state: S | None) -> Decision[E]:
            return rule(stream, state)

        try:
            return await self.decide(aggregate, stream, command, with_state)
        except (Refused, ConcurrencyConflict) as wrong:
            return wrong

    async def refuse_reused_key(self, stream: StreamId, command: CommandContext) -> None:
        """Raise IdempotencyKeyReused if this command has written to a stream for another request."""
        document = await self.store.read(stream, command.id)
        if document is not None:
            _check_request(document, command)

    def written(self, write: Write) -> None:
        """Publish what was just written, in the background, and count it if the history is long."""
        self.has_written.set()
        self.relay.submit(write)
        if write.next_size > LONG_HISTORY:
            LONG_HISTORIES.inc()
            log.warning("a history is over half of what one may hold", stream=write.stream, bytes=write.next_size)

    async def start(
        self, aggregate: Decidable[S, E], stream: StreamId, cause: Recorded[Event], reaction: str, rule: Rule[S, E]
    ) -> AppendResult[S]:
        """Decide for a reaction. A redelivered cause gets the first answer: it is part of the command's id."""
        command = CommandContext(id=f"{cause.position}|{reaction}", at=cause.at, cause=cause.position)
        return await self.decide(aggregate, stream, command, rule)

    async def wake(self, aggregate: Decidable[S, E], where: Where, cause: Recorded[Event]) -> None:
        """Wake every aggregate of this kind that meets these conditions, now that ``cause`` has happened.

        One that fails stops no other; its failure is raised when all have been woken.
        """
        now = await self._handled_at(cause)
        found = list[StreamId]()
        more = True
        while more:
            after = found[-1] if found else None
            page = await self.store.find(aggregate.kind, where, after=after, limit=WOKEN_TOGETHER)
            found += [document.stream for document in page]
            more = len(page) == WOKEN_TOGETHER
        await for_each(found, lambda stream: self._wake_one(aggregate, stream, cause, now))

    async def wake_one(self, aggregate: Decidable[S, E], stream: StreamId, cause: Recorded[Event]) -> None:
        """Wake one aggregate, now that ``cause`` has happened."""
        await self._wake_one(aggregate, stream, cause, await self._handled_at(cause))

    async def _handled_at(self, cause: Recorded[Event]) -> datetime:
        return cause.at if self.clock is None else await no_earlier(cause.at, self.clock)

    async def _wake_one(
        self, aggregate: Decidable[S, E], stream: StreamId, cause: Recorded[Event], now: datetime
    ) -> None:
        async def ask_again(state: S | None) -> Decision[E]:
            if state is None:
                return ()
            reference_data = await self.reference_data_for(aggregate, state)
            return aggregate.wake(state, at=cause.at, now=max(now, command.at), reference_data=reference_data)

        command = CommandContext(id=f"{cause.position}|wake", at=cause.at, cause=cause.position)
        await self.decide(aggregate, stream, command, ask_again)

    async def reference_data_for(self, aggregate: Aggregate[S, Any, F], state: S) -> F:
        """The reference data that this aggregate's wake reads."""
        return aggregate.reference_data(await self.reference_source.read([*aggregate.required_reads(state)]))

    async def current(self, aggregate: Decidable[S, E], stream: StreamId) -> CurrentState[S] | None:
        """The state now, or None if there is no such stream."""
        found = await self.store.states([stream])
        return await self.read(aggregate, found[0]) if found else None

    async def find(
        self,
        aggregate: Decidable[S, E],
        where: Where,
        *,
        after: StreamId | None = None,
        limit: int = 1000,
        order: Order | None = None,
        texts: str | None = None,
    ) -> list[CurrentState[S]]:
        """States of this kind that meet these conditions, by stream id (after one if given) or in this order.

        With the personal texts that the field ``texts`` of the state names.
        """
        found = await self.store.find(aggregate.kind, where, after=after, limit=limit, order=order, texts=texts)
        return [await self.read(aggregate, document) for document in found]

    async def whole(
        self, aggregate: Decidable[S, E], streams: Collection[StreamId]
    ) -> list[tuple[CurrentState[S], list[Recorded[E]]]]:
        """The states of these streams with all personal texts, each with its history, decoded."""
        return [
            (await self.read(aggregate, each), [recorded(aggregate, each.stream, entry) for entry in each.history])
            for each in await self.store.whole(streams)
        ]

    async def events(self, aggregate: Decidable[S, E], stream: StreamId) -> list[Recorded[E]]:
        """The whole history, decoded."""
        return [recorded(aggregate, stream, entry) for entry in await self.store.history(stream)]

    async def read(self, aggregate: Decidable[S, E], document: Document) -> CurrentState[S]:
        """A document's state with its position."""
        state = await self.state(aggregate, document)
        return CurrentState(document.stream, document.version, state, document.wake_at, document.personal_texts)

    async def state(self, aggregate: Decidable[S, E], document: Document) -> S:
        """The stored state; the folded history if the state is stored in another schema version."""
        return await state_of(self.store, aggregate, document)

    async def _again(self, aggregate: Decidable[S, E], document: Document, command: CommandContext) -> AppendResult[S]:
        _check_request(document, command)
        state = await self.state(aggregate, document)
        return AppendResult(document.stream, document.answered, state, document.version, repeated=True)


async def state_of(store: EventStore, aggregate: Decidable[S, E], document: Document) -> S:
    """The stored state; the folded history if the state is stored in another schema version. Raises UnknownEvent."""
    if document.schema_version == aggregate.schema_version:
        return aggregate.states.validate_python(document.state)
    state = None
    for entry in await store.history(document.stream):
        if entry.version <= document.version:  # later ones were written after the document was read
            state = aggregate.evolve(state, recorded(aggregate, document.stream, entry))
    if state is None:
        raise UnknownEvent(f"{document.stream} has no history")
    return state


async def no_earlier(at: datetime, clock: Clock) -> datetime:
    """The present instant, but no earlier than ``at``; ``at`` itself while the clock is unreliable."""
    try:
        return max(at, await clock.now())
    except ClockUnreliable:
        return at


def recorded(aggregate: Decidable[S, E], stream: StreamId, entry: Entry) -> Recorded[E]:
    """An entry of a history as an event; raises UnknownEvent."""
    known = aggregate.events.get(entry.type)
    if known is None:
        raise UnknownEvent(f"{stream}@{entry.version} is a {entry.type}, which this version does not know")
    event = cast(E, known.model_validate_json(entry.data))
    return Recorded(stream=stream, version=entry.version, at=entry.at, event=event, cause=entry.cause)


def prepare(
    aggregate: Decidable[S, E],
    stream: StreamId,
    document: Document | None,
    state: S | None,
    command: CommandContext,
    decisions: Decision[E],
    personal_texts: Mapping[str, str] | None = None,
    *,
    used: str | None = None,
) -> tuple[Write, S]:
    """The guarded write for what a rule decided, and the state after it.

    No event is earlier than the one before it. Raises ValueError if there are no decisions.
    """
    version, last_at = (0, EPOCH) if document is None else (document.version, document.last_at)
    entries: list[Entry] = []
    after = state
    for number, decision in enumerate(decisions, version + 1):
        event, at = (decision.event, decision.at) if isinstance(decision, Timed) else (decision, command.at)
        at = last_at = max(at, last_at)
        entries.append(
            Entry(
                version=number,
                type=event.type,
                at=at,
                command=command.id,
                request=command.request,
                data=data_of(stream, event),
                cause=command.cause,
                traceparent=current(),
                used=used,
            )
        )
        after = aggregate.evolve(
            after, Recorded(stream=stream, version=number, at=at, event=event, cause=command.cause)
        )
    if after is None:
        raise ValueError("nothing was decided: there is no state")
    stored: Value = aggregate.states.dump_python(after, mode="json")
    write = Write(
        stream=stream,
        key=aggregate.key(after),
        version=version,
        published=0 if document is None else document.published,
        schema_version=aggregate.schema_version,
        state=stored,
        entries=tuple(entries),
        wake_at=aggregate.wake_at(after),
        personal_texts=personal_texts or {},
        size=0 if document is None else document.size,
        room=command.room,
    )
    return write, after


def _check_request(document: Document, command: CommandContext) -> None:
    if any(entry.request != command.request for entry in document.answered):
        raise IdempotencyKeyReused(command.id)


def _check_version(stream: StreamId, document: Document | None, if_match: Position | None) -> None:
    if if_match is None:
        return
    current = None if document is None else position(stream, document.version)
    if current != if_match:
        raise PreconditionFailed(current)
