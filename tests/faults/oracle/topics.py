"""The topics as a reader finds them: the first occurrence of each event in order, the others the same to the byte."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from coaching_events.envelope import Envelope, NotACloudEvent, read, source_of
from coaching_events.ids import StreamId, kind_of
from coaching_events.topics import SERVICE_OF_KIND, TOPICS
from tests.faults.oracle.evidence import Evidence, Place, Record


@dataclass(frozen=True)
class Heard:
    """A record that is an event."""

    envelope: Envelope
    record: Record


@dataclass
class Stream:
    """One stream: ``events`` are the first occurrences in the order in which they came."""

    events: list[Heard] = field(default_factory=list[Heard])
    repeats: list[Heard] = field(default_factory=list[Heard])

    @property
    def by_version(self) -> Mapping[int, Heard]:
        """The first occurrence of each version."""
        return {heard.envelope.version: heard for heard in self.events}


@dataclass
class Topics:
    """Everything on them. ``planted`` are the records that are none of the suite's own, by stream where they name one.

    ``nameless`` are the places of those planted ones that have no readable envelope.
    """

    streams: dict[StreamId, Stream] = field(default_factory=dict[StreamId, Stream])
    planted: dict[StreamId, list[Heard]] = field(default_factory=dict[StreamId, list[Heard]])
    nameless: list[Place] = field(default_factory=list[Place])
    unreadable: list[str] = field(default_factory=list[str])

    @property
    def duplicates(self) -> int:
        """How many records say what had been said before."""
        return sum(len(stream.repeats) for stream in self.streams.values())


def listen(evidence: Evidence) -> Topics:
    """Read every record in the order of its partition."""
    topics = Topics()
    for record in evidence.records:
        try:
            heard = Heard(read(record.headers), record)
        except NotACloudEvent as wrong:
            if record.place in evidence.planted:
                topics.nameless.append(record.place)
            else:
                topics.unreadable.append(f"{_where(record)} is no event, and nobody planted it: {wrong}")
            continue
        if record.place in evidence.planted:
            topics.planted.setdefault(heard.envelope.stream, []).append(heard)
            continue
        stream = topics.streams.setdefault(heard.envelope.stream, Stream())
        known = heard.envelope.version in {each.envelope.version for each in stream.events}
        (stream.repeats if known else stream.events).append(heard)
    return topics


def faults(topics: Topics) -> Iterator[str]:
    """What is wrong with the topics by themselves."""
    yield from topics.unreadable
    for id, stream in topics.streams.items():
        versions = [heard.envelope.version for heard in stream.events]
        if versions != list(range(1, len(versions) + 1)):
            yield f"the events of {id} came first in the order {_short(versions)}"
        places = {(each.record.topic, each.record.partition) for each in (*stream.events, *stream.repeats)}
        if len(places) > 1:
            yield f"{id} lies on several partitions: {sorted(places)}"
        yield from _at_home(id, stream)
        yield from _the_same_again(id, stream)


def _at_home(id: StreamId, stream: Stream) -> Iterator[str]:
    service = SERVICE_OF_KIND.get(kind_of(id))
    for heard in stream.events:
        envelope, record = heard.envelope, heard.record
        if service is None or record.topic != TOPICS[service] or envelope.source != source_of("tandem", service):
            yield f"{envelope.position} lies on {record.topic} and says that it comes from {envelope.source}"
        if record.key != envelope.key.encode():
            yield f"{envelope.position} has the record key {record.key!r} and says that it is {envelope.key}"


def _the_same_again(id: StreamId, stream: Stream) -> Iterator[str]:
    first = stream.by_version
    for again in stream.repeats:
        once = first[again.envelope.version].record
        if (once.key, once.value, once.headers) != (again.record.key, again.record.value, again.record.headers):
            yield f"{_where(again.record)} repeats {again.envelope.position} with another content"


def _where(record: Record) -> str:
    return f"the record {record.topic}-{record.partition}-{record.offset}"


def _short(numbers: Sequence[int]) -> str:
    """What came out of turn, with a neighbour on each side."""
    wrong = next(place for place, number in enumerate(numbers, 1) if number != place)
    return f"… {numbers[max(0, wrong - 2) : wrong + 2]} …"
