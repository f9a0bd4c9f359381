"""What the event log asks of a database, split by use. The contract tests run over every implementation.

Reads have read concern majority, writes are journaled by a majority. Every write is atomic: it is one document. Each
method raises StoreUnavailable if the database cannot be reached or did not confirm.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from coaching_events.ids import StreamId
from eventlog.stores.documents import (
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
    Write,
)
from eventlog.stores.queries import Order, Value, Where


class EventStore(Protocol):
    """Aggregates: one document each, with state and history."""

    async def read(self, stream: StreamId, command: str) -> Document | None:
        """The document, with the entries that ``command`` has already written to it."""
        ...

    async def history(self, stream: StreamId, after: int = 0) -> tuple[Entry, ...]:
        """The entries after a version, in order."""
        ...

    async def personal_texts(self, stream: StreamId) -> Mapping[str, str]:
        """The personal texts of a document, by name."""
        ...

    async def some_personal_texts(self, streams: Collection[StreamId], names: Collection[str]) -> Mapping[str, str]:
        """The personal texts with these names in these documents, all in one mapping by name."""
        ...

    async def keep_personal_texts(self, stream: StreamId, texts: Mapping[str, str | None]) -> None:
        """Set these personal texts of a document, or remove them (None). No event tells of it; the last write counts.

        For texts that their author keeps from everybody: nobody can see from a version that something was written.
        Does nothing if the document does not exist. Raises Unstorable.
        """
        ...

    async def states(self, streams: Collection[StreamId]) -> list[Document]:
        """These documents, in no order; those that do not exist are left out."""
        ...

    async def whole(self, streams: Collection[StreamId]) -> list[Document]:
        """The same with their histories and all their personal texts, as they were at one moment."""
        ...

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
        """Documents of a kind whose state meets these conditions, by stream id or in this order.

        ``after`` is for lists by stream id. ``texts`` is a field of the state that names personal texts: they come with
        the document; all, if its state lacks the field. Raises ValueError for a name that is no field.
        """
        ...

    async def named(self, kind: str, where: Where, field: str) -> list[Document]:
        """The documents that a field of the states of this kind names, where those meet these conditions."""
        ...

    async def append(self, write: Write) -> bool:
        """Write, guarded by the version; False if another writer was faster. Raises TooLarge or Unstorable."""
        ...

    async def append_many(self, writes: Sequence[Write]) -> int:
        """Write many documents in one command, each guarded by its version; how many were written.

        Raises TooLarge or Unstorable for all of them if one is.
        """
        ...


class Snapshots(Protocol):
    """States that are stored in another schema version."""

    async def with_other_schema(
        self, kind: str, schema_version: int, *, after: StreamId | None = None, limit: int = 1000
    ) -> list[Document]:
        """Documents of a kind whose state is stored in another schema version, by stream id."""
        ...

    async def resnapshot(self, documents: Sequence[Document]) -> int:
        """Store ``state``, ``schema_version`` and ``wake_at`` of each if it is still at its version; how many were.

        Nothing else changes: no event is written, leases and the outbox stay.
        """
        ...


class Timers(Protocol):
    """Deadlines: each document has at most one, ``wake_at``, in domain time."""

    async def due(self, now: datetime, wall: datetime, until: datetime, limit: int) -> list[Document]:
        """Lease documents whose ``wake_at`` has come and that nobody leases at ``wall``.

        They are leased until the wall time ``until``, which must be unique to this call. The state is as it was read:
        another process may have written since, so what follows from it must be guarded by the version.
        """
        ...

    async def lease_until(self, stream: StreamId, until: datetime) -> None:
        """Lease a document until a wall time: no sweep takes it before."""
        ...

    async def next_wake(self) -> datetime | None:
        """The earliest deadline (domain time), due or not; None if there is none."""
        ...


class Outbox(Protocol):
    """Which events the broker has, and which it lacks."""

    async def acknowledge(self, topic: str, versions: Mapping[StreamId, int]) -> None:
        """Note that the broker has everything up to these versions."""
        ...

    async def unpublished(self, before: datetime, ahead: datetime, limit: int) -> list[Document]:
        """Documents unpublished since before a wall time. They move to ``ahead``, so that others leave them alone."""
        ...

    async def oldest_unpublished(self) -> datetime | None:
        """Since when (wall time) the oldest unpublished event waits; None if none waits.

        Of very many documents only some are looked at: then the answer may be somewhat later.
        """
        ...

    async def behind(self, before: datetime, *, after: StreamId | None = None, limit: int = 1000) -> list[Document]:
        """Documents of which this store's topic lacks events, by stream id, whether they count as unpublished or not.

        Those unpublished since later than ``before`` (wall time) are left to their writers and sweepers.
        """
        ...


class IdleProbe(Protocol):
    """What a simulation asks before it moves its clock on."""

    async def outstanding(self, now: datetime) -> OutstandingWork:
        """Count what is due, leased or not, and only then what is unpublished: so no decision is missed."""
        ...


class ReadModels(Protocol):
    """What this service knows of other services' streams."""

    async def read_models(self, streams: Collection[StreamId]) -> dict[StreamId, ReadModel]:
        """The read models of these streams; those that do not exist are left out."""
        ...

    async def find_read_models(self, kind: str, where: Where, *, limit: int = 1000) -> list[ReadModel]:
        """Read models of a kind whose value meets these conditions, at most so many, in no order."""
        ...

    async def named_read_models(self, kind: str, where: Where, field: str) -> list[ReadModel]:
        """The read models that a field of the values of this kind names, where those meet these conditions."""
        ...

    async def write_read_models(self, writes: Sequence[ReadModelWrite]) -> set[StreamId]:
        """Write read models in one unordered command; the streams that another writer had moved, so not written.

        Raises Unstorable if one value cannot be stored; others may have been written all the same.
        """
        ...

    def refuse_unfit(self, value: Value) -> None:
        """Raise Unstorable if the database cannot hold this value."""
        ...


class DeadLetterStore(Protocol):
    """Records that could not be processed, and decisions to go on without one."""

    async def put_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Keep dead letters. One that is there already is replaced, but keeps its ``since``."""
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
        """Dead letters, oldest first, after a place if given; ``due``: those to be tried again by this wall time.

        Without a limit only where ``streams`` bounds them.
        """
        ...

    async def dead_letter(self, id: str) -> DeadLetter | None:
        """One dead letter."""
        ...

    async def dead_letter_counts(self) -> Mapping[Reason, DeadLetterCount]:
        """How many dead letters there are, for each reason that has some."""
        ...

    async def drop_dead_letters(self, ids: Collection[str]) -> None:
        """Remove dead letters that were processed after all."""
        ...

    async def discard(self, decision: Discard) -> None:
        """Keep a decision to go on without a record."""
        ...

    async def discards(self, ids: Collection[str]) -> list[Discard]:
        """Those of these decisions that were made."""
        ...


class Refusals(Protocol):
    """Commands that a rule refused."""

    async def keep_refusal(self, refusal: Refusal) -> None:
        """Keep it for REFUSALS_KEPT; the first one of a command stays."""
        ...

    async def refusal(self, command: str) -> Refusal | None:
        """How the command was refused within the last REFUSALS_KEPT, if it was."""
        ...


class Store(EventStore, Snapshots, Timers, Outbox, IdleProbe, ReadModels, DeadLetterStore, Refusals, Protocol):
    """All of them: what a connected service has."""
