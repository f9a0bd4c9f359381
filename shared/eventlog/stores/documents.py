"""What the event log stores: documents with their events, read models, dead letters and refusals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from coaching_events.ids import Position, StreamId
from eventlog.clock import EPOCH
from eventlog.stores.queries import Scalar, Value

LARGEST_EVENT = 512 * 1024
"""Bytes of one event's data."""
REFUSALS_KEPT = timedelta(days=1)
"""For so long (wall time) a retry of a refused command gets the same answer."""
LARGEST_HISTORY = 4 * 1024 * 1024
"""Bytes of all events of one stream and of its personal texts: far below what one document can hold."""
BESIDE_DATA = 320
"""Bytes that each event counts besides its data: for command, request, cause, trace and names of fields."""
FOR_COMMANDS = LARGEST_HISTORY * 3 // 4
"""Bytes that people's commands may fill. The rest is for deadlines, reactions and commands that end or ease something.
"""
FOR_EASING = LARGEST_HISTORY * 7 // 8
"""Bytes that commands may fill which ease something and can be sent again and again, such as a pause."""
LONG_HISTORY = LARGEST_HISTORY // 2
"""From this size on a history counts as long, so that an operator sees it before it is full."""


class StoreUnavailable(Exception):
    """The database cannot be reached or did not confirm. Nothing is known about the write: ask again."""


class ClockUnreliable(StoreUnavailable):
    """The clocks of this machine and of the database server differ too much to decide anything by time. Ask again."""


class TooLarge(Exception):
    """An event over LARGEST_EVENT, a history over LARGEST_HISTORY, or a document over what the database holds.

    ``event`` is the type of an event that is too large by itself.
    """

    def __init__(self, text: str, *, event: str | None = None) -> None:
        super().__init__(text)
        self.event = event


class HistoryFull(TooLarge):
    """The history of this stream has no room for these events. It may still have room for events that end it."""


class Unstorable(Exception):
    """The database cannot hold this text or number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event in a history.

    ``data`` is the JSON text that is published. ``command`` is the id of the command that caused it, ``request`` the
    fingerprint of its request. ``traceparent`` is the W3C trace in which it was decided. ``used`` names the data it was
    decided with, such as ``tzdata 2026.1``. Older histories have neither of the last two.
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
    """One aggregate as read.

    ``answered`` are the entries that the command in question has already written. ``personal_texts`` and ``history``
    are there if they were asked for. ``size`` is how many bytes the history counts, with all personal texts that ever
    lay beside it. ``last_at`` is the time of the last event.
    """

    stream: StreamId
    key: str
    version: int
    schema_version: int
    state: Value
    published: int
    wake_at: datetime | None = None
    answered: tuple[Entry, ...] = ()
    history: tuple[Entry, ...] = ()
    personal_texts: Mapping[str, str] = field(default_factory=dict[str, str])
    size: int = 0
    last_at: datetime = EPOCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One guarded write. It happens only if the document is still at ``version`` (0: it does not exist).

    ``size`` is that of the document before the write, ``room`` how many bytes it may have afterwards.
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
        """Bytes that the history counts after this write, with its personal texts."""
        texts = (*(entry.data for entry in self.entries), *self.personal_texts.values())
        return self.size + sum(len(text.encode()) for text in texts) + len(self.entries) * BESIDE_DATA

    def refuse_too_large(self) -> None:
        """Raise TooLarge if an event is too large, HistoryFull if the history would be."""
        for entry in self.entries:
            if len(entry.data.encode()) > LARGEST_EVENT:
                raise TooLarge(f"{entry.type} is over {LARGEST_EVENT // 1024} kB", event=entry.type)
        if self.next_size > self.room:
            raise HistoryFull(f"the history of {self.stream} would be over {self.room // 1024} kB")


@dataclass(slots=True)  # not frozen, as ReceivedEvent: nearly each event makes one
class ReadModel:
    """What a service knows of another service's stream. It holds up to version ``at``.

    ``gaps`` is not 0 while dead letters block the stream. It grows with each of them, so that two writers of one read
    model notice each other. ``digests`` tell what the last positions held (digests.py).
    """

    stream: StreamId
    at: int
    value: Value | None
    gaps: int = 0
    digests: bytes = field(default=b"", compare=False)

    @property
    def has_gap(self) -> bool:
        """Whether dead letters block the stream: the value is older than what this service was sent."""
        return self.gaps > 0


@dataclass(slots=True)  # not frozen, as above
class ReadModelWrite:
    """Insert a read model (``was`` is None), or replace it if it still has the ``at`` and ``gaps`` of ``was``."""

    read_model: ReadModel
    was: ReadModel | None


Reason = Literal["undecodable", "failed", "gap", "waiting", "other-content"]
"""Why a record is a dead letter. ``other-content``: its position was already read, with another content."""

Place = tuple[datetime, str]
"""Where a dead letter stands in the list, oldest first: since when it is kept, and its id."""

LONGEST_ERROR = 2000
"""Characters of an error that a dead letter keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A record that could not be processed.

    ``id`` is ``handler|position``; for a record without a readable position ``handler|topic-partition-offset``; for
    another content of a known position ``handler|position|digest``. ``next_try`` and ``since`` are wall time, UTC.
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
        """Where it stands in the list."""
        return (self.since, self.id)


@dataclass(frozen=True, slots=True)
class DeadLetterCount:
    """How many dead letters have one reason, and since when the oldest of them is kept (wall time, UTC)."""

    letters: int
    since: datetime


def legible(text: str) -> str:
    """A text that can be stored: question marks instead of lone surrogates."""
    return text.encode(errors="replace").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Discard:
    """An operator's decision to go on without a record: who, when, why. Every rebuild applies it again."""

    id: str
    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How a rule refused a command, kept so that a retry of the command gets the same answer.

    ``request`` is the request's fingerprint. ``at`` is wall time, UTC.
    """

    command: str
    request: str
    type: str
    detail: str
    extensions: Mapping[str, Scalar]
    at: datetime


@dataclass(frozen=True, slots=True)
class OutstandingWork:
    """How many deadlines are due, and how many documents are unpublished."""

    due: int
    unpublished: int
