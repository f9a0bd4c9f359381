"""Decide: read the document, ask the rule, write if nobody was faster. Two commands to the database."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import structlog
from prometheus_client import Counter

from coaching_events.envelope import Recorded
from coaching_events.event import Event, data_of
from coaching_events.ids import Position, StreamId, position
from eventlog.aggregate import Aggregate, Decision, ReferenceData, Refused, Timed
from eventlog.clock import EPOCH, Clock
from eventlog.failures import CollectedFailures
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
from eventlog.stores.protocols import Store
from eventlog.stores.queries import Order, Value
from eventlog.tracing import current, span

S = TypeVar("S")
E = TypeVar("E", bound=Event)
F = TypeVar("F")

log = structlog.stdlib.get_logger(__name__)

LONG_HISTORIES = Counter("tandem_long_history_writes_total", "Writes to a history over half of what one may hold")
ATTEMPTS = 8
"""How often a command decides again after somebody else was faster."""
WOKEN_TOGETHER = 500
"""Documents that are found at once to be asked again what follows."""


class ConcurrencyConflict(Exception):
    """Others wrote the same document first, again and again. Nothing was written; ask again."""


class IdempotencyKeyReused(Exception):
    """This Idempotency-Key was used by the same actor for another request."""


class UnknownEvent(Exception):
    """A history holds an event that this process does not know: a newer process should take it."""


class PreconditionFailed(Exception):
    """If-Match names a version that is no longer the last."""

    def __init__(self, current: Position | None) -> None:
        super().__init__(f"the document is at {current}")
        self.current = current


@dataclass(slots=True, kw_only=True)
class CommandContext:
    """Who wants something, told apart from every other want by ``id``; ``request`` is the request's fingerprint.

    ``at`` is domain time: the clock's, until the event log puts it off to that of the stream's last event where this is
    later. ``if_match`` is the version that must be the last one. ``room`` is how many bytes the history may have with
    what follows: all of it for deadlines and reactions, less for most commands of people.
    """

    id: str
    at: datetime
    request: str = ""
    cause: Position | None = None
    if_match: Position | None = None
    room: int = LARGEST_HISTORY

    def follow(self, document: Document | None) -> None:
        """Be no earlier than what has happened to the document, before a rule is asked: it reads what is written."""
        if document is not None:
            self.at = max(self.at, document.last_at)


@dataclass(frozen=True, slots=True)
class AppendResult(Generic[S]):
    """What was written (or had been written for the same command before): empty ``entries`` mean nothing followed."""

    stream: StreamId
    entries: tuple[Entry, ...]
    state: S | None
    version: int
    repeated: bool = False

    @property
    def position(self) -> Position:
        """The last event of this answer, or of the document if nothing followed."""
        return position(self.stream, self.entries[-1].version if self.entries else self.version)

    @property
    def positions(self) -> tuple[Position, ...]:
        """The events of this answer."""
        return tuple(position(self.stream, entry.version) for entry in self.entries)


@dataclass(frozen=True, slots=True)
class CurrentState(Generic[S]):
    """A state and the position up to which it holds."""

    stream: StreamId
    version: int
    state: S
    wake_at: datetime | None = None

    @property
    def position(self) -> Position:
        """The last event that the state takes in."""
        return position(self.stream, self.version)


class ReferenceSource(Protocol):
    """Where facts of other streams come from: projections, or a service's own documents."""

    async def read(self, streams: Sequence[StreamId]) -> ReferenceData:
        """What is known of them; unknown ones and those behind a gap are left out."""
        ...


Rule = Callable[[S | None], Awaitable[Decision[E]]]
"""A rule with its facts: gets the state (None: there is no such stream) and answers what follows."""


@dataclass
class EventLog:
    """A service's aggregates: read, decided, written, and handed to the relay.

    ``clock`` is domain time: how late news are handled; without one they are handled at their own instant.
    ``used`` names the versions of the data that its rules compute with: each event is stored with it.
    ``something_due`` is set when this process wrote something that is due at once, for the sweep beside it,
    ``has_written`` when it has written anything.
    """

    service: str
    store: Store
    relay: OutboxRelay
    reference_source: ReferenceSource
    aggregates: Mapping[str, Aggregate[Any, Any, Any]] = field(default_factory=dict[str, Aggregate[Any, Any, Any]])
    clock: Clock | None = None
    used: str | None = None
    ids: Ids = field(default_factory=Ids)
    something_due: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    has_written: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def decide(
        self,
        aggregate: Aggregate[S, E, Any],
        stream: StreamId,
        command: CommandContext,
        rule: Rule[S, E],
        *,
        words: Mapping[str, str] | None = None,
    ) -> AppendResult[S]:
        """Ask the rule and write what follows; the same command again gets the same answer.

        Raises what the rule raises, AnotherRequest, Stale, LostRace, UnknownEvent, TooLarge, Unstorable or
        StoreUnavailable. ``words`` are texts to keep beside the state.
        """
        with span(f"decide {aggregate.kind}") as deciding:
            decided = await self._decide(aggregate, stream, command, rule, words)
            deciding.set_attributes({"tandem.position": decided.position, "tandem.events": len(decided.entries)})
            return decided

    async def _decide(
        self,
        aggregate: Aggregate[S, E, Any],
        stream: StreamId,
        command: CommandContext,
        rule: Rule[S, E],
        words: Mapping[str, str] | None,
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
            write, after = prepare(aggregate, stream, document, state, command, decisions, words, used=self.used)
            try:
                if await self.store.append(write):
                    self.written(write)
                    if write.wake_at is not None and write.wake_at <= command.at:
                        self.something_due.set()
                    return AppendResult(stream, write.entries, after, write.next_version)
            except StoreUnavailable as lost:
                # It may have been written while the answer was lost: the history tells.
                if unsure is not None:
                    raise
                unsure = lost
            await asyncio.sleep(jitter(0.005 * 2**attempt))
        raise ConcurrencyConflict(f"{stream} was written by others {ATTEMPTS} times in a row")

    async def decide_many(
        self,
        aggregate: Aggregate[S, E, Any],
        commands: Mapping[StreamId, CommandContext],
        rule: Callable[[StreamId, S | None], Decision[E]],
    ) -> Mapping[StreamId, AppendResult[S] | Exception]:
        """Ask the rule about each stream and write what follows by the bulk: one find and one write command.

        What the rule raises about one stream stops no other: it is that stream's answer. Where somebody was faster,
        that stream is decided again by itself. Raises StoreUnavailable, with some of them written.
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
        aggregate: Aggregate[S, E, Any],
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
        """Raise AnotherRequest if this command has written to a stream for another request."""
        document = await self.store.read(stream, command.id)
        if document is not None:
            _check_request(document, command)

    def written(self, write: Write) -> None:
        """Publish what was just written, in the background, and count it if the history grows too long."""
        self.has_written.set()
        self.relay.submit(write)
        if write.next_size > LONG_HISTORY:
            LONG_HISTORIES.inc()
            log.warning("a history is over half of what one may hold", stream=write.stream, bytes=write.next_size)

    async def start(
        self, aggregate: Aggregate[S, E, Any], stream: StreamId, cause: Recorded[Event], reaction: str, rule: Rule[S, E]
    ) -> AppendResult[S]:
        """A reaction's decision: told apart by its cause and name, so a redelivered cause meets the first answer."""
        command = CommandContext(id=f"{cause.position}|{reaction}", at=cause.at, cause=cause.position)
        return await self.decide(aggregate, stream, command, rule)

    async def wake(self, aggregate: Aggregate[S, E, Any], where: Mapping[str, Any], cause: Recorded[Event]) -> None:
        """Ask every aggregate of this kind with these values again what follows, now that ``cause`` has happened.

        One that fails stops no other; it is raised when all have been asked, so that the reaction is tried again.
        """
        now = await self._handled_at(cause)
        after: StreamId | None = None
        others = CollectedFailures()
        while True:
            targets = await self.store.find(aggregate.kind, where, after=after, limit=WOKEN_TOGETHER)
            await others.each(targets, lambda target: self._wake_one(aggregate, target.stream, cause, now))
            if len(targets) < WOKEN_TOGETHER:
                break
            after = targets[-1].stream
        others.raise_first()

    async def wake_one(self, aggregate: Aggregate[S, E, Any], stream: StreamId, cause: Recorded[Event]) -> None:
        """Ask this one again what follows, now that ``cause`` has happened."""
        await self._wake_one(aggregate, stream, cause, await self._handled_at(cause))

    async def _handled_at(self, cause: Recorded[Event]) -> datetime:
        return cause.at if self.clock is None else await no_earlier(cause.at, self.clock)

    async def _wake_one(
        self, aggregate: Aggregate[S, E, Any], stream: StreamId, cause: Recorded[Event], now: datetime
    ) -> None:
        async def ask_again(state: S | None) -> Decision[E]:
            if state is None:
                return ()
            reference_data = await self.reference_data_for(aggregate, state)
            return aggregate.wake(state, at=cause.at, now=max(now, command.at), reference_data=reference_data)

        command = CommandContext(id=f"{cause.position}|wake", at=cause.at, cause=cause.position)
        await self.decide(aggregate, stream, command, ask_again)

    async def reference_data_for(self, aggregate: Aggregate[S, Any, F], state: S) -> F:
        """The facts that this aggregate's rules read, as they see them."""
        return aggregate.reference_data(await self.reference_source.read([*aggregate.required_reads(state)]))

    async def current(self, aggregate: Aggregate[S, E, Any], stream: StreamId) -> CurrentState[S] | None:
        """The state now, or None if there is no such stream."""
        found = await self.store.states([stream])
        return await self.read(aggregate, found[0]) if found else None

    async def find(
        self,
        aggregate: Aggregate[S, E, Any],
        where: Mapping[str, Any],
        *,
        after: StreamId | None = None,
        limit: int = 1000,
        order: Order | None = None,
    ) -> list[CurrentState[S]]:
        """States of this kind with these values, by stream id, after one if given, or in this order."""
        found = await self.store.find(aggregate.kind, where, after=after, limit=limit, order=order)
        return [await self.read(aggregate, document) for document in found]

    async def events(self, aggregate: Aggregate[S, E, Any], stream: StreamId) -> list[Recorded[E]]:
        """The whole history, decoded."""
        return [recorded(aggregate, stream, entry) for entry in await self.store.history(stream)]

    async def read(self, aggregate: Aggregate[S, E, Any], document: Document) -> CurrentState[S]:
        """A document's state with its position."""
        return CurrentState(document.stream, document.version, await self.state(aggregate, document), document.wake_at)

    async def state(self, aggregate: Aggregate[S, E, Any], document: Document) -> S:
        """The stored state, or the history folded if it was stored in another schema version."""
        if document.schema_version == aggregate.schema_version:
            return aggregate.states.validate_python(document.state)
        state = None
        for entry in await self.store.history(document.stream):
            if entry.version <= document.version:  # more may have been written since the document was read
                state = aggregate.evolve(state, recorded(aggregate, document.stream, entry))
        if state is None:
            raise UnknownEvent(f"{document.stream} has no history")
        return state

    async def _again(
        self, aggregate: Aggregate[S, E, Any], document: Document, command: CommandContext
    ) -> AppendResult[S]:
        _check_request(document, command)
        state = await self.state(aggregate, document)
        return AppendResult(document.stream, document.answered, state, document.version, repeated=True)


async def no_earlier(at: datetime, clock: Clock) -> datetime:
    """The present instant, or ``at`` where that is later or the clock cannot be relied on: news do not wait for it."""
    try:
        return max(at, await clock.now())
    except ClockUnreliable:
        return at


def recorded(aggregate: Aggregate[S, E, Any], stream: StreamId, entry: Entry) -> Recorded[E]:
    """An entry of a history as an event at its place."""
    known = aggregate.events.get(entry.type)
    if known is None:
        raise UnknownEvent(f"{stream}@{entry.version} is a {entry.type}, which this version does not know")
    event = known.model_validate_json(entry.data)
    return Recorded(stream=stream, version=entry.version, at=entry.at, event=event, cause=entry.cause)


def prepare(
    aggregate: Aggregate[S, E, Any],
    stream: StreamId,
    document: Document | None,
    state: S | None,
    command: CommandContext,
    decisions: Decision[E],
    words: Mapping[str, str] | None = None,
    *,
    used: str | None = None,
) -> tuple[Write, S]:
    """The guarded write for what a rule decided, and the state after it.

    No event is earlier than the one before it: where its own instant is, it has that one's.
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
    assert after is not None  # evolve never answers None
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
        personal_texts=words or {},
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
