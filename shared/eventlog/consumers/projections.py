"""Project: one row for each stream of another service, folded as an aggregate is, never over a hole."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Protocol

import structlog
from prometheus_client import Counter

from coaching_events.envelope import Envelope, NotACloudEvent, Recorded, read
from coaching_events.ids import StreamId, kind_of
from eventlog.aggregate import CatchingUp, ReferenceData, ReferenceEntry
from eventlog.clock import wall_in, wall_now
from eventlog.consumers.consumer import Record
from eventlog.consumers.digests import ANYTHING, cut, digest, is_other, is_same
from eventlog.ids import jitter
from eventlog.outbox.high_water_marks import HighWaterMarks
from eventlog.projection import AnyProjection
from eventlog.stores.documents import DeadLetter, ReadModel, ReadModelWrite, Reason, Unstorable
from eventlog.stores.protocols import DeadLetterStore, ReadModels

log = structlog.stdlib.get_logger(__name__)

PROJECTED = Counter("tandem_events_projected_total", "Records taken by projections", ["handler"])
DEAD_LETTERS = Counter("tandem_records_set_aside_total", "Records set aside, each time one is", ["reason"])
PROJECTION_BATCH = 1000
"""Records of one partition that are folded together."""
FEW = 20
"""Streams of a batch up to which one that begins is not looked for. Many at once may be what was read before."""
LONGEST_PAUSE = 0.005
"""Seconds before a row is looked for again that another has moved, or whose write no majority has yet."""
_BY_VERSION = attrgetter("envelope.version")
_MAY_BE_DISCARDED = frozenset[Reason]({"failed", "undecodable", "other-content"})


@dataclass(slots=True)  # not frozen: there is one for each record, and frozen ones take three times as long to make
class ReceivedEvent:
    """A record with its envelope read."""

    envelope: Envelope
    value: bytes
    headers: Sequence[tuple[str, bytes | None]]


class UnreadableReadModel(CatchingUp):
    """The value of a row is none of its kind: nothing is known here of its stream until it is sent again."""


class ProjectionStore(ReadModels, DeadLetterStore, Protocol):
    """Where read models and their dead letters lie."""


class Projections:
    """All rows of one number of a service: takes records, and answers what is known.

    ``handler`` names their dead letters, which are theirs alone: each number has its own gaps. ``reached`` is how far
    this process has written them. ``sources`` are the topics on which alone streams of a kind may come.
    """

    def __init__(
        self,
        handler: str,
        store: ProjectionStore,
        projections: Iterable[AnyProjection],
        sources: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.handler = handler
        self._sources = sources
        self.store = store
        self._decided = re.sub(r"\.\d+$", "", handler)
        self.kinds = {projection.kind: projection for projection in projections}
        self.reached = HighWaterMarks()

    def decision(self, letter_id: str) -> str:
        """Under which name going on without a record is remembered: the same for rows of every number."""
        handler, bar, place = letter_id.partition("|")
        return f"{self._decided}{bar}{place}" if handler == self.handler else letter_id

    def is_of_others(self, letter: DeadLetter) -> bool:
        """Whether rows of another number wait for this record, and not these."""
        return letter.handler != self.handler and re.sub(r"\.\d+$", "", letter.handler) == self._decided

    async def take(self, records: Sequence[Record]) -> None:
        """Fold records into their rows. What cannot be taken now is a dead letter before this returns."""
        arrived: dict[StreamId, list[ReceivedEvent]] = {}
        poison: list[DeadLetter] = []
        for record in records:
            try:
                envelope = self.envelope_of(record)
            except NotACloudEvent as wrong:
                poison.append(dead_letter_without_position(self.handler, record, str(wrong)))
                continue
            arrived.setdefault(envelope.stream, []).append(ReceivedEvent(envelope, record.value or b"", record.headers))
        await keep_dead_letters(self.store, await self._undecided(poison))
        await self.fold({stream: events for stream, events in arrived.items() if kind_of(stream) in self.kinds})
        PROJECTED.labels(self.handler).inc(len(records))

    def envelope_of(self, record: Record) -> Envelope:
        """Its envelope; raises NotACloudEvent, also for a stream that comes on another topic than its owner's.

        Who may write one topic could forge every stream otherwise.
        """
        envelope = read(record.headers)
        kind = kind_of(envelope.stream)
        if self._sources.get(kind, record.topic) != record.topic:
            raise NotACloudEvent(f"a {kind} comes on {self._sources[kind]} alone, and this one came on {record.topic}")
        return envelope

    async def fold(
        self, arrived: dict[StreamId, list[ReceivedEvent]], discarded: frozenset[str] = frozenset(), *, but: str = ""
    ) -> None:
        """At most one find and two write commands, again for rows that somebody else moved.

        The letter named ``but`` is not looked at, and stays: whoever has it in hand drops it when all is done.
        """
        put: dict[str, DeadLetter] = {}
        careful = False
        if len(arrived) <= FEW:
            arrived = await self._begin(arrived)
        while arrived:
            read_models = await self.store.read_models(arrived.keys())
            letters = await self._letters_behind_gaps(read_models, but)
            folds = [
                self._fold_one(stream, read_models.get(stream), events, letters.get(stream, ()), discarded, careful)
                for stream, events in arrived.items()
            ]
            aside = [letter for fold in folds for letter in fold.dead_letters]
            if aside and (known := await self._known_discards(aside) - discarded):
                discarded |= known
                continue
            await keep_dead_letters(self.store, aside)
            put |= {letter.id: letter for letter in aside if letter.id != but}
            try:
                moved = await self._write(folds)
            except Unstorable:
                if careful:
                    raise
                careful = True  # fold again, and look at each value, so that only the culprit is set aside
                continue
            done = [fold for fold in folds if fold.stream not in moved]
            again = moved | await self._drop_taken(done, letters, put)
            arrived = {stream: arrived[stream] for stream in again}
            if moved:
                await asyncio.sleep(jitter(LONGEST_PAUSE))

    async def _begin(self, arrived: dict[StreamId, list[ReceivedEvent]]) -> dict[StreamId, list[ReceivedEvent]]:
        """Insert the rows of streams that begin here without looking for them; what is left to fold.

        Left are also those that have a row already, and those of which something would have to be set aside.
        """
        begin = {stream: events for stream, events in arrived.items() if any(e.envelope.version == 1 for e in events)}
        folds = [
            self._fold_one(stream, None, events, (), frozenset(), careful=False) for stream, events in begin.items()
        ]
        whole = [fold for fold in folds if not fold.dead_letters]
        try:
            new = {fold.stream for fold in whole} - await self._write(whole)
        except Unstorable:
            return arrived
        return {stream: events for stream, events in arrived.items() if stream not in new}

    async def _write(self, folds: Sequence["_Fold"]) -> set[StreamId]:
        """Write the rows that have changed, and note how far all are; those that somebody else had moved."""
        moved = await self.store.write_read_models([fold.write for fold in folds if fold.write is not None])
        self.reached.note({fold.stream: fold.read_model.at for fold in folds if fold.stream not in moved})
        return moved

    async def _known_discards(self, aside: Iterable[DeadLetter]) -> frozenset[str]:
        asked = [self.decision(letter.id) for letter in aside if letter.reason in _MAY_BE_DISCARDED]
        return frozenset(decision.id for decision in await self.store.discards(asked))

    async def _undecided(self, poison: Sequence[DeadLetter]) -> Sequence[DeadLetter]:
        known = await self._known_discards(poison)
        return [letter for letter in poison if self.decision(letter.id) not in known]

    async def _letters_behind_gaps(
        self, read_models: Mapping[StreamId, ReadModel], but: str
    ) -> Mapping[StreamId, Sequence[DeadLetter]]:
        """What was set aside for the rows that are marked."""
        waiting = [stream for stream, read_model in read_models.items() if read_model.gaps]
        if not waiting:
            return {}
        letters: dict[StreamId, list[DeadLetter]] = {}
        for letter in await self.store.dead_letters(handler=self.handler, streams=waiting, limit=None):
            if letter.stream is not None and letter.id != but:
                letters.setdefault(letter.stream, []).append(letter)
        return letters

    async def _drop_taken(
        self, done: Sequence["_Fold"], letters: Mapping[StreamId, Sequence[DeadLetter]], put: dict[str, DeadLetter]
    ) -> set[StreamId]:
        """Drop the letters of what was taken after all; those streams, whose rows may now lose their mark.

        A row keeps its mark until its letters are gone, so that a crash in between leaves none behind. Another content
        of a known position stays until a person has decided, or the row holds that very content.
        """
        there = [*put.values(), *(letter for waiting in letters.values() for letter in waiting)]
        if not there:
            return set()
        folds = {fold.stream: fold for fold in done}
        taken: dict[str, StreamId] = {}
        for letter in there:
            if letter.stream is not None and letter.stream in folds and folds[letter.stream].has_taken(letter):
                taken[letter.id] = letter.stream
        await self.store.drop_dead_letters(taken.keys())
        for letter_id in taken:
            put.pop(letter_id, None)
        return set(taken.values())

    def _fold_one(
        self,
        stream: StreamId,
        read_model: ReadModel | None,
        arrived: Sequence[ReceivedEvent],
        letters: Sequence[DeadLetter],
        discarded: frozenset[str],
        careful: bool,
    ) -> "_Fold":
        projection = self.kinds[kind_of(stream)]
        at, waited, value, digests = self._so_far(read_model)
        was_lost = read_model is not None and at < read_model.at
        in_order = arrived
        if letters or len(arrived) > 1:
            behind = [received_again(letter) for letter in letters if letter.reason == "gap"]
            in_order = sorted([*behind, *arrived], key=_BY_VERSION)
        ahead: dict[int, bytes] = {}
        aside: list[DeadLetter] = []
        for event in in_order:
            version = event.envelope.version
            content = digest(event.envelope, event.value)
            if version <= at:
                if is_other(digests, at, version, content):
                    aside += self._other_content(event, content, discarded)
                continue
            if version > at + 1:
                if ahead.setdefault(version, content) != content:
                    aside += self._other_content(event, content, discarded)
                    continue
                why = "the stored row cannot be read, and" if was_lost and at == 0 else ""
                aside.append(self._dead_letter(event, "gap", f"{why} event {at + 1} has not come".strip()))
                continue
            try:
                evolved = _evolved(projection, value, event)
                if careful:
                    self._refuse_unfit(projection, evolved)
                value = evolved
            except Exception as wrong:  # whatever a fold raises belongs to this one record
                if self.decision(self._letter_id(event)) not in discarded:
                    reason: Reason = "undecodable" if isinstance(wrong, ValueError) else "failed"
                    aside.append(self._dead_letter(event, reason, f"{type(wrong).__name__}: {wrong}"))
                    continue
                content = ANYTHING
            at = version
            digests += content
        kept = None if value is None else projection.values.dump_python(value, mode="json")
        after = ReadModel(stream, at, kept, waited if was_lost and at == 0 else 0, cut(digests))
        if aside or letters:
            after.gaps = _gaps(waited, after, aside, letters)
        changed = read_model is None or read_model.at != at or waited != after.gaps
        return _Fold(stream, after, ReadModelWrite(after, read_model) if changed else None, aside)

    def value(self, read_model: ReadModel) -> Any:
        """What a row says; raises UnreadableRow."""
        try:
            return (
                None
                if read_model.value is None
                else self.kinds[kind_of(read_model.stream)].values.validate_python(read_model.value)
            )
        except ValueError as wrong:
            raise UnreadableReadModel(read_model.stream) from wrong

    def may_know(self, read_model: ReadModel, person: StreamId) -> bool:
        """Whether a person may know that the stream of a row exists."""
        parties = self.kinds[kind_of(read_model.stream)].parties
        if parties is None:
            return True
        with suppress(UnreadableReadModel):
            value = self.value(read_model)
            return value is not None and person in parties(read_model.stream, value)
        return False

    def can_read(self, read_model: ReadModel) -> bool:
        """Whether the value of a row is one of its kind."""
        try:
            self.value(read_model)
        except UnreadableReadModel:
            return False
        return True

    def _so_far(self, read_model: ReadModel | None) -> tuple[int, int, Any, bytes]:
        """Where a fold goes on: the version, the mark, the value and the digests so far.

        A row that cannot be read begins anew, marked: its stream, sent again, makes it whole. No other stream waits.
        """
        if read_model is None:
            return 0, 0, None, b""
        try:
            return read_model.at, read_model.gaps, self.value(read_model), read_model.digests
        except UnreadableReadModel:
            log.warning("a row cannot be read: have its stream sent again", stream=read_model.stream)
            return 0, max(1, read_model.gaps), None, b""

    def _letter_id(self, event: ReceivedEvent) -> str:
        return f"{self.handler}|{event.envelope.position}"

    def _refuse_unfit(self, projection: AnyProjection, value: Any) -> None:
        if value is not None:
            self.store.refuse_unfit({"value": projection.values.dump_python(value, mode="json")})

    def _dead_letter(self, event: ReceivedEvent, reason: Reason, error: str) -> DeadLetter:
        envelope = event.envelope
        return _letter(self.handler, reason, envelope.stream, envelope.version, error, event.headers, event.value)

    def _other_content(self, event: ReceivedEvent, content: bytes, discarded: frozenset[str]) -> Sequence[DeadLetter]:
        """Each content of a position has a letter of its own, unless somebody has decided to go on without it."""
        letter = self._dead_letter(event, "other-content", "its position is known with another content")
        letter = replace(letter, id=f"{letter.id}|{content.hex()}")
        return () if self.decision(letter.id) in discarded else (letter,)


@dataclass(slots=True)  # not frozen, as above
class _Fold:
    stream: StreamId
    read_model: ReadModel
    write: ReadModelWrite | None
    dead_letters: list[DeadLetter]

    def has_taken(self, letter: DeadLetter) -> bool:
        if letter.reason == "other-content":
            return holds(self.read_model, letter)
        return letter.version is not None and letter.version <= self.read_model.at


class ProjectedReferenceSource:
    """Facts from projections. Rows of the ``held`` kinds are few and slow: they stay in the process for a minute."""

    def __init__(self, projections: Projections, held: Iterable[str] = (), *, hold: float = 60.0) -> None:
        self._projections = projections
        self._held_kinds = tuple(held)
        self._hold = hold
        self._held: dict[StreamId, ReferenceEntry] = {}
        self._until = wall_now()

    async def read(self, streams: Sequence[StreamId]) -> ReferenceData:
        """One find, and now and then one for each held kind. What has a gap or cannot be read is left out."""
        read_models = await self._projections.store.read_models(streams)
        reference_data = {entry.stream: entry for entry in self._known(read_models.values())}
        return await self._all_held() | reference_data if self._held_kinds else reference_data

    async def find(self, kind: str, where: Mapping[str, Any]) -> list[ReferenceEntry]:
        """Rows of a kind with these values that have no gap and can be read."""
        return [*self._known(await self._projections.store.find_read_models(kind, where))]

    def _known(self, read_models: Iterable[ReadModel]) -> Iterator[ReferenceEntry]:
        """Of a kind whose events replace each other also what was known last before a gap."""
        for read_model in read_models:
            holds = self._projections.kinds[kind_of(read_model.stream)].replaces and read_model.value is not None
            if not read_model.gaps or holds:
                with suppress(UnreadableReadModel):
                    yield ReferenceEntry(read_model.stream, read_model.at, self._projections.value(read_model))

    def forget_held(self) -> None:
        """Read held kinds anew next time: something was not among them."""
        self._until = wall_now()

    async def _all_held(self) -> dict[StreamId, ReferenceEntry]:
        if wall_now() >= self._until:
            held = [entry for kind in self._held_kinds for entry in await self.find(kind, {})]
            self._held |= {entry.stream: entry for entry in held}
            self._until = wall_in(self._hold)
        return self._held


async def keep_dead_letters(store: DeadLetterStore, letters: Sequence[DeadLetter]) -> None:
    """Put these dead letters into the store, and count them."""
    await store.put_dead_letters(letters)
    for letter in letters:
        DEAD_LETTERS.labels(letter.reason).inc()


def dead_letter_without_position(handler: str, record: Record, error: str) -> DeadLetter:
    """A dead letter for a record without a readable position: it holds up nothing."""
    letter = _letter(handler, "undecodable", None, None, error, record.headers, record.value or b"")
    return replace(letter, id=f"{handler}|{record.topic}-{record.partition}-{record.offset}")


def received_again(letter: DeadLetter) -> ReceivedEvent:
    """A dead letter as the record it was."""
    record_headers = [(name, value.encode()) for name, value in letter.headers.items()]
    return ReceivedEvent(read(record_headers), letter.raw, record_headers)


def holds(read_model: ReadModel, letter: DeadLetter) -> bool:
    """Whether the row is known to have been folded from the content of this letter."""
    arrived = received_again(letter)
    return is_same(read_model.digests, read_model.at, arrived.envelope.version, digest(arrived.envelope, arrived.value))


def as_texts(record_headers: Sequence[tuple[str, bytes | None]]) -> dict[str, str]:
    """Headers as a letter keeps them: those of others may be no text, or have no value."""
    return {name: (value or b"").decode(errors="replace") for name, value in record_headers}


def _letter(
    handler: str,
    reason: Reason,
    stream: StreamId | None,
    version: int | None,
    error: str,
    record_headers: Sequence[tuple[str, bytes | None]],
    raw: bytes,
) -> DeadLetter:
    return DeadLetter(
        id=f"{handler}|{stream}@{version}",
        handler=handler,
        reason=reason,
        stream=stream,
        version=version,
        tries=1,
        next_try=wall_in(5),
        error=error[:2000],
        raw=raw,
        since=wall_now(),
        headers=as_texts(record_headers),
    )


def _gaps(waited: int, read_model: ReadModel, aside: Sequence[DeadLetter], letters: Sequence[DeadLetter]) -> int:
    """How a row is marked; other contents of positions that it has do not hold it up."""
    more = sum(letter.reason != "other-content" for letter in aside)
    return waited + more if more or any(_holds_up(read_model, letter) for letter in letters) else 0


def _holds_up(read_model: ReadModel, letter: DeadLetter) -> bool:
    """Also one for whose sake the row is made anew, until it has come so far and the letter is dropped."""
    return letter.reason != "other-content" or (letter.version or 0) > read_model.at or holds(read_model, letter)


def _evolved(projection: AnyProjection, value: Any, arrived: ReceivedEvent) -> Any:
    envelope = arrived.envelope
    known = projection.events.get(envelope.type)
    if known is None:
        return value
    event = known.model_validate_json(arrived.value)
    return projection.evolve(
        value,
        Recorded(stream=envelope.stream, version=envelope.version, at=envelope.at, event=event, cause=envelope.cause),
    )
