"""An event as it is recorded and sent: CloudEvents 1.0 in the Kafka binary binding.

Source: CloudEvents 1.0.2 (cloudevents/spec.md), its Kafka protocol binding 1.0.2 (section 3.2, binary content mode)
and the documented extensions ``partitionkey``, ``sequence`` and distributed tracing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from coaching_events.event import Event
from coaching_events.ids import Position, StreamId, kind_of, parse, position
from coaching_events.moment import written as written_instant

E_co = TypeVar("E_co", bound=Event, covariant=True)

TYPE_PREFIX = "org.tandem-coaching."
"""What ``ce_type`` begins with, so that no other system's types are the same. Python has the types without it."""

SEQUENCE_DIGITS = 10
"""Zero-padded so that sequences compare as text, as the extension asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Generic[E_co]):
    """An event at its place in its stream. ``at`` is the instant it speaks of, UTC, whole milliseconds.

    ``cause`` is the position that led to it, where another event did.
    """

    stream: StreamId
    version: int
    at: datetime
    event: E_co
    cause: Position | None = None

    @property
    def position(self) -> Position:
        """The event's name: ``<stream>@<version>``."""
        return position(self.stream, self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The CloudEvents attributes of one event; ``type`` is without TYPE_PREFIX, ``key`` is the partition key.

    ``source`` names the installation and the service: see ``source_of``.
    """

    stream: StreamId
    version: int
    type: str
    source: str
    at: datetime
    key: str
    cause: Position | None = None
    traceparent: str | None = None

    @property
    def position(self) -> Position:
        """The event's name: ``<stream>@<version>``."""
        return position(self.stream, self.version)


class NotACloudEvent(ValueError):
    """A record whose headers do not make an event of this suite; the text says which is missing or wrong."""


def source_of(installation: str, service: str) -> str:
    """The ``ce_source`` of what a service of an installation writes: ``urn:tandem:acme:goals``."""
    return f"urn:tandem:{installation}:{service}"


def schema_id(kind: str, event_type: str) -> str:
    """The name of a type's JSON Schema, its ``$id`` and the ``ce_dataschema`` of its events."""
    return f"urn:tandem:events:v1:{kind}:{event_type}"


def headers(envelope: Envelope) -> dict[str, str]:
    """The record headers of an event."""
    written = {
        "ce_specversion": "1.0",
        "ce_id": envelope.position,
        "ce_type": TYPE_PREFIX + envelope.type,
        "ce_source": envelope.source,
        "ce_subject": envelope.stream,
        "ce_time": written_instant(envelope.at),
        "ce_partitionkey": envelope.key,
        "ce_sequence": str(envelope.version).zfill(SEQUENCE_DIGITS),
        "ce_dataschema": schema_id(kind_of(envelope.stream), envelope.type),
        "content-type": "application/json",
    }
    if envelope.cause is not None:
        written["ce_causationid"] = envelope.cause
    if envelope.traceparent is not None:
        written["ce_traceparent"] = envelope.traceparent
    return written


def read(record_headers: Iterable[tuple[str, bytes | None]]) -> Envelope:
    """The envelope in a record's headers; raises NotACloudEvent, saying what is missing or wrong.

    Headers that others add are ignored, whatever is in them. Records of version 0.2.0 and earlier have no TYPE_PREFIX.
    """
    texts = _texts(record_headers)
    try:
        stream, version = parse(texts["ce_id"])
        _agree(texts, stream, version)
        source, key = texts["ce_source"], texts["ce_partitionkey"]
        if texts["ce_specversion"] != "1.0":
            raise ValueError(f"ce_specversion is {texts['ce_specversion'][:80]!r}, only 1.0 is read")
        return Envelope(
            stream=stream,
            version=version,
            type=texts["ce_type"].removeprefix(TYPE_PREFIX),
            source=source,
            at=_instant(texts["ce_time"]),
            key=key,
            cause=_cause(texts),
            traceparent=texts.get("ce_traceparent"),
        )
    except KeyError as missing:
        raise NotACloudEvent(f"header {missing} is missing") from None
    except ValueError as wrong:
        raise NotACloudEvent(str(wrong)) from None


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"ce_time {text[:80]!r} lies outside the years 1 to 9999") from None
    except ValueError:
        raise ValueError(f"ce_time {text[:80]!r} is no time, write 2026-01-01T00:00:00.000Z") from None
    raise ValueError(f"ce_time {text[:80]!r} has no time zone")


def _cause(texts: Mapping[str, str]) -> Position | None:
    if (cause := texts.get("ce_causationid")) is None:
        return None
    parse(cause)
    return Position(cause)


def _agree(texts: Mapping[str, str], stream: StreamId, version: int) -> None:
    """The two headers that say again what ce_id says must say the same, where they are there."""
    sequence = texts.get("ce_sequence")
    if sequence is not None and sequence != f"{version:0{SEQUENCE_DIGITS}}" and not _is_number(sequence, version):
        raise ValueError(f"ce_sequence {sequence[:80]!r} contradicts ce_id, which says {version}")
    if texts.get("ce_subject", stream) != stream:
        raise ValueError(f"ce_subject {texts['ce_subject'][:80]!r} contradicts ce_id, which says {stream!r}")


def _is_number(text: str, number: int) -> bool:
    return text.isascii() and text.isdigit() and text.lstrip("0") == str(number)


_READ = frozenset(
    {
        "ce_specversion",
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_subject",
        "ce_time",
        "ce_partitionkey",
        "ce_sequence",
        "ce_causationid",
    }
)


def _texts(record_headers: Iterable[tuple[str, bytes | None]]) -> Mapping[str, str]:
    """The attributes that are read; of no attribute two, as nobody could say which one holds."""
    ours = [each for each in record_headers if each[0][:3] == "ce_"]
    found = dict(ours)
    if len(found) < len(ours):
        twice = next(name for number, (name, _) in enumerate(ours) if name in dict(ours[:number]))
        raise NotACloudEvent(f"header {twice[:80]!r} stands there twice")
    trace = found.pop("ce_traceparent", None)  # it never keeps an event from being read
    try:
        texts = {name: value.decode() for name, value in found.items() if name in _READ}  # pyright: ignore[reportOptionalMemberAccess]
    except AttributeError:
        nothing = next(name for name, value in found.items() if name in _READ and value is None)
        raise NotACloudEvent(f"header {nothing!r} has no value") from None
    except UnicodeDecodeError as wrong:
        name = next(name for name, value in found.items() if name in _READ and value == wrong.object)
        raise NotACloudEvent(f"header {name!r} is not UTF-8 text") from None
    if trace is not None:
        texts["ce_traceparent"] = trace.decode(errors="replace")
    return texts
