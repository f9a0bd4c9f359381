"""Project: one read model for each stream of another service, folded from its events, never over a gap."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from operator import attrgetter
from types import MappingProxyType
from typing import Protocol

import structlog
from prometheus_client import Counter

from coaching_events.envelope import Envelope, NotACloudEvent, read
from coaching_events.ids import StreamId, kind_of
from eventlog.aggregate import CatchingUp
from eventlog.consumers.consumer import Record
from eventlog.consumers.digests import ANYTHING, cut, digest, is_other, is_same
from eventlog.consumers.received import (
    ReceivedEvent,
    dead_letter_without_position,
    described,
    keep_dead_letters,
    received_again,
)
from eventlog.ids import jitter
from eventlog.outbox.high_water_marks import HighWaterMarks
from eventlog.projection import AnyProjection
from eventlog.stores.documents import DeadLetter, ReadModel, ReadModelWrite, Reason, Unstorable
from eventlog.stores.protocols import DeadLetterStore, ReadModels

log = structlog.stdlib.get_logger(__name__)

PROJECTED = Counter("tandem_events_projected_total", "Records taken by projections", ["handler"])
PROJECTION_BATCH = 1000
"""Records of one partition that are folded together."""
FEW = 20
"""Streams of a batch up to which the read model of a beginning stream is inserted without a look.

Measured: a record of a new stream takes 4.9 ms and 0.55 ms of CPU; with a look 8.3 ms and 1.26 ms."""
LONGEST_PAUSE = 0.005
"""Seconds before a read model is read again that another writer has moved, or whose write has no majority yet."""
_BY_VERSION = attrgetter("envelope.version")
_MAY_BE_DISCARDED = frozenset[Reason]({"failed", "undecodable", "other-content"})


class UnreadableReadModel(CatchingUp):
    """The stored value is none of its kind: nothing is known of its stream until the stream is sent again."""


class ProjectionStore(ReadModels, DeadLetterStore, Protocol):
    """Where read models and their dead letters lie."""


class Projections:
    """All read models of one projection version of a service: folds records into them, and reads them.

    ``handler`` names their dead letters: each projection version has its own gaps. ``reached`` is how far this process
    has written them. ``sources`` are the only topics from which streams of a kind are accepted.
    """

    def __init__(
        self,
        handler: str,
        store: ProjectionStore,
        projections: Iterable[AnyProjection],
        sources: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.handler = handler
        self.store = store
        self.kinds = {projection.kind: projection for projection in projections}
        self.reached = HighWaterMarks()
        self._sources = sources
        self._of_every_version = re.sub(r"\.\d+$", "", handler)

    def decision(self, letter_id: str) -> str:
        """The id of a decision to go on without a record: the same for every projection version."""
        handler, bar, place = letter_id.partition("|")
        return f"{self._of_every_version}{bar}{place}" if handler == self.handler else letter_id

    def is_of_others(self, letter: DeadLetter) -> bool:
        """Whether a dead letter belongs to another projection version."""
        return letter.handler != self.handler and re.sub(r"\.\d+$", "", letter.handler) == self._of_every_version

    async def take(self, records: Sequence[Record]) -> None:
        """Fold records into their read models. What cannot be folded now is a dead letter when this returns."""
        arrived: dict[StreamId, list[ReceivedEvent]] = {}
        unreadable: list[DeadLetter] = []
        for record in records:
            try:
                envelope = self.envelope_of(record)
            except NotACloudEvent as wrong:
                unreadable.append(dead_letter_without_position(self.handler, record, str(wrong)))
                continue
            if kind_of(envelope.stream) in self.kinds:
                received = ReceivedEvent(envelope, record.value or b"", record.headers)
                arrived.setdefault(envelope.stream, []).append(received)
        known = await self._known_discards(unreadable)
        await keep_dead_letters(self.store, [each for each in unreadable if self.decision(each.id) not in known])
        await self.fold(arrived)
        PROJECTED.labels(self.handler).inc(len(records))

    def envelope_of(self, record: Record) -> Envelope:
        """Its envelope; raises NotACloudEvent, also for a stream on another topic than its owner's.

        Otherwise a writer of one topic could forge every stream.
        """
        envelope = read(record.headers)
        kind = kind_of(envelope.stream)
        if self._sources.get(kind, record.topic) != record.topic:
            raise NotACloudEvent(f"a {kind} comes on {self._sources[kind]} alone, and this one came on {record.topic}")
        return envelope

    async def fold(
        self, arrived: dict[StreamId, list[ReceivedEvent]], discarded: frozenset[str] = frozenset(), *, but: str = ""
    ) -> None:
        """At most one find and two write commands; again for read models that another writer moved meanwhile.

        The dead letter with the id ``but`` is left alone: the caller drops it when all is done.
        """
        kept: dict[str, DeadLetter] = {}
        careful = False
        if len(arrived) <= FEW:
            arrived = await self._begin(arrived)
        while arrived:
            read_models = await self.store.read_models(arrived.keys())
            behind = await self._letters_behind_gaps(read_models, but)
            folds = [
                self._fold_one(stream, read_models.get(stream), events, behind.get(stream, ()), discarded, careful)
                for stream, events in arrived.items()
            ]
            letters = [letter for fold in folds for letter in fold.dead_letters]
            if letters and (known := await self._known_discards(letters) - discarded):
                discarded |= known
                continue
            await keep_dead_letters(self.store, letters)
            kept |= {letter.id: letter for letter in letters if letter.id != but}
            try:
                moved = await self._write(folds)
            except Unstorable:
                if careful:
                    raise
                careful = True  # fold again and check each value, so that only the wrong one is a dead letter
                continue
            done = {fold.stream: fold for fold in folds if fold.stream not in moved}
            there = [*kept.values(), *(letter for each in behind.values() for letter in each)]
            again = moved | await self._drop_taken(done, there, kept)
            arrived = {stream: arrived[stream] for stream in again}
            if moved:
                await asyncio.sleep(jitter(LONGEST_PAUSE))

    async def _begin(self, arrived: dict[StreamId, list[ReceivedEvent]]) -> dict[StreamId, list[ReceivedEvent]]:
        """Insert the read models of streams that begin here without a look; the streams that are left to fold.

        Left are also streams that have a read model already, and those with an event that cannot be folded.
        """
        folds = [
            self._fold_one(stream, None, events, (), frozenset(), careful=False)
            for stream, events in arrived.items()
            if any(event.envelope.version == 1 for event in events)
        ]
        whole = [fold for fold in folds if not fold.dead_letters]
        try:
            new = {fold.stream for fold in whole} - await self._write(whole)
        except Unstorable:
            return arrived
        return {stream: events for stream, events in arrived.items() if stream not in new}

    async def _write(self, folds: Sequence["_Fold"]) -> set[StreamId]:
        """Write the read models that have changed; the streams that another writer had moved."""
        moved = await self.store.write_read_models([fold.write for fold in folds if fold.write is not None])
        self.reached.note({fold.stream: fold.read_model.at for fold in folds if fold.stream not in moved})
        return moved

    async def _known_discards(self, letters: Iterable[DeadLetter]) -> frozenset[str]:
        asked = [self.decision(letter.id) for letter in letters if letter.reason in _MAY_BE_DISCARDED]
        return frozenset(decision.id for decision in await self.store.discards(asked))

    async def _letters_behind_gaps(
        self, read_models: Mapping[StreamId, ReadModel], but: str
    ) -> Mapping[StreamId, Sequence[DeadLetter]]:
        """The dead letters of streams whose read models have a gap."""
        streams = [stream for stream, read_model in read_models.items() if read_model.has_gap]
        if not streams:
            return {}
        letters: dict[StreamId, list[DeadLetter]] = {}
        for letter in await self.store.dead_letters(handler=self.handler, streams=streams, limit=None):
            if letter.stream is not None and letter.id != but:
                letters.setdefault(letter.stream, []).append(letter)
        return letters

    async def _drop_taken(
        self, done: Mapping[StreamId, "_Fold"], there: Iterable[DeadLetter], kept: dict[str, DeadLetter]
    ) -> set[StreamId]:
        """Drop the dead letters of events that were folded after all; their streams, which may have no gap any more.

        A read model keeps its gap until its letters are gone, so that a crash in between leaves none behind. Another
        content of a known position stays until an operator has decided, or the read model holds that very content.
        """
        taken = {
            letter.id: letter.stream
            for letter in there
            if letter.stream is not None and letter.stream in done and done[letter.stream].has_taken(letter)
        }
        if taken:
            await self.store.drop_dead_letters(taken.keys())
        for letter_id in taken:
            kept.pop(letter_id, None)
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
        at, gaps, value, digests = self._so_far(read_model)
        was_lost = read_model is not None and at < read_model.at
        in_order = arrived
        if letters or len(arrived) > 1:
            behind = [received_again(letter) for letter in letters if letter.reason == "gap"]
            in_order = sorted([*behind, *arrived], key=_BY_VERSION)
        ahead: dict[int, bytes] = {}
        failed: list[DeadLetter] = []
        for event in in_order:
            version = event.envelope.version
            content = digest(event.envelope, event.value)
            if version <= at:
                if is_other(digests, at, version, content):
                    failed += self._other_content(event, content, discarded)
                continue
            if version > at + 1:
                if ahead.setdefault(version, content) != content:
                    failed += self._other_content(event, content, discarded)
                    continue
                why = "the stored read model cannot be read, and " if was_lost and at == 0 else ""
                failed.append(event.dead_letter(self.handler, "gap", f"{why}event {at + 1} has not come"))
                continue
            try:
                evolved = _evolved(projection, value, event)
                if careful and evolved is not None:
                    self.store.refuse_unfit({"value": projection.values.dump_python(evolved, mode="json")})
                value = evolved
            except Exception as wrong:  # whatever a fold raises belongs to this one record
                if self.decision(f"{self.handler}|{event.envelope.position}") not in discarded:
                    reason: Reason = "undecodable" if isinstance(wrong, ValueError) else "failed"
                    failed.append(event.dead_letter(self.handler, reason, described(wrong)))
                    continue
                content = ANYTHING
            at = version
            digests += content
        stored = None if value is None else projection.values.dump_python(value, mode="json")
        after = ReadModel(stream, at, stored, gaps if was_lost and at == 0 else 0, cut(digests))
        if failed or letters:
            after.gaps = _gaps(gaps, after, failed, letters)
        changed = read_model is None or read_model.at != at or gaps != after.gaps
        return _Fold(stream, after, ReadModelWrite(after, read_model) if changed else None, failed)

    def value(self, read_model: ReadModel) -> object:
        """The value of a read model, as its projection's type; raises UnreadableReadModel."""
        if read_model.value is None:
            return None
        try:
            return self.kinds[kind_of(read_model.stream)].values.validate_python(read_model.value)
        except ValueError as wrong:
            raise UnreadableReadModel(read_model.stream) from wrong

    def may_know(self, read_model: ReadModel, person: StreamId) -> bool:
        """Whether a person may know that the stream of a read model exists."""
        parties = self.kinds[kind_of(read_model.stream)].parties
        if parties is None:
            return True
        with suppress(UnreadableReadModel):
            value = self.value(read_model)
            return value is not None and person in parties(read_model.stream, value)
        return False

    def can_read(self, read_model: ReadModel) -> bool:
        """Whether the value of a read model is one of its kind."""
        try:
            self.value(read_model)
        except UnreadableReadModel:
            return False
        return True

    def _so_far(self, read_model: ReadModel | None) -> tuple[int, int, object, bytes]:
        """Where a fold goes on: version, gaps, value and digests.

        A read model that cannot be read begins again with a gap; its stream, sent again, closes it.
        """
        if read_model is None:
            return 0, 0, None, b""
        try:
            return read_model.at, read_model.gaps, self.value(read_model), read_model.digests
        except UnreadableReadModel:
            log.warning("a read model cannot be read: have its stream sent again", stream=read_model.stream)
            return 0, max(1, read_model.gaps), None, b""

    def _other_content(self, event: ReceivedEvent, content: bytes, discarded: frozenset[str]) -> Sequence[DeadLetter]:
        """Each content of a position has a dead letter of its own, unless an operator has discarded it."""
        letter = event.dead_letter(self.handler, "other-content", "its position is known with another content")
        letter = replace(letter, id=f"{letter.id}|{content.hex()}")
        return () if self.decision(letter.id) in discarded else (letter,)


@dataclass(slots=True)  # not frozen, as ReceivedEvent
class _Fold:
    stream: StreamId
    read_model: ReadModel
    write: ReadModelWrite | None
    dead_letters: list[DeadLetter]

    def has_taken(self, letter: DeadLetter) -> bool:
        if letter.reason == "other-content":
            return holds(self.read_model, letter)
        return letter.version is not None and letter.version <= self.read_model.at


def holds(read_model: ReadModel, letter: DeadLetter) -> bool:
    """Whether the read model is known to have been folded from the content of this dead letter."""
    arrived = received_again(letter)
    return is_same(read_model.digests, read_model.at, arrived.envelope.version, digest(arrived.envelope, arrived.value))


def _gaps(before: int, read_model: ReadModel, failed: Sequence[DeadLetter], letters: Sequence[DeadLetter]) -> int:
    """The gaps of a read model; other contents of positions that it has do not block it."""
    more = sum(letter.reason != "other-content" for letter in failed)
    return before + more if more or any(_blocks(read_model, letter) for letter in letters) else 0


def _blocks(read_model: ReadModel, letter: DeadLetter) -> bool:
    """Also a letter for which the read model is built again, until it holds that content and the letter is dropped."""
    return letter.reason != "other-content" or (letter.version or 0) > read_model.at or holds(read_model, letter)


def _evolved(projection: AnyProjection, value: object, arrived: ReceivedEvent) -> object:
    known = projection.events.get(arrived.envelope.type)
    return value if known is None else projection.evolve(value, arrived.decoded(known))
