"""What is known after a drill: what was answered, what stands on the topics, and what every service keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from coaching_events.ids import Position, StreamId

Place = tuple[str, int, int]
"""Topic, partition, offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event as an answer tells it; ``data`` is its JSON, decoded."""

    position: str
    type: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An accepted command: who sent it under which Idempotency-Key, and the events of its answer."""

    service: str
    by: str
    key: str
    stream: StreamId
    events: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as it lies on a topic. ``told_at`` is when it was sent, by the machine's time."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    told_at: datetime | None = None

    @property
    def place(self) -> Place:
        """Where it lies."""
        return self.topic, self.partition, self.offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One event of a document's history; ``data`` is the JSON text that went on the wire."""

    version: int
    type: str
    at: datetime
    command: str
    data: str
    cause: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One aggregate as its service keeps it. ``published`` is how far each topic has it."""

    service: str
    stream: StreamId
    key: str
    version: int
    state: Mapping[str, Any]
    history: tuple[Written, ...]
    published: Mapping[str, int]
    wake_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a service knows of another's stream; ``waiting`` is not 0 if something is set aside for it.

    Rows of one ``number`` are filled and read independently of those of another.
    """

    service: str
    number: int = 1
    stream: StreamId
    at: int
    value: Mapping[str, Any] | None
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A dead letter that is still there. ``id`` begins with its handler and ends with a position or a place."""

    service: str
    id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All of it, once the suite is quiet at the instant ``now`` of its own time.

    ``records`` are in the order of each partition. ``discards`` are the decisions to go on without a record, by service
    and id. ``planted`` are records that whoever drills put there: no event of the suite's own. ``mails`` are the ids of
    the letters that the mail server got, in order. ``is_real_time``: the suite's time was the machine's. ``numbers``:
    those of which every service has rows. ``sealed`` are words that nobody but the two may read.
    """

    now: datetime
    answers: Sequence[Answer]
    records: Sequence[Record]
    documents: Sequence[Document]
    rows: Sequence[Row]
    letters: Sequence[Letter] = ()
    discards: frozenset[tuple[str, str]] = frozenset()
    planted: frozenset[Place] = frozenset()
    mails: Sequence[str] = field(default_factory=tuple[str, ...])
    is_real_time: bool = False
    numbers: Sequence[int] = (1,)
    sealed: Sequence[str] = ()
