"""What the event log asks of a database. Two implementations pass the same contract tests: memory.py and mongo.py."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from coaching_events.ids import Position, StreamId
from eventlog.clock import EPOCH

Value = Mapping[str, Any]
"""A state or a row as stored: JSON-shaped, made and read by a pydantic TypeAdapter."""


@dataclass(frozen=True, slots=True)
class Between:
    """A condition on a text: it sorts from ``start`` on and before ``end``; without an end there is no bound."""

    start: str = ""
    end: str | None = None


@dataclass(frozen=True, slots=True)
class BeginsWith:
    """A condition on a list of texts: each of these is the beginning of one of them."""

    beginnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Sorted by a text in this field of the state, then by stream id, from after a place on: a text and a stream."""

    field: str
    after: tuple[str, StreamId] | None = None


_PLAIN_FIELD = re.compile(r"[a-z_][a-z_.0-9]*")

LARGEST_EVENT = 512 * 1024
"""Bytes of one event's data."""
REFUSALS_KEPT = timedelta(days=1)
"""How long a retry of a command that was refused gets the same answer, by wall time."""
LARGEST_HISTORY = 4 * 1024 * 1024
"""Bytes of all events of one stream, and of the texts beside them: far below what one document can hold."""
BESIDE_DATA = 320
"""Bytes that are counted for what an event has besides its data: command, request, cause, trace and names of fields."""
FOR_COMMANDS = LARGEST_HISTORY * 3 // 4
"""How much of that people's commands may fill; the rest is for what ends, what eases, deadlines and reactions."""
FOR_EASING = LARGEST_HISTORY * 7 // 8
"""How much may be filled by commands that ease something and can be sent again and again, such as a pause."""
LONG_HISTORY = LARGEST_HISTORY // 2
"""From here on a history is counted as long, so that somebody looks before it can grow no more."""


class StoreUnavailable(Exception):
    """The database cannot be reached or did not confirm: nothing is known about what was asked. Ask again."""


class ClockUnreliable(StoreUnavailable):
    """This machine's clock and the database server's disagree: what they cannot agree about has no time. Ask again."""


class TooLarge(Exception):
    """An event over LARGEST_EVENT, a history over LARGEST_HISTORY, or a document over what the database holds."""


class HistoryFull(TooLarge):
    """The history of this stream leaves no room for what was decided, though there may be room for what ends it."""


class Unstorable(Exception):
    """A text or number that the database cannot hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event in a history. ``data`` is the JSON text that goes on the wire, ``request`` a request's fingerprint.

    ``traceparent`` is the W3C trace in which it was decided, ``used`` the data with which, such as ``tzdata 2026.1``;
    older histories have neither.
    """

    version: int
    type: str
    at: datetime
    command: str
    request: str
    data: str
    cause: Position | None = None
    traceparent: str | None = None
    used: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One aggregate as read, without its history; ``answered`` are the entries of the command that was asked for.

    ``size`` is how many bytes its history counts, with the texts that were ever beside it, ``last_at`` the time of its
    last event.
    """

    stream: StreamId
    key: str
    version: int
    schema_version: int
    state: Value
    published: int
    wake_at: datetime | None = None
    answered: tuple[Entry, ...] = ()
    size: int = 0
    last_at: datetime = EPOCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One guarded write: it happens only if the document is still at ``version`` (0: does not exist).

    ``size`` is that of the document before it, ``room`` how large it may be afterwards.
    """

    stream: StreamId
    key: str
    version: int
    published: int
    schema_version: int
    state: Value
    entries: tuple[Entry, ...]
    wake_at: datetime | None
    personal_texts: Mapping[str, str] = field(default_factory=dict[str, str])
    size: int = 0
    room: int = LARGEST_HISTORY

    @property
    def next_version(self) -> int:
        """The version after this write."""
        return self.version + len(self.entries)

    @property
    def next_size(self) -> int:
        """Bytes that the history counts after this write, with the texts beside it."""
        texts = (*(entry.data for entry in self.entries), *self.personal_texts.values())
        return self.size + sum(len(text.encode()) for text in texts) + len(self.entries) * BESIDE_DATA

    def refuse_too_large(self) -> None:
        """Raise TooLarge if an event is larger than is kept, HistoryFull if the history would be."""
        for entry in self.entries:
            if len(entry.data.encode()) > LARGEST_EVENT:
                raise TooLarge(f"{entry.type} is over {LARGEST_EVENT // 1024} kB: say it in fewer words")
        if self.next_size > self.room:
            raise HistoryFull(f"the history of {self.stream} would be over {self.room // 1024} kB")


@dataclass(slots=True)  # not frozen: one is made for nearly each event, and frozen ones take three times as long
class ReadModel:
    """What a service knows of another stream: ``at`` its version, ``waiting`` not 0 if something is set aside for it.

    ``waiting`` grows with each record that is set aside, so that two writers of one row see each other's. ``digests``
    tell what its last positions held (digests.py); they are no part of what a row says.
    """

    stream: StreamId
    at: int
    value: Value | None
    gaps: int = 0
    digests: bytes = field(default=b"", compare=False)


@dataclass(slots=True)  # not frozen, as above
class ReadModelWrite:
    """A row to be inserted (``was`` is None), or replaced if its ``at`` and ``waiting`` are still those of ``was``."""

    read_model: ReadModel
    was: ReadModel | None


Reason = Literal["undecodable", "failed", "gap", "waiting", "other-content"]
"""The last one: its position is known, and was taken with another content."""

Place = tuple[datetime, str]
"""Where a dead letter stands among others, oldest first: since when it is kept, and its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A record that could not be taken now.

    ``id`` is ``handler|position``, ``handler|topic-partition-offset``, or for another content of a known position
    ``handler|position|digest``.
    """

    id: str
    handler: str
    reason: Reason
    stream: StreamId | None
    version: int | None
    tries: int
    next_try: datetime
    error: str
    headers: Mapping[str, str]
    raw: bytes
    since: datetime

    @property
    def place(self) -> Place:
        """Where it stands among others."""
        return (self.since, self.id)


@dataclass(frozen=True, slots=True)
class DeadLetterCount:
    """How many records are set aside for one reason, and since when the oldest of them is."""

    letters: int
    since: datetime


def refuse_odd_names(where: Mapping[str, Any]) -> None:
    """Raise ValueError for a name that a database could take for something else than a field."""
    for name in where:
        if not _PLAIN_FIELD.fullmatch(name):
            raise ValueError(f"{name!r} is not a field of a state or value")


def legible(text: str) -> str:
    """A text that can be stored, whatever was wrong with it: lone surrogates become question marks."""
    return text.encode(errors="replace").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Discard:
    """A decision to go on without a record: who, when, why. Every rebuild applies it again."""

    id: str
    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a rule answered to a command, kept so that a retry of it gets the same answer.

    ``request`` is the request's fingerprint. ``facts`` are plain, as the answer had them. ``at`` is wall time, UTC.
    """

    command: str
    request: str
    type: str
    detail: str
    extensions: Mapping[str, str | int | float | bool | None]
    at: datetime


@dataclass(frozen=True, slots=True)
class OutstandingWork:
    """What the next look at a store's deadlines and unpublished runs would find: for telling when all is quiet."""

    due: int
    unpublished: int


class Store(Protocol):
    """Majority reads and journaled majority writes; every write is atomic because it is one document."""

    async def read(self, stream: StreamId, command: str) -> Document | None:
        """The document, with the entries that ``command`` has already written to it."""
        ...

    async def history(self, stream: StreamId, after: int = 0) -> tuple[Entry, ...]:
        """The entries after a version, in order."""
        ...

    async def personal_texts(self, stream: StreamId) -> Mapping[str, str]:
        """The texts that lie beside the state."""
        ...

    async def some_personal_texts(self, streams: Collection[StreamId], names: Collection[str]) -> Mapping[str, str]:
        """Those of these texts that lie beside the states of these documents, in one mapping by their names."""
        ...

    async def states(self, streams: Collection[StreamId]) -> list[Document]:
        """Those of these documents that exist, in no order."""
        ...

    async def find(
        self,
        kind: str,
        where: Mapping[str, Any],
        *,
        after: StreamId | None = None,
        limit: int = 1000,
        order: Order | None = None,
    ) -> list[Document]:
        """Documents of a kind whose state has these values, by stream id or in this order.

        A list of values: any of them. Also Between and BeginsWith. ``after`` is for lists by stream id.
        """
        ...

    async def append(self, write: Write) -> bool:
        """Write, guarded by the version; False if somebody was faster. Raises TooLarge or Unstorable."""
        ...

    async def append_many(self, writes: Sequence[Write]) -> int:
        """Write many documents in one command, new ones and existing ones, each guarded; how many were written.

        Raises TooLarge or Unstorable for all if one is.
        """
        ...

    async def with_other_schema(
        self, kind: str, schema_version: int, *, after: StreamId | None = None, limit: int = 1000
    ) -> list[Document]:
        """Documents of a kind whose state is stored in another schema version, by stream id."""
        ...

    async def resnapshot(self, documents: Sequence[Document]) -> int:
        """Store state, shape and ``wake_at`` of each as given here if its version has not moved; how many it had not.

        Nothing else changes: no event is written, claims and what is unpublished stay.
        """
        ...

    async def due(self, now: datetime, wall: datetime, until: datetime, limit: int) -> list[Document]:
        """Documents whose ``wake_at`` has come (domain time), claimed until a wall time that this call alone uses.

        The state is as it was read, which may be before somebody else's write: what follows from it is guarded.
        """
        ...

    async def lease_until(self, stream: StreamId, until: datetime) -> None:
        """Let no sweep take this document before a wall time."""
        ...

    async def acknowledge(self, topic: str, versions: Mapping[StreamId, int]) -> None:
        """The broker has everything up to these versions."""
        ...

    async def unpublished(self, before: datetime, ahead: datetime, limit: int) -> list[Document]:
        """Documents unpublished since before a wall time; the mark moves ahead so that others leave them alone."""
        ...

    async def oldest_unpublished(self) -> datetime | None:
        """Since what wall time the oldest unpublished run waits, whoever has tried it meanwhile; None if nothing does.

        Of very many, some are looked at: then one somewhat younger may be named.
        """
        ...

    async def behind(self, before: datetime, *, after: StreamId | None = None, limit: int = 1000) -> list[Document]:
        """Documents of which this store's topic lacks events, by stream id, whether anything says so or not.

        Not those that are unpublished since later than ``before`` (wall time): their writers or sweepers are at them.
        """
        ...

    async def outstanding(self, now: datetime) -> OutstandingWork:
        """Count what is due, claimed or not, and after that what is unpublished: so nothing decided slips through."""
        ...

    async def next_wake(self) -> datetime | None:
        """The earliest deadline of all (domain time), due or not; None if there is none."""
        ...

    async def read_models(self, streams: Collection[StreamId]) -> dict[StreamId, ReadModel]:
        """Those of these rows that exist."""
        ...

    async def find_read_models(self, kind: str, where: Mapping[str, Any], *, limit: int = 1000) -> list[ReadModel]:
        """Rows of a kind whose value has these values, at most so many."""
        ...

    async def write_read_models(self, writes: Sequence[ReadModelWrite]) -> set[StreamId]:
        """Write rows in one unordered command; those that were not written because they had moved.

        Raises Unstorable if one value cannot be held; others may have been written all the same.
        """
        ...

    def refuse_unfit(self, value: Value) -> None:
        """Raise Unstorable if the database cannot hold this value."""
        ...

    async def put_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Keep records that could not be taken; one that is there already is replaced, but for its ``since``."""
        ...

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
        """Kept records, oldest first, after a place if given; ``due``: those whose next try has come by this wall time.

        Without a limit only where ``streams`` bounds them.
        """
        ...

    async def dead_letter(self, id: str) -> DeadLetter | None:
        """One kept record."""
        ...

    async def dead_letter_counts(self) -> Mapping[Reason, DeadLetterCount]:
        """How much is set aside, for each reason for which something is."""
        ...

    async def drop_dead_letters(self, ids: Collection[str]) -> None:
        """Forget records that were taken after all."""
        ...

    async def keep_refusal(self, refusal: Refusal) -> None:
        """Remember it for REFUSALS_KEPT; the first one of a command stays."""
        ...

    async def refusal(self, command: str) -> Refusal | None:
        """What the command was answered within the last REFUSALS_KEPT, if that was a refusal."""
        ...

    async def discard(self, decision: Discard) -> None:
        """Remember a decision to go on without a record."""
        ...

    async def discards(self, ids: Collection[str]) -> list[Discard]:
        """Those of these decisions that were made."""
        ...
