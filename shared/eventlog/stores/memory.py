"""The store in memory, for tests: the same answers as on MongoDB. Every call lets other tasks run first."""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from coaching_events.ids import StreamId, kind_of
from eventlog.clock import EPOCH, wall_now
from eventlog.stores.documents import (
    REFUSALS_KEPT,
    DeadLetter,
    DeadLetterCount,
    Discard,
    Document,
    Entry,
    OutstandingWork,
    Place,
    ReadModel,
    ReadModelWrite,
    Reason,
    Refusal,
    Unstorable,
    Write,
    legible,
)
from eventlog.stores.queries import BeginsWith, Between, Condition, Order, Scalar, Value, Where, refuse_odd_names


@dataclass
class _Stream:
    """A document as it lies in the database."""

    key: str
    state: Value
    version: int = 0
    size: int = 0
    schema_version: int = 1
    wake_at: datetime | None = None
    history: list[Entry] = field(default_factory=list[Entry])
    personal_texts: dict[str, str] = field(default_factory=dict[str, str])
    published: dict[str, int] = field(default_factory=dict[str, int])
    outbox_since: datetime | None = None
    outbox_from: datetime | None = None
    leased_until: datetime = EPOCH


class MemoryStore:
    """Store over dictionaries. Nothing that goes in or comes out is the object that is kept."""

    def __init__(self, topic: str = "") -> None:
        self._topic = topic
        self._streams: dict[StreamId, _Stream] = {}
        self._read_models: dict[StreamId, ReadModel] = {}
        self._letters: dict[str, DeadLetter] = {}
        self._discards: dict[str, Discard] = {}
        self._refusals: dict[str, Refusal] = {}

    async def read(self, stream: StreamId, command: str) -> Document | None:
        """The document, with the entries of the command."""
        await asyncio.sleep(0)
        kept = self._streams.get(stream)
        if kept is None:
            return None
        return replace(self._document(stream), answered=tuple(e for e in kept.history if e.command == command))

    async def history(self, stream: StreamId, after: int = 0) -> tuple[Entry, ...]:
        """The entries after a version."""
        await asyncio.sleep(0)
        kept = self._streams.get(stream)
        return () if kept is None else tuple(entry for entry in kept.history if entry.version > after)

    async def personal_texts(self, stream: StreamId) -> Mapping[str, str]:
        """The texts beside the state."""
        await asyncio.sleep(0)
        kept = self._streams.get(stream)
        return {} if kept is None else dict(kept.personal_texts)

    async def some_personal_texts(self, streams: Collection[StreamId], names: Collection[str]) -> Mapping[str, str]:
        """Those that exist."""
        await asyncio.sleep(0)
        kept = [self._streams[stream].personal_texts for stream in streams if stream in self._streams]
        return {name: texts[name] for texts in kept for name in names if name in texts}

    async def keep_personal_texts(self, stream: StreamId, texts: Mapping[str, str | None]) -> None:
        """Set or remove the texts."""
        await asyncio.sleep(0)
        _held(texts)
        kept = self._streams.get(stream)
        if kept is not None:
            together = {**kept.personal_texts, **texts}
            kept.personal_texts = {name: text for name, text in together.items() if text is not None}

    async def states(self, streams: Collection[StreamId]) -> list[Document]:
        """Those that exist."""
        await asyncio.sleep(0)
        return [self._document(stream) for stream in set(streams) if stream in self._streams]

    async def whole(self, streams: Collection[StreamId]) -> list[Document]:
        """Those that exist."""
        return [
            replace(each, history=tuple(kept.history), personal_texts={**kept.personal_texts})
            for each in await self.states(streams)
            for kept in [self._streams[each.stream]]
        ]

    async def find(
        self,
        kind: str,
        where: Where,
        *,
        after: StreamId | None = None,
        limit: int = 1000,
        order: Order | None = None,
        texts: str | None = None,
    ) -> list[Document]:
        """Documents of a kind with these values, by stream id or in this order."""
        await asyncio.sleep(0)
        refuse_odd_names(where)
        kept = [(s, each) for s, each in self._streams.items() if kind_of(s) == kind and _matches(each.state, where)]
        if order is None:
            found = sorted(stream for stream, _ in kept if after is None or stream > after)
        else:
            places = sorted((str(each.state[order.field]), stream) for stream, each in kept)
            found = [place[1] for place in places if order.after is None or place > order.after]
        documents = [self._document(stream) for stream in found[:limit]]
        return documents if texts is None else [self._with_texts(each, texts) for each in documents]

    def _with_texts(self, document: Document, field: str) -> Document:
        all_of_them = self._streams[document.stream].personal_texts
        names = _names(field, [document.state]) if field in document.state else all_of_them
        return replace(document, personal_texts={each: text for each, text in all_of_them.items() if each in names})

    async def named(self, kind: str, where: Where, field: str) -> list[Document]:
        """The documents that these name."""
        return await self.states(_names(field, [each.state for each in await self.find(kind, where)]))

    async def append(self, write: Write) -> bool:
        """Write if the version is still the same."""
        await asyncio.sleep(0)
        state = _storable(write)
        kept = self._streams.get(write.stream)
        if self._version(write.stream) != write.version:
            return False
        if kept is None:
            kept = self._streams[write.stream] = _Stream(write.key, state)
        kept.state, kept.version, kept.size, kept.schema_version = (
            state,
            write.next_version,
            write.next_size,
            write.schema_version,
        )
        kept.wake_at, kept.leased_until = write.wake_at, EPOCH
        kept.history += write.entries
        kept.personal_texts |= write.personal_texts
        kept.outbox_since = min(kept.outbox_since or wall_now(), wall_now())
        kept.outbox_from = kept.outbox_from or wall_now()
        return True

    async def append_many(self, writes: Sequence[Write]) -> int:
        """Each one if its version is still the same; none if one of them cannot be stored."""
        for write in writes:
            _storable(write)
        return sum([await self.append(write) for write in writes])

    async def with_other_schema(
        self, kind: str, schema_version: int, *, after: StreamId | None = None, limit: int = 1000
    ) -> list[Document]:
        """Documents of a kind in another schema version, by stream id."""
        await asyncio.sleep(0)
        found = sorted(
            s for s, kept in self._streams.items() if kind_of(s) == kind and kept.schema_version != schema_version
        )
        return [self._document(stream) for stream in found if after is None or stream > after][:limit]

    async def resnapshot(self, documents: Sequence[Document]) -> int:
        """Each one whose version is still the same; none if one of them cannot be stored."""
        await asyncio.sleep(0)
        same = [(each, _held(each.state)) for each in documents if self._version(each.stream) == each.version]
        for document, state in same:
            kept = self._streams[document.stream]
            kept.state, kept.schema_version, kept.wake_at = state, document.schema_version, document.wake_at
        return len(same)

    async def due(self, now: datetime, wall: datetime, until: datetime, limit: int) -> list[Document]:
        """What is due and not leased."""
        await asyncio.sleep(0)
        due = [
            (kept.wake_at, stream)
            for stream, kept in self._streams.items()
            if kept.wake_at is not None and kept.wake_at <= now and kept.leased_until <= wall
        ]
        taken = [stream for _, stream in sorted(due)[:limit]]
        for stream in taken:
            self._streams[stream].leased_until = until
        return [self._document(stream) for stream in taken]

    async def lease_until(self, stream: StreamId, until: datetime) -> None:
        """Let no sweep take it before."""
        await asyncio.sleep(0)
        if stream in self._streams:
            self._streams[stream].leased_until = until

    async def acknowledge(self, topic: str, versions: Mapping[StreamId, int]) -> None:
        """Only documents that are still at these versions."""
        await asyncio.sleep(0)
        for stream, version in versions.items():
            kept = self._streams.get(stream)
            if kept is not None and kept.version == version:
                kept.published[topic] = version
                kept.outbox_since = kept.outbox_from = None

    async def unpublished(self, before: datetime, ahead: datetime, limit: int) -> list[Document]:
        """What is late; it moves ahead."""
        await asyncio.sleep(0)
        late = [
            (kept.outbox_since, stream)
            for stream, kept in self._streams.items()
            if kept.outbox_since is not None and kept.outbox_since <= before
        ]
        taken = [stream for _, stream in sorted(late)[:limit]]
        for stream in taken:
            self._streams[stream].outbox_since = ahead
        return [self._document(stream) for stream in taken]

    async def oldest_unpublished(self) -> datetime | None:
        """The earliest of those that are unpublished."""
        await asyncio.sleep(0)
        waiting = (kept.outbox_from for kept in self._streams.values() if kept.outbox_since is not None)
        return min((since for since in waiting if since is not None), default=None)

    async def behind(self, before: datetime, *, after: StreamId | None = None, limit: int = 1000) -> list[Document]:
        """Documents of which the topic lacks events, but for what is being published."""
        await asyncio.sleep(0)
        found = sorted(
            stream
            for stream, kept in self._streams.items()
            if kept.published.get(self._topic, 0) < kept.version
            and (kept.outbox_since is None or kept.outbox_since <= before)
        )
        return [self._document(stream) for stream in found if after is None or stream > after][:limit]

    async def outstanding(self, now: datetime) -> OutstandingWork:
        """Count both."""
        await asyncio.sleep(0)
        return OutstandingWork(
            due=sum(kept.wake_at is not None and kept.wake_at <= now for kept in self._streams.values()),
            unpublished=sum(kept.outbox_since is not None for kept in self._streams.values()),
        )

    async def next_wake(self) -> datetime | None:
        """The earliest."""
        await asyncio.sleep(0)
        return min((kept.wake_at for kept in self._streams.values() if kept.wake_at is not None), default=None)

    async def read_models(self, streams: Collection[StreamId]) -> dict[StreamId, ReadModel]:
        """Those that exist."""
        await asyncio.sleep(0)
        return {stream: _copied(self._read_models[stream]) for stream in streams if stream in self._read_models}

    async def find_read_models(self, kind: str, where: Where, *, limit: int = 1000) -> list[ReadModel]:
        """Read models of a kind that meet these conditions."""
        await asyncio.sleep(0)
        refuse_odd_names(where)
        of_kind = [read_model for read_model in self._read_models.values() if kind_of(read_model.stream) == kind]
        return [_copied(read_model) for read_model in of_kind if _matches(read_model.value or {}, where)][:limit]

    async def named_read_models(self, kind: str, where: Where, field: str) -> list[ReadModel]:
        """The read models that these name."""
        naming = await self.find_read_models(kind, where)
        return [*(await self.read_models(_names(field, [each.value or {} for each in naming]))).values()]

    async def write_read_models(self, writes: Sequence[ReadModelWrite]) -> set[StreamId]:
        """Each read model that has not moved; none if one of them cannot be stored."""
        await asyncio.sleep(0)
        copies = [(write, _copied(write.read_model)) for write in writes]
        moved = set[StreamId]()
        for write, read_model in copies:
            if _place(self._read_models.get(read_model.stream)) == _place(write.was):
                self._read_models[read_model.stream] = read_model
            else:
                moved.add(read_model.stream)
        return moved

    def refuse_unfit(self, value: Value) -> None:
        """Raise Unstorable where MongoDB would."""
        _held(value)

    async def put_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Keep or replace."""
        await asyncio.sleep(0)
        for letter in letters:
            before = self._letters.get(letter.id, letter)
            self._letters[letter.id] = replace(
                letter, since=before.since, error=legible(letter.error), headers=dict(letter.headers)
            )

    async def dead_letters(
        self,
        *,
        handler: str | None = None,
        streams: Collection[StreamId] | None = None,
        reason: Reason | None = None,
        due: datetime | None = None,
        after: Place | None = None,
        limit: int | None = 1000,
    ) -> list[DeadLetter]:
        """Kept records, oldest first."""
        await asyncio.sleep(0)
        found = [
            replace(letter, headers=dict(letter.headers))
            for letter in self._letters.values()
            if handler in (None, letter.handler)
            and (streams is None or letter.stream in streams)
            and reason in (None, letter.reason)
            and (due is None or letter.next_try <= due)
            and (after is None or letter.place > after)
        ]
        return sorted(found, key=lambda letter: letter.place)[:limit]

    async def dead_letter(self, id: str) -> DeadLetter | None:
        """One kept record."""
        await asyncio.sleep(0)
        kept = self._letters.get(id)
        return None if kept is None else replace(kept, headers=dict(kept.headers))

    async def dead_letter_counts(self) -> Mapping[Reason, DeadLetterCount]:
        """Count and oldest of each reason."""
        await asyncio.sleep(0)
        since: dict[Reason, list[datetime]] = {}
        for letter in self._letters.values():
            since.setdefault(letter.reason, []).append(letter.since)
        return {reason: DeadLetterCount(len(each), min(each)) for reason, each in since.items()}

    async def drop_dead_letters(self, ids: Collection[str]) -> None:
        """Forget."""
        await asyncio.sleep(0)
        for letter_id in ids:
            self._letters.pop(letter_id, None)

    async def keep_refusal(self, refusal: Refusal) -> None:
        """Remember the first."""
        await asyncio.sleep(0)
        self._refusals.setdefault(refusal.command, refusal)

    async def refusal(self, command: str) -> Refusal | None:
        """If it is young enough."""
        await asyncio.sleep(0)
        kept = self._refusals.get(command)
        return kept if kept is not None and kept.at > wall_now() - REFUSALS_KEPT else None

    async def discard(self, decision: Discard) -> None:
        """Remember."""
        await asyncio.sleep(0)
        self._discards[decision.id] = decision

    async def discards(self, ids: Collection[str]) -> list[Discard]:
        """Those that were made."""
        await asyncio.sleep(0)
        return [self._discards[each] for each in set(ids) if each in self._discards]

    def _version(self, stream: StreamId) -> int:
        kept = self._streams.get(stream)
        return 0 if kept is None else kept.version

    def _document(self, stream: StreamId) -> Document:
        kept = self._streams[stream]
        return Document(
            stream=stream,
            key=kept.key,
            version=kept.version,
            schema_version=kept.schema_version,
            state=_held(kept.state),
            published=kept.published.get(self._topic, 0),
            wake_at=kept.wake_at,
            size=kept.size,
            last_at=kept.history[-1].at,
        )


@dataclass(frozen=True, slots=True)
class MemoryRecord:
    """A record as a consumer would get it."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class MemoryPublisher:
    """Acknowledges every record and keeps it, one partition a topic."""

    def __init__(self) -> None:
        self.topics: dict[str, list[MemoryRecord]] = {}

    async def send(self, topic: str, key: str, value: bytes, record_headers: dict[str, str]) -> None:
        """Keep one record."""
        await asyncio.sleep(0)
        kept = self.topics.setdefault(topic, [])
        headers = [(name, text.encode()) for name, text in record_headers.items()]
        kept.append(MemoryRecord(topic, 0, len(kept), value, headers))


def _place(read_model: ReadModel | None) -> tuple[int, int] | None:
    return None if read_model is None else (read_model.at, read_model.gaps)


def _copied(read_model: ReadModel) -> ReadModel:
    return replace(read_model, value=None if read_model.value is None else _held(read_model.value))


def _storable(write: Write) -> Value:
    """The state as it would be read back; raises TooLarge or Unstorable."""
    for entry in write.entries:
        _held([entry.type, entry.command, entry.request, entry.data])
    write.refuse_too_large()
    _held(write.personal_texts)
    return _held(write.state)


def _held(value: object) -> Any:  # whatever JSON-shaped type went in comes out
    """A copy as it would be read back; raises Unstorable for what MongoDB cannot hold."""
    match value:
        case None | bool() | float():
            return value
        case int() if -(2**63) <= value < 2**63:
            return value
        case str():
            try:
                value.encode()
            except UnicodeEncodeError as unfit:
                raise Unstorable(str(unfit)) from unfit
            return value
        case Mapping():
            pairs = cast(Mapping[object, object], value)
            for name in pairs:
                if not isinstance(name, str) or "\0" in name:
                    raise Unstorable(f"{name!r} cannot be the name of a field")
            return {_held(name): _held(part) for name, part in pairs.items()}
        case list() | tuple():
            return [_held(part) for part in cast(Sequence[object], value)]
        case _:
            raise Unstorable(f"{value!r} is no JSON-shaped value, or an integer beyond 64 bits")


def _matches(value: Value, where: Where) -> bool:
    return all(_has(value, name, condition) for name, condition in where.items())


def _has(value: Value, name: str, condition: Condition) -> bool:
    found = list(_reached(value, name.split(".")))
    texts = [each for each in found if isinstance(each, str)]
    match condition:
        case Between(start=start, end=end):
            return any(start <= text and (end is None or text < end) for text in texts)
        case BeginsWith(beginnings=beginnings):
            return all(any(text.startswith(beginning) for text in texts) for beginning in beginnings)
        case str() | int() | float() | None:
            any_of: Collection[Scalar] = [condition]
        case _:
            any_of = condition
    return any(_same(one, other) for one in found or [None] for other in any_of)


def _names(field: str, values: Iterable[Value]) -> set[StreamId]:
    return {StreamId(each) for value in values for each in _reached(value, field.split(".")) if isinstance(each, str)}


def _reached(value: object, path: Sequence[str]) -> Iterator[object]:
    """What lies at a path. Of a list on the way or at its end every member counts, as in MongoDB."""
    if isinstance(value, list):
        for part in cast(list[object], value):
            yield from _reached(part, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _reached(cast(Mapping[str, object], value)[path[0]], path[1:])


def _same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)
